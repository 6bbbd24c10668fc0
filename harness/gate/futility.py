"""Whether it is still worth asking: a stop that gives up, says for what alternative, and binds no one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scipy import stats

from harness.gate.blocks import BlockPlan
from harness.gate.partial import Held
from harness.gate.policy import Policy
from iteralign.core.records import Comparison
from iteralign.statistics.curtailment import conditional_power
from iteralign.statistics.power import POWER

UNLIKELY: Final = 0.2
"""A chance under this is not waited for."""
_UNLIKELY = f"{100.0 * UNLIKELY:.0f} %"


def why_futile(
    policy: Policy, plan: BlockPlan, held: Sequence[Held], comparisons: Sequence[Comparison], level: float
) -> str:
    """Which alternative has become unlikely, in a sentence; empty while a GO or a NO-GO may still come.

    Each metric to improve that has items left must have a chance under `UNLIKELY` of being shown better, though the
    rest were as much better as all items would show four times out of five, and of being shown worse, though the rest
    were that much worse. Where a protected metric stays open to the end no GO can follow, and only the second counts.
    """
    both = list(zip(held, comparisons, strict=True))
    if any(item.result != "pass" and not one.whole for one, item in both if item.role == "protect"):
        return ""
    blocked = [item.metric for _, item in both if item.role == "protect" and item.result != "pass"]
    improving = [(one, item) for one, item in both if item.role == "improve" and item.result != "pass"]
    if not blocked and len(improving) < len(policy.improve):
        return ""
    left = [_Left.of(plan, one, item, level / len(held)) for one, item in improving if not one.whole]
    if not left or any(one is None or one.may_come_out(level, go=not blocked) for one in left):
        return ""
    said = " and ".join(one.alternative for one in left if one is not None)
    if blocked:
        return f"{' and '.join(blocked)} stays open, and a loss of {said} would be shown in under {_UNLIKELY} of cases"
    return f"a gain of {said} would by now be shown in under {_UNLIKELY} of cases"


@dataclass(frozen=True)
class _Left:
    """A metric to improve with items left: its estimate so far, the share `seen`, and what all items could show."""

    item: Comparison
    standard_error: float
    seen: float
    needed: float
    worth: float

    @classmethod
    def of(cls, plan: BlockPlan, held: Held, item: Comparison, level: float) -> _Left | None:
        """None where nothing was seen, or where it says nothing of how items move."""
        effect, looks = held.measured.effect, plan.looks[item.metric]
        if effect is None or not item.look:
            return None
        seen = looks[item.look - 1].rows / looks[-1].rows
        critical, power = float(stats.norm.isf(level * looks[-1].spent)), float(stats.norm.ppf(POWER))
        # Of the smallest effect that can be found, which takes one more item to move than did.
        now = effect.detectable(level) / (float(stats.norm.isf(level)) + power)
        whole = now * math.sqrt(seen)
        return cls(item, now, seen, critical * whole, (critical + power) * whole) if now > 0.0 else None

    def may_come_out(self, level: float, *, go: bool) -> bool:
        """Whether it may yet be shown better, where a `go` may follow, or worse by more than its margin."""
        estimate, kept = self.item.effect or 0.0, self.item.p_kept is not None and self.item.p_kept <= level
        better = conditional_power(estimate, self.standard_error, self.seen, self.worth, self.needed)
        beyond = max(self.needed, self.item.margin or 0.0)
        worse = conditional_power(-estimate, self.standard_error, self.seen, self.worth, beyond)
        return (go and better >= UNLIKELY) or (not kept and worse >= UNLIKELY)

    @property
    def alternative(self) -> str:
        """In words: how large a gain of which metric."""
        if self.item.unit == "share":
            return f"{100.0 * self.worth:.1f} points in {self.item.metric}"
        return f"{self.worth:.3f} {self.item.unit} in {self.item.metric}"
