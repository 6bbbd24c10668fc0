"""Simulated: the error rates, the power and the cost of a gate that stops early, under the shipped policy `real`.

Runs of 20 attempts at the policy's own items, queries, margins and block plan. Each attempt is decided twice on the
same draws: in blocks, and with everything asked at once, as `gate.early_stopping: false` does. The p-values are those
of the project's own statistics, in arrays where that is simple. A few minutes on 2 cores; `quick` simulates a twentieth
of the runs, without bars on the limits of rates, which so few leave too wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.affordable.given import RealModels
from benchmarks.affordable.statistics.draws import Draws
from benchmarks.affordable.statistics.gate import GO, NO_GO, Bools, Gates, Outcomes
from benchmarks.affordable.statistics.metrics import ATTEMPTS, REAL, WRITTEN, Floats, plan, policy
from benchmarks.figures import Figure
from iteralign.statistics.multiplicity import level_of_one_look

RUNS = 2000
_QUICK = 100
_IMPROVES = np.array([one.role == "improve" for one in REAL])
_PROTECTED = tuple(number for number, one in enumerate(REAL) if one.role == "protect")
_ROWS = sum(sum(one.sizes) for one in REAL)
_WRITTEN_ROWS = sum(sum(one.sizes) for one in REAL if set(one.tasks) & set(WRITTEN))


def figures(models: RealModels, *, quick: bool) -> Iterator[Figure]:
    """The figures of both correlations, each in a process of its own. No model is needed."""
    del models
    runs = _QUICK if quick else RUNS
    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(_of_correlation, (0.0, 0.5), (runs, runs)):
            yield from found


@dataclass(frozen=True)
class _Simulation:
    draws: Draws
    gates: Gates
    margins: Floats
    runs: int

    def effects(self, gain: float, harmed: int | None = None, margins: float = 0.0) -> list[float]:
        """Everything to improve better by `gain`, and one protected metric worse by so many `margins`."""
        found = np.where(_IMPROVES, gain, 0.0)
        if harmed is not None:
            found[harmed] = -margins * self.margins[harmed]
        return [float(effect) for effect in found]

    def ever(self, effects: Sequence[float], outcome: int) -> tuple[Bools, Bools]:
        """By run of 20 attempts, whether any had that outcome: in blocks, and with everything asked."""
        values = self.draws.attempts(effects, self.runs * ATTEMPTS)
        both = self.gates.stopping(values).outcomes, self.gates.whole(values)
        stopping, whole = ((of == outcome).reshape(self.runs, ATTEMPTS).any(axis=1) for of in both)
        return stopping, whole

    def drift(self) -> Bools:
        """By run, whether it ends beyond a margin, when every GO takes a quarter of each protected margin away."""
        rng, lost = np.random.default_rng(3), np.zeros(self.runs)
        gains = self.draws.attempts(self.effects(0.3), self.runs * ATTEMPTS)
        for attempt in range(ATTEMPTS):
            of_attempt = slice(attempt * self.runs, (attempt + 1) * self.runs)
            values = [
                gains[n][of_attempt]
                if _IMPROVES[n]
                else self.draws.drawn(rng, n, -np.round((lost + 0.25) * self.margins[n], 9))
                for n in range(len(REAL))
            ]
            lost += 0.25 * (self.gates.stopping(values).outcomes == GO)
        return lost > 1.0


def _of_correlation(correlation: float, runs: int) -> list[Figure]:
    of = policy()
    blocks = plan(of)
    margins = np.array([of.margin(one.key) or 0.0 for one in REAL])
    level = level_of_one_look(1.0 - of.confidence, ATTEMPTS)
    draws = Draws(blocks, margins, correlation, level / len(REAL))
    simulation = _Simulation(draws, Gates(blocks, margins, level), margins, runs)
    which = f"correlation {correlation:g}"
    return [*_errors(simulation, which), *_power(simulation, which), *_items(simulation, which)]


def _errors(simulation: _Simulation, which: str) -> Iterator[Figure]:
    bars = simulation.runs == RUNS
    still = simulation.ever(simulation.effects(0.0), NO_GO)
    yield from _rate(f"{which}: false NO-GO, nothing changed", *still, bars=bars)
    for harmed in _PROTECTED:
        name = REAL[harmed].key
        found = simulation.ever(simulation.effects(0.3, harmed, 1.0), GO)
        yield from _rate(f"{which}: false GO, {name} worse by its margin", *found, bars=bars)
    drifted = simulation.drift()
    yield from _rate(f"{which}: drift beyond a margin after {ATTEMPTS} rounds", drifted, None, bars=bars)


def _rate(what: str, stopping: Bools, whole: Bools | None, *, bars: bool) -> Iterator[Figure]:
    low, high = stats.binomtest(int(stopping.sum()), len(stopping)).proportion_ci(0.95, method="exact")
    yield Figure(what, 100 * float(stopping.mean()), "% of runs")
    yield Figure("  lower limit", 100 * float(low), "%")
    yield Figure("  upper limit", 100 * float(high), "%", *(("<=", 3) if bars else ()))
    if whole is not None:
        yield Figure("  with everything asked", 100 * float(whole.mean()), "% of runs")


def _power(simulation: _Simulation, which: str) -> Iterator[Figure]:
    """Of one attempt, at the level that 20 share, on the same draws with and without stopping."""
    better = simulation.effects(0.1)
    yield from _compared(simulation, f"{which}: GO for 10 points better and unharmed", better, GO)
    for harmed in _PROTECTED:
        what = f"{which}: NO-GO for {REAL[harmed].key} worse by two margins"
        yield from _compared(simulation, what, simulation.effects(0.1, harmed, 2.0), NO_GO)


def _compared(simulation: _Simulation, what: str, effects: Sequence[float], outcome: int) -> Iterator[Figure]:
    values = simulation.draws.attempts(effects, simulation.runs)
    stopping, whole = (100 * float((of == outcome).mean()) for of in _both(simulation, values))
    yield Figure(what, stopping, "%")
    yield Figure("  with everything asked", whole, "%")
    yield Figure("  lost by stopping", whole - stopping, "points", "<=", 3)


def _both(simulation: _Simulation, values: list[Floats]) -> tuple[Outcomes, Outcomes]:
    return simulation.gates.stopping(values).outcomes, simulation.gates.whole(values)


def _items(simulation: _Simulation, which: str) -> Iterator[Figure]:
    """What an attempt asks in the mean, of all rows and of those that take a written answer."""
    yield from _asked(simulation, f"{which}: asked, nothing changed", [simulation.effects(0.0)])
    yield from _asked(simulation, f"{which}: asked, 20 points better", [simulation.effects(0.2)], 50)
    for gain, words in ((0.1, "10 points better"), (0.0, "nothing better")):
        harmed = [simulation.effects(gain, number, 2.0) for number in _PROTECTED]
        for number, effects in zip(_PROTECTED, harmed, strict=True):
            yield from _asked(
                simulation, f"{which}: asked, {words}, {REAL[number].key} worse by two margins", [effects]
            )
        yield from _asked(simulation, f"{which}: asked, {words}, one of them worse by two margins", harmed, 35)


def _asked(
    simulation: _Simulation, what: str, cases: Sequence[Sequence[float]], bar: float | None = None
) -> Iterator[Figure]:
    found = [simulation.gates.stopping(simulation.draws.attempts(case, simulation.runs)) for case in cases]
    held = ("<=", bar) if bar is not None else ()
    for name, asked, of in (
        ("items", [one.rows for one in found], _ROWS),
        ("written answers", [one.written for one in found], _WRITTEN_ROWS),
    ):
        yield Figure(f"{what}: {name}", 100 * float(np.mean(asked)) / of, "%", *held)
