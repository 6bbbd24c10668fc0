"""How a question and a constitution become the text that a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from harness_base.errors import ModelError
from iteralign.core.libraries import Tokenizer
from iteralign.core.third_party import failures

CONSTITUTION_HEADING = "Follow these principles:"
_LONGEST = 2.0
"""Seconds of computing for one prompt; templates take thousandths of one."""


def constitution_text(principles: Sequence[str]) -> str:
    """The constitution as it stands in a model's context; empty when there are no principles."""
    return "\n".join([CONSTITUTION_HEADING, *(f"- {principle}" for principle in principles)]) if principles else ""


def plain_turns(question: str, principles: Sequence[str] = ()) -> str:
    """The form for models without a chat template: `Human:` and `Assistant:` turns, the constitution before them."""
    heading = constitution_text(principles)
    return f"{heading}\n\nHuman: {question}\n\nAssistant:" if heading else f"Human: {question}\n\nAssistant:"


def render(tokenizer: Tokenizer, question: str, principles: Sequence[str] = ()) -> str:
    """The prompt for `tokenizer`'s model, up to where its answer begins.

    With a chat template the constitution is the system message, or stands before the question where the template
    knows no system role.
    """
    if not tokenizer.chat_template:
        return plain_turns(question, principles)
    heading = constitution_text(principles)
    if not heading:
        return _templated(tokenizer, [{"role": "user", "content": question}])
    try:
        return _templated(tokenizer, [{"role": "system", "content": heading}, {"role": "user", "content": question}])
    except ModelError:
        return _templated(tokenizer, [{"role": "user", "content": f"{heading}\n\n{question}"}])


def _templated(tokenizer: Tokenizer, messages: list[dict[str, str]]) -> str:
    with template_failures(tokenizer):
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))


def template_failures(tokenizer: Tokenizer) -> AbstractContextManager[None]:
    """Inside, a chat template that fails or does not end is a ModelError."""
    what = f"The chat template of {tokenizer.name_or_path} can't be used"
    return failures(what, "correct it, or take it out of the folder", seconds=_LONGEST)


def answer_text(tokenizer: Tokenizer, answer: str) -> str:
    """The answer as it continues `render`'s prompt: plain turns put a space before it."""
    return answer if tokenizer.chat_template else f" {answer}"
