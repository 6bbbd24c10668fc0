"""The decision of many simulated gates at once, written anew in arrays: a test holds it against `decide_block`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.affordable.statistics.draws import BETTER, DETECTABLE, ESTIMATE, KEPT, WORSE
from benchmarks.affordable.statistics.metrics import REAL, WRITTEN, Floats, Simulated
from harness.gate.blocks import BlockPlan
from harness.gate.futility import UNLIKELY

GO, NO_GO, OPEN = 1, -1, 0
_IMPROVES: Final = np.array([one.role == "improve" for one in REAL])
Bools = NDArray[np.bool_]
Outcomes = NDArray[np.int64]


@dataclass(frozen=True)
class Decided:
    """By run: the outcome, the rows asked, and those of them that took a written answer."""

    outcomes: Outcomes
    rows: Outcomes
    written: Outcomes


class Gates:
    """Runs with the `values` of each metric by look, (runs, looks, fields), at the one-sided `level` of a look."""

    def __init__(self, plan: BlockPlan, margins: Floats, level: float) -> None:
        self._plan, self._margins, self._level = plan, margins, level
        self._looks = [plan.looks[one.key] for one in REAL]
        # The number of its look that each block brings a metric, -1 where it brings none.
        self._brings = [_brought(one, plan) for one in REAL]

    def whole(self, values: list[Floats]) -> Outcomes:
        """Everything asked, once, at the whole level."""
        last = np.stack([one[:, -1] for one in values], axis=1)
        return self._verdict(last, np.ones(last.shape[:2], dtype=bool))[0]

    def stopping(self, values: list[Floats]) -> Decided:
        """In blocks, as far as each has to go."""
        runs = len(values[0])
        at = np.full((runs, len(REAL)), -1)
        ask, going = np.ones((runs, len(REAL)), dtype=bool), np.ones(runs, dtype=bool)
        outcomes = np.zeros(runs, dtype=int)
        for block in range(len(self._plan.blocks)):
            for number, brings in enumerate(self._brings):
                if brings[block] >= 0:
                    at[going & ask[:, number], number] = brings[block]
            outcome, stands, open_ = self._after(values, at, last=block + 1 == len(self._plan.blocks))
            outcomes[going & stands] = outcome[going & stands]
            ask[going] = open_[going]
            going &= ~stands
        rows = self._rows(at)
        is_written = [any(task in WRITTEN for task in one.tasks) for one in REAL]
        return Decided(outcomes, rows.sum(axis=1), rows[:, is_written].sum(axis=1))

    def _rows(self, at: Outcomes) -> Outcomes:
        asked = [np.array([0, *(look.rows for look in looks)])[at[:, n] + 1] for n, looks in enumerate(self._looks)]
        return np.stack(asked, axis=1)

    def _after(self, values: list[Floats], at: Outcomes, *, last: bool) -> tuple[Outcomes, Bools, Bools]:
        """After a block: the outcome, whether it stands, and which metrics are asked on."""
        now, whole = self._current(values, at)
        outcome, passed, failed = self._verdict(now, at >= 0)
        kept = now[:, :, KEPT] <= self._level
        harm_open = ~passed & ~failed & ~whole & ~kept
        outcome = np.where((outcome == GO) & harm_open.any(axis=1), OPEN, outcome)
        blocked = np.asarray((whole & ~passed)[:, ~_IMPROVES].any(axis=1))
        gained = (passed & _IMPROVES).any(axis=1)
        may_gain = _IMPROVES & ~passed & ~failed & ~whole & ~(gained | blocked)[:, None]
        ask = harm_open | may_gain
        protected = (passed | whole)[:, ~_IMPROVES].all(axis=1)
        futile = protected & (blocked | ~gained) & self._hopeless(now, at, passed | whole, blocked)
        return outcome, (outcome != OPEN) | futile | last | ~ask.any(axis=1), ask

    def _current(self, values: list[Floats], at: Outcomes) -> tuple[Floats, Bools]:
        """The fields of each metric at its own look, p-values divided by the share spent, and whether it is whole."""
        now = np.ones((len(at), len(REAL), values[0].shape[2]))
        for number, looks in enumerate(self._looks):
            of = values[number][np.arange(len(at)), np.maximum(at[:, number], 0)].copy()
            spent = np.array([look.spent for look in looks])[np.maximum(at[:, number], 0)]
            for field in (BETTER, WORSE, KEPT):
                of[:, field] = np.minimum(1.0, of[:, field] / spent)
            now[:, number] = np.where(at[:, [number]] >= 0, of, 1.0)
        return now, at == [len(looks) - 1 for looks in self._looks]

    def _verdict(self, now: Floats, asked: Bools) -> tuple[Outcomes, Bools, Bools]:
        gains = _holm(np.where(asked, now[:, :, BETTER], 1.0)[:, _IMPROVES])
        losses = _holm(np.where(asked, now[:, :, WORSE], 1.0))
        passed = asked & (now[:, :, KEPT] <= self._level)
        passed[:, _IMPROVES] = (gains <= self._level) & (now[:, _IMPROVES, ESTIMATE] > 0.0) & asked[:, _IMPROVES]
        failed = asked & ~passed & (losses <= self._level) & (now[:, :, ESTIMATE] < -self._margins)
        go = passed[:, ~_IMPROVES].all(axis=1) & passed[:, _IMPROVES].any(axis=1)
        return np.where(failed.any(axis=1), NO_GO, np.where(go, GO, OPEN)), passed, failed

    def _hopeless(self, now: Floats, at: Outcomes, done: Bools, blocked: Bools) -> Bools:
        found = np.ones(len(now), dtype=bool)
        for number in np.flatnonzero(_IMPROVES).tolist():
            found &= done[:, number] | self._is_hopeless(now[:, number], at[:, number], number, blocked)
        return found

    def _is_hopeless(self, now: Floats, at: Outcomes, number: int, blocked: Bools) -> Bools:
        looks, level = self._looks[number], self._level / len(REAL)
        seen = (np.array([look.rows for look in looks]) / looks[-1].rows)[np.maximum(at, 0)]
        error = now[:, DETECTABLE] / (stats.norm.isf(level) + stats.norm.ppf(0.8))
        whole, critical = error * np.sqrt(seen), stats.norm.isf(level * looks[-1].spent)
        rest = (critical + stats.norm.ppf(0.8)) * whole

        def chance(estimate: Floats, needed: Floats) -> Floats:
            spread = np.maximum(error * np.sqrt(seen * (1 - seen)), 1e-12)
            return np.asarray(stats.norm.sf((needed - seen * estimate - (1 - seen) * rest) / spread))

        better = chance(now[:, ESTIMATE], critical * whole)
        worse = chance(-now[:, ESTIMATE], np.maximum(critical * whole, self._margins[number]))
        kept = now[:, KEPT] <= self._level
        return np.asarray((at >= 0) & (blocked | (better < UNLIKELY)) & (kept | (worse < UNLIKELY)))


def _brought(metric: Simulated, plan: BlockPlan) -> list[int]:
    found, number = [], -1
    for block in plan.blocks:
        has = any(task in block.rows for task in metric.tasks)
        number += has
        found.append(number if has else -1)
    return found


def _holm(p_values: Floats) -> Floats:
    """Adjusted p-values along each row."""
    order = p_values.argsort(axis=1, kind="stable")
    ranked = np.take_along_axis(p_values, order, axis=1) * np.arange(p_values.shape[1], 0, -1)
    adjusted = np.minimum(1.0, np.maximum.accumulate(ranked, axis=1))
    found = np.empty_like(p_values)
    np.put_along_axis(found, order, adjusted, axis=1)
    return found
