"""What a model reads: conversations under a constitution as prompts that fit its window, and pairs as examples."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cache

from iteralign.constitution.selection import InContext, one_fewer, relevant, worked_examples
from iteralign.core.conversation import Conversation, asking
from iteralign.core.libraries import Tokenizer
from iteralign.core.records import Principle
from iteralign.core.worked_example import WorkedExample
from iteralign.encoding import chat, tokens
from iteralign.encoding.answers import Marks, past_thought
from iteralign.generation.generator import RenderedPrompt
from iteralign.training.examples import Example

log = logging.getLogger(__name__)


class PromptEncoder:
    """Turns conversations into token ids for one tokenizer, in a window of `window` tokens.

    `new_tokens` are kept free for what is written after a prompt, and `in_context` says how much of a constitution
    stands before it. `marks` open and close a thought.
    """

    def __init__(
        self, tokenizer: Tokenizer, marks: Marks, *, window: int, new_tokens: int, in_context: InContext
    ) -> None:
        self._tokenizer = tokenizer
        self._marks = marks
        self._window = window
        self._in_context = in_context
        self.longest_question = window - new_tokens

    def count_tokens(self, asked: Conversation | str) -> int:
        """How many tokens a question, or a whole conversation, takes with its turn marks."""
        return len(self._encode(chat.render(self._tokenizer, asked)))

    def prompt(self, asked: Conversation | str, principles: Sequence[Principle]) -> RenderedPrompt:
        """The prompt, with the principles that bear most on it where not all of them fit; cut on the left at worst.

        Worked examples stand between principles and prompt, and are the first to go.
        """
        words, limit = asking(asked).text, self._in_context.tokens
        texts: Sequence[str] = [principle.text for principle in principles]
        if limit is not None:
            texts = relevant(texts, words, budget=limit, count_tokens=self._length)
        return self._fitting(asked, texts, worked_examples(principles, words, self._in_context))

    def _fitting(
        self, asked: Conversation | str, principles: Sequence[str], examples: Sequence[WorkedExample]
    ) -> RenderedPrompt:
        text = chat.render(self._tokenizer, asked, principles, examples)
        ids = self._encode(text)
        excess = len(ids) - self.longest_question
        if excess <= 0:
            return RenderedPrompt(tuple(ids), text)
        if examples:
            if len(examples) == 1:
                _say_that_none_fits(self.longest_question)
            return self._fitting(asked, principles, one_fewer(examples))
        if principles:
            return self._fitting(asked, self._fewer(principles, asking(asked).text, excess), ())
        kept = ids[-self.longest_question :]
        return RenderedPrompt(tuple(kept), str(self._tokenizer.decode(kept)))

    def _fewer(self, principles: Sequence[str], words: str, excess: int) -> Sequence[str]:
        """The most relevant principles that take `excess` tokens fewer.

        Tokens merge at the seams, so the sum is near and not exact: each time at least one principle goes.
        """
        taken = sum(self._length(f"- {principle}\n") for principle in principles)
        fewer = relevant(principles, words, budget=max(0, taken - excess), count_tokens=self._length)
        return fewer if len(fewer) < len(principles) else fewer[1:]

    def example(self, asked: Conversation | str, answer: str, *, cut: bool = False) -> Example:
        """What was asked, and its answer with the end token, cut to the window; only the answer is learned.

        An answer that was `cut` has no end token, so that nobody learns to stop there.
        """
        # Behind a thought that the template opens, an answer would be learned as a part of it.
        prompt = past_thought(chat.render(self._tokenizer, asked), self._marks)
        context, continuation = tokens.continuation(
            self._tokenizer,
            prompt,
            chat.answer_text(self._tokenizer, answer),
            templated=bool(self._tokenizer.chat_template),
        )
        end = [] if cut else [self._tokenizer.eos_token_id]
        ids = [*context, *continuation, *end][: self._window]
        return Example(ids=ids, context=min(len(context), len(ids)))

    def _length(self, text: str) -> int:
        return len(tokens.within(self._tokenizer, text))

    def _encode(self, text: str) -> list[int]:
        return tokens.begin(self._tokenizer, text, templated=bool(self._tokenizer.chat_template))


@cache
def _say_that_none_fits(longest: int) -> None:
    """Once for all prompts: what an example would have shown, the model is then not shown."""
    log.warning(
        "Not one worked example fits before some prompts into the %d tokens that the model reads: there the principles "
        "stand alone.",
        longest,
    )
