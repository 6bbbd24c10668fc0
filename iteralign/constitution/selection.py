"""What of a constitution stands in the context: the principles and worked examples that bear most on the prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from iteralign.constitution.wording import stems
from iteralign.core.records import Principle
from iteralign.core.worked_example import WorkedExample

CountTokens = Callable[[str], int]


@dataclass(frozen=True)
class InContext:
    """How much of a constitution stands before a prompt, at most.

    `tokens` are those of all principles, None as many as the window holds; `declining` and `helping` count worked
    examples, of requests that are forbidden and of twins.
    """

    tokens: int | None = None
    declining: int = 2
    helping: int = 3


def relevant(principles: Sequence[str], prompt: str, *, budget: int, count_tokens: CountTokens) -> list[str]:
    """As many `principles` as `budget` tokens hold, in their order; the most relevant to `prompt` are kept.

    Relevance is the number of meaningful words that a principle shares with the prompt; among equals the later one
    stays, since it was found in what the model still does wrong.
    """
    costs = [count_tokens(f"- {principle}\n") for principle in principles]
    if sum(costs) <= budget:
        return list(principles)
    in_prompt = stems(prompt)
    ranked = sorted(range(len(principles)), key=lambda number: (-len(stems(principles[number]) & in_prompt), -number))
    chosen: set[int] = set()
    for number in ranked:
        if costs[number] <= budget:
            chosen.add(number)
            budget -= costs[number]
    return [principle for number, principle in enumerate(principles) if number in chosen]


def worked_examples(principles: Sequence[Principle], prompt: str, in_context: InContext) -> list[WorkedExample]:
    """The declining examples, then the helping ones; of each kind those of the principles that bear most on `prompt`.

    How much an example bears on it is the number of meaningful words that its principle and its request share with the
    prompt. Among equals the earlier one stays. The most relevant of a kind stands last, nearest to the question.
    """
    in_prompt = stems(prompt)
    every = [(principle, example) for principle in principles for example in principle.examples]

    def bearing(one: tuple[Principle, WorkedExample]) -> int:
        principle, example = one
        return len(stems(f"{principle.text} {example.request}") & in_prompt)

    chosen: list[WorkedExample] = []
    for forbidden, count in ((True, in_context.declining), (False, in_context.helping)):
        of_kind = sorted((one for one in every if one[1].forbidden == forbidden), key=bearing, reverse=True)
        chosen += [example for _, example in reversed(of_kind[:count])]
    return chosen


def one_fewer(examples: Sequence[WorkedExample]) -> list[WorkedExample]:
    """Without the first of the kind of which there are more, or of as many a declining one: the kinds stay in balance.

    `examples` are in the order of `worked_examples`, of which at least one is there.
    """
    declining = sum(example.forbidden for example in examples)
    at = next(n for n, example in enumerate(examples) if example.forbidden == (2 * declining >= len(examples)))
    return [*examples[:at], *examples[at + 1 :]]
