"""How a conversation and a constitution become the text that a model reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from harness_base.errors import ModelError
from iteralign.core.conversation import Conversation, Message, asking
from iteralign.core.libraries import Tokenizer
from iteralign.core.third_party import failures
from iteralign.core.worked_example import WorkedExample

CONSTITUTION_HEADING = "Follow these principles:"
_LONGEST = 2.0
"""Seconds of computing for one prompt; templates take thousandths of one."""


def constitution_text(principles: Sequence[str]) -> str:
    """The constitution as it stands in a model's context; empty when there are no principles."""
    return "\n".join([CONSTITUTION_HEADING, *(f"- {principle}" for principle in principles)]) if principles else ""


def plain_turns(
    asked: Conversation | str, principles: Sequence[str] = (), examples: Sequence[WorkedExample] = ()
) -> str:
    """The form for models without a chat template: `Human:` and `Assistant:` turns, the constitution before them."""
    conversation = asking(asked)
    headings = [text for text in (constitution_text(principles), conversation.system) if text]
    spoken = (*_turns_of(examples), *conversation.turns)
    turns = [f"{'Human' if turn.role == 'user' else 'Assistant'}: {turn.content}" for turn in spoken]
    return "\n\n".join([*headings, *turns, "Assistant:"])


def render(
    tokenizer: Tokenizer,
    asked: Conversation | str,
    principles: Sequence[str] = (),
    examples: Sequence[WorkedExample] = (),
) -> str:
    """The prompt for `tokenizer`'s model, up to where its answer begins. A text is a conversation of one user turn.

    With a chat template the constitution is the system message, before the conversation's own if it has one. Both stand
    before the first question where the template knows no system role. `examples` are turns before the conversation's.
    """
    conversation = asking(asked)
    if not tokenizer.chat_template:
        return plain_turns(conversation, principles, examples)
    heading = "\n\n".join(text for text in (constitution_text(principles), conversation.system) if text)
    turns = (*_turns_of(examples), *conversation.turns)
    if not heading:
        return _templated(tokenizer, turns)
    try:
        return _templated(tokenizer, (Message("system", heading), *turns))
    except ModelError:
        first, *later = turns
        return _templated(tokenizer, (Message("user", f"{heading}\n\n{first.content}"), *later))


def _turns_of(examples: Sequence[WorkedExample]) -> Iterator[Message]:
    for example in examples:
        yield Message("user", example.request)
        yield Message("assistant", example.answer)


def _templated(tokenizer: Tokenizer, messages: Sequence[Message]) -> str:
    written = [message.as_dict() for message in messages]
    with template_failures(tokenizer):
        return str(tokenizer.apply_chat_template(written, tokenize=False, add_generation_prompt=True))


def template_failures(tokenizer: Tokenizer) -> AbstractContextManager[None]:
    """Inside, a chat template that fails or does not end is a ModelError."""
    what = f"The chat template of {tokenizer.name_or_path} can't be used"
    return failures(what, "correct it, or take it out of the folder", seconds=_LONGEST)


def answer_text(tokenizer: Tokenizer, answer: str) -> str:
    """The answer as it continues `render`'s prompt: plain turns put a space before it."""
    return answer if tokenizer.chat_template else f" {answer}"
