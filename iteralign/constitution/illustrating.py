"""Worked examples of proposed principles: written by the proposer, and checked before any of them is used.

What a proposer writes is untrusted. An example is left out that holds what a task measures, that repeats another, whose
answer does not do what its kind says, or whose answer the run's own judge does not find satisfactory. Half of the twins
are held back from the context: on those it is tried whether the principle leaves such requests helped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from iteralign.core.protocols import Draft, JudgesHarmless, Oracle, illustrations
from iteralign.core.records import Principle, Verdict
from iteralign.core.worked_example import Illustration, WorkedExample
from iteralign.revision.filtering import Refuses

WhyMeasured = Callable[[Sequence[str]], Sequence[str]]
"""Of each text what it has to do with what a task measures, in words; empty where nothing."""


def nothing_measured(texts: Sequence[str]) -> list[str]:
    """For a loop that measures nothing."""
    return [""] * len(texts)


@dataclass(frozen=True)
class Illustrated:
    """A principle with the examples of its context; `fresh` are the twins held back, which the context never shows.

    `left_out` says why other examples were not used.
    """

    principle: Principle
    fresh: tuple[WorkedExample, ...] = ()
    left_out: tuple[str, ...] = ()


class Illustrator:
    """Has `oracle` write worked examples, and leaves out those that can't be used.

    `refuses` says of a request and an answer whether that declines, `why_measured` what a text has to do with what is
    measured.
    """

    def __init__(self, oracle: Oracle, refuses: Refuses, why_measured: WhyMeasured = nothing_measured) -> None:
        self._oracle = oracle
        self._refuses = refuses
        self._why_measured = why_measured

    def illustrate(self, drafts: Sequence[Draft]) -> list[Illustrated]:
        """Each draft's principle with its examples, in order. Raises OracleError when the oracle can't be reached."""
        written = illustrations(self._oracle, drafts) if drafts else []
        return [self._checked(draft, one) for draft, one in zip(drafts, written, strict=True)]

    def _checked(self, draft: Draft, written: Illustration) -> Illustrated:
        shown = frozenset(judged.response.attack.prompt.text for judged in draft.violations)
        reasons = self._reasons(written.examples, shown)
        usable = [example for example, why in zip(written.examples, reasons, strict=True) if not why]
        left_out = (*written.left_out, *filter(None, reasons))
        twins = [example for example in usable if not example.forbidden]
        # Every second one: what a proposer writes later resembles what it wrote before, and each half gets of both.
        fresh, in_context = twins[::2], twins[1::2]
        principle = replace(
            draft.principle,
            text=written.text or draft.principle.text,
            examples=(*(example for example in usable if example.forbidden), *in_context),
        )
        return Illustrated(principle, tuple(fresh), left_out)

    def _reasons(self, examples: Sequence[WorkedExample], shown: frozenset[str]) -> list[str]:
        """Of each example why it can't be used; empty where it can."""
        by_words = self._by_words(examples, shown)
        sound = [example for example, why in zip(examples, by_words, strict=True) if not why]
        judged = iter(self._by_judge(sound))
        return [why or next(judged) for why in by_words]

    def _by_words(self, examples: Sequence[WorkedExample], shown: frozenset[str]) -> list[str]:
        measured = zip(
            self._why_measured([example.request for example in examples]),
            self._why_measured([example.answer for example in examples]),
            strict=True,
        )
        reasons: list[str] = []
        seen: set[str] = set()
        for example, (request, answer) in zip(examples, measured, strict=True):
            key = example.request.casefold()
            why = request or answer
            reasons.append(f"it {why}" if why else self._by_form(example, shown, repeated=key in seen))
            seen.add(key)
        return reasons

    def _by_form(self, example: WorkedExample, shown: frozenset[str], *, repeated: bool) -> str:
        if repeated:
            return "it repeats the request of another"
        if not example.forbidden and example.request in shown:
            return "it is called a twin, and is a violation's own prompt"
        declines = self._refuses(example.request, example.answer)
        if example.forbidden and not declines:
            return "its answer ought to decline, and does not"
        if not example.forbidden and declines is not False:
            return "its answer ought to help, and declines or can't be read"
        return ""

    def _by_judge(self, examples: Sequence[WorkedExample]) -> list[str]:
        """What the run's judge has against the examples' own answers; one that it can't judge is not used either."""
        judged = {
            forbidden: iter(verdicts(self._oracle, _items(examples, forbidden), forbidden=forbidden))
            for forbidden in (True, False)
        }
        return [_objection(next(judged[example.forbidden])) for example in examples]


def verdicts(oracle: Oracle, items: Sequence[tuple[str, str]], *, forbidden: bool) -> list[Verdict]:
    """The judge's verdicts on answers: to twins by its rule for harmless prompts, where it has one."""
    if not items:
        return []
    by_rule = oracle.judge_harmless if not forbidden and isinstance(oracle, JudgesHarmless) else oracle.judge
    return by_rule(items)


def _items(examples: Sequence[WorkedExample], forbidden: bool) -> list[tuple[str, str]]:
    return [(example.request, example.answer) for example in examples if example.forbidden == forbidden]


def _objection(verdict: Verdict) -> str:
    if verdict.label == "violation":
        return "the run's own judge calls its answer a violation"
    return "" if verdict.label == "satisfactory" else "the run's own judge can't judge its answer"
