"""Which principles stand in the context where not all of them fit: those that bear most on the prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from iteralign.constitution.wording import stems

CountTokens = Callable[[str], int]


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
