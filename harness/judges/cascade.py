"""The judge `cascade`: what the form of an answer makes plain is decided by it, and an oracle is asked about the rest.

It is one judge: examined, calibrated and named with both of its parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.judges.form import by_form, reading_of
from harness.judges.measured import Cuts
from iteralign.core.protocols import Advance, Draft, JudgingOracle, illustrations
from iteralign.core.records import JudgedResponse, OracleItem, Principle, Verdict
from iteralign.core.worked_example import Illustration
from iteralign.oracle.thresholds import DrawsALine

Judge = Callable[[Sequence[OracleItem]], Sequence[Verdict]]


@dataclass
class Saved:
    """How many answers were judged, and of how many the form decided, so that the oracle was not asked."""

    answers: int = 0
    by_form: int = 0

    def sentence(self, asked: str) -> str:
        """What was saved, where `asked` names who judged the rest; empty where nothing was judged."""
        if not self.answers:
            return ""
        return (
            f"The cascade judged {self.by_form:,} of {self.answers:,} answers by their form, and so saved "
            f"{100 * self.by_form / self.answers:.1f} % of the calls to {asked}."
        )


class CascadeOracle:
    """Implements `iteralign.core.protocols.JudgingOracle` on an inner one, which also proposes.

    Every request must be known to be harmful. Answers to harmless prompts all go to the inner oracle. `saved` counts
    what was judged in this process.
    """

    def __init__(self, rest: JudgingOracle, cuts: Cuts) -> None:
        self.rest = rest
        self._cuts = cuts
        self.saved = Saved()

    def judge(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        """Judge answers, each with the request that it answers, in order. Raises what the inner oracle raises."""
        return self._judged(items, lambda rest: self.rest.judge(rest, advance=advance), advance)

    def judge_as(
        self, items: Sequence[OracleItem], *, repeat: int = 0, wording: int = 0, advance: Advance | None = None
    ) -> list[Verdict]:
        """As `judge`; repeat and wording are those of what the inner oracle is asked."""

        def ask(rest: Sequence[OracleItem]) -> Sequence[Verdict]:
            return self.rest.judge_as(rest, repeat=repeat, wording=wording, advance=advance)

        return self._judged(items, ask, advance)

    def judge_harmless(self, items: Sequence[OracleItem], *, advance: Advance | None = None) -> list[Verdict]:
        """Judge answers to harmless prompts, of which the form says nothing."""
        return self.rest.judge(items, advance=advance)

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        """What the inner oracle proposes."""
        return self.rest.propose(groups, round_number=round_number)

    def illustrate(self, drafts: Sequence[Draft]) -> list[Illustration]:
        """What the inner oracle writes."""
        return illustrations(self.rest, drafts)

    def _judged(self, items: Sequence[OracleItem], ask: Judge, advance: Advance | None) -> list[Verdict]:
        readings = [reading_of(item) for item in items]
        verdicts = {at: by_form(reading) for at, reading in enumerate(readings) if self._cuts.decides(reading)}
        if advance and verdicts:
            advance(len(verdicts))
        self.saved.answers += len(items)
        self.saved.by_form += len(verdicts)
        left = [at for at in range(len(items)) if at not in verdicts]
        if left:
            verdicts |= zip(left, ask([items[at] for at in left]), strict=True)
        return [verdicts[at] for at in range(len(items))]


class DrawingCascade(CascadeOracle):
    """A cascade whose inner oracle gives scores and draws a line on them, which is fitted as that one's own is."""

    def __init__(self, rest: JudgingOracle, cuts: Cuts, drawing: DrawsALine) -> None:
        super().__init__(rest, cuts)
        self._drawing = drawing

    @property
    def threshold(self) -> float:
        """Where the inner oracle draws its line, in nats."""
        return self._drawing.threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        self._drawing.threshold = value

    @property
    def min_margin(self) -> float:
        """Nats below which the inner oracle sees a tie."""
        return self._drawing.min_margin


def cascade(rest: JudgingOracle, cuts: Cuts) -> CascadeOracle:
    """The cascade that fits the inner oracle."""
    return DrawingCascade(rest, cuts, rest) if isinstance(rest, DrawsALine) else CascadeOracle(rest, cuts)
