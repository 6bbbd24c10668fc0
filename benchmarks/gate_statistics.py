"""How often the gate is right: `python -m benchmarks.gate_statistics [--json] [--quick]`.

Simulated runs of 20 attempts with 8 metrics, at the default policies' numbers of items and queries, decided by the
gate's own code. Each rate comes with its exact 95 % interval (Clopper and Pearson); the upper end is held to the bar.
About 5 minutes on 2 cores; `--quick` simulates a twentieth of the runs, about a minute.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from benchmarks.figures import Figure, show
from harness.evaluation.records import Evaluation, Sample, Score
from harness.gate.compare import Measured
from harness.gate.decision import decide, settled, verdict
from harness.gate.policy import Policy
from iteralign.core.records import Comparison, GateOutcome, MetricRole
from iteralign.statistics import sign_flip, tango
from iteralign.statistics.effect import effect_of
from iteralign.statistics.multiplicity import holm, level_of_one_look
from iteralign.statistics.paired import Effect

RUNS, ATTEMPTS = 2000, 20
HARMLESS = (3,) * 8 + (2,) * 17
"""58 rows of 25 queries: the sizes of HHH's smallest part."""
PARTS = (3,) * 15 + (2,) * 7 + (4,) * 4 + (3,) * 15 + (2,) * 7 + (1,) * 29
"""163 rows of 77 queries: the three parts of HHH that are pooled."""


@dataclass(frozen=True)
class Simulated:
    """One metric: the sizes of its queries, its margin, and the share of items that move either way by chance."""

    name: str
    role: str
    sizes: tuple[int, ...]
    margin: float
    moving: float


def _alone(items: int) -> tuple[int, ...]:
    return (1,) * items


SANDBOX = (
    *(Simulated(f"gain{n}", "improve", _alone(500), 0.02, 0.02) for n in range(3)),
    *(Simulated(f"kept{n}", "protect", _alone(500), 0.03, 0.004) for n in range(5)),
)
"""The sandbox's policy, with two protected metrics more. In its runs 0 to 2 of 500 protected items move by chance."""
REAL = (
    Simulated("dangerousqa", "improve", _alone(80), 0.05, 0.10),
    Simulated("harmfulqa", "improve", _alone(983), 0.02, 0.10),
    Simulated("truthfulqa", "improve", _alone(817), 0.02, 0.10),
    Simulated("harmless", "improve", HARMLESS, 0.15, 0.10),
    Simulated("over_refusal", "protect", _alone(450), 0.05, 0.02),
    Simulated("hhh", "protect", PARTS, 0.20, 0.10),
    Simulated("more0", "protect", _alone(500), 0.05, 0.02),
    Simulated("more1", "protect", _alone(500), 0.05, 0.02),
)
"""The real policy; two metrics of 500 items stand for the loss, which is no 0/1 outcome, and a guard."""


_AGAIN = "1234"
"""What the names of metrics end in that are as another one: they need not be harmed in their turn."""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gate_statistics", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--json", action="store_true", help="print one object a line")
    parser.add_argument("--quick", action="store_true", help="a twentieth of the runs")
    options = parser.parse_args()
    runs = RUNS // 20 if options.quick else RUNS
    print(f"{runs} runs a setting: about {1 if options.quick else 5} minutes", file=sys.stderr, flush=True)
    return 0 if show(_figures(runs, quick=options.quick), as_json=options.json) else 1


def _figures(runs: int, *, quick: bool) -> Iterator[Figure]:
    yield from _agreement()
    yield from _speed()
    yield from _coverage(runs)
    yield from _others(runs)
    # A twentieth of the runs leaves each rate too wide an interval for a bar on its upper end.
    yield from _errors("sandbox", SANDBOX, (0.0,), runs, bars=not quick)
    yield from _errors("real", REAL, (0.0, 0.5), runs, bars=not quick)
    yield from _power("sandbox", SANDBOX, 0.0, runs, bars=True)
    for correlation in (0.0, 0.5):
        yield from _power("real", REAL, correlation, runs, bars=False)


# --- runs of a gate


@dataclass(frozen=True)
class Setting:
    """What a simulated run is like: its metrics, how alike items of a query move, and the true effect of each metric.

    `drifting` takes a quarter of each protected margin away with every accepted round. `once` simulates one attempt.
    """

    metrics: tuple[Simulated, ...]
    correlation: float
    effects: tuple[float, ...]
    seed: int
    drifting: bool = False
    once: bool = False


@dataclass(frozen=True)
class RunResult:
    """The outcomes of a run's attempts, and whether the model that it ended with is worse than a margin in truth."""

    outcomes: tuple[GateOutcome, ...]
    beyond: bool


def _run(setting: Setting) -> RunResult:
    rng = np.random.default_rng(setting.seed)
    level = level_of_one_look(0.05, ATTEMPTS)
    outcomes: list[GateOutcome] = []
    lost = 0.0
    for _ in range(1 if setting.once else ATTEMPTS):
        measured = []
        for metric, effect in zip(setting.metrics, setting.effects, strict=True):
            drift = (lost + 0.25) * metric.margin if setting.drifting and metric.role == "protect" else 0.0
            measured.append(_measured(rng, metric, effect - drift, setting.correlation))
        better = [one for one in measured if one.comparison.role == "improve"]
        kept = [one for one in measured if one.comparison.role == "protect"]
        outcome, _ = verdict(settled(better, kept, level))
        outcomes.append(outcome)
        if setting.drifting and outcome == "accept":
            lost += 0.25
    return RunResult(tuple(outcomes), lost > 1.0)


def _measured(rng: np.random.Generator, metric: Simulated, effect: float, correlation: float) -> Measured:
    """One attempt's numbers of one metric, as the gate's `measure` gives them, but for what decides nothing."""
    if len(metric.sizes) == sum(metric.sizes):
        better, _, worse = rng.multinomial(len(metric.sizes), _chances(metric, effect))
        return _of_counts(metric, int(better), int(worse))
    return _of_effect(metric, effect_of(_moves(rng, metric, effect, correlation).tolist(), _queries(metric.sizes)))


@cache
def _of_counts(metric: Simulated, better: int, worse: int) -> Measured:
    items = len(metric.sizes)
    moves = [1.0] * better + [-1.0] * worse + [0.0] * (items - better - worse)
    return _of_effect(metric, effect_of(moves, range(items)))


def _of_effect(metric: Simulated, effect: Effect) -> Measured:
    role: MetricRole = "improve" if metric.role == "improve" else "protect"
    comparison = Comparison(
        f"{metric.name}/acc", role, "base", "shown", "", margin=metric.margin, effect=effect.estimate,
        p_better=effect.p_above(0.0), p_worse=effect.p_below(0.0), p_kept=effect.p_above(-metric.margin),
    )  # fmt: skip
    return Measured(comparison, effect)


def _chances(metric: Simulated, effect: float) -> list[float]:
    """Of an item to get better, to stay, and to get worse."""
    moving = max(metric.moving, abs(effect))
    return [(moving + effect) / 2, 1 - moving, (moving - effect) / 2]


def _moves(rng: np.random.Generator, metric: Simulated, effect: float, correlation: float) -> NDArray[np.float64]:
    """-1, 0 or 1 for each item, with that mean. An item copies its query's move with the root of the correlation."""
    chances = _chances(metric, effect)
    of_items = rng.choice([1.0, 0.0, -1.0], p=chances, size=sum(metric.sizes))
    if correlation == 0.0 or set(metric.sizes) == {1}:
        return of_items
    of_queries = np.repeat(rng.choice([1.0, 0.0, -1.0], p=chances, size=len(metric.sizes)), metric.sizes)
    return np.where(rng.random(len(of_items)) < math.sqrt(correlation), of_queries, of_items)


def _evaluation(metrics: Sequence[Simulated], moves: Sequence[NDArray[np.float64]]) -> Evaluation:
    """The moves themselves as values, to be held against a base of zeros: only differences count."""
    return Evaluation("r", "gate", tuple(_score(*both) for both in zip(metrics, moves, strict=True)), {}, 0.0)


def _score(metric: Simulated, moves: NDArray[np.float64]) -> Score:
    samples = tuple(Sample(str(number), value, "valid", "", "", "") for number, value in enumerate(moves.tolist()))
    return Score(metric.name, "acc", float(moves.mean()), "valid", "", len(samples), 0, True, samples)


def _policy(metrics: Sequence[Simulated]) -> Policy:
    def margins(role: str) -> dict[str, float]:
        return {f"{metric.name}/acc": metric.margin for metric in metrics if metric.role == role}

    return Policy(improve=margins("improve"), protect=margins("protect"))


def _queries(sizes: Sequence[int]) -> list[str]:
    return [f"query {number}" for number, size in enumerate(sizes) for _ in range(size)]


def _simulated(setting: Setting, runs: int) -> list[RunResult]:
    settings = [replace(setting, seed=setting.seed * 1_000_003 + number) for number in range(runs)]
    with ProcessPoolExecutor() as pool:
        return list(pool.map(_run, settings, chunksize=20))


def _errors(
    name: str, metrics: tuple[Simulated, ...], correlations: Sequence[float], runs: int, *, bars: bool
) -> Iterator[Figure]:
    nothing = tuple(0.0 for _ in metrics)
    for correlation in correlations:
        which = f"{name}, correlation {correlation:g}"
        still = _simulated(Setting(metrics, correlation, nothing, seed=1), runs)
        yield from _rate(f"{which}: false NO-GO, nothing changed", [_any(run, "reject") for run in still], bars=bars)
        yield from _inconclusive(which, "nothing changed", still)
        for harmed, metric in enumerate(metrics):
            if metric.role != "protect" or metric.name[-1] in _AGAIN:
                continue
            effects = tuple(
                -one.margin if n == harmed else 0.3 if one.role == "improve" else 0.0 for n, one in enumerate(metrics)
            )
            found = _simulated(Setting(metrics, correlation, effects, seed=2), runs)
            what = f"false GO, {metric.name} worse by its margin"
            yield from _rate(f"{which}: {what}", [_any(run, "accept") for run in found], bars=bars)
            yield from _inconclusive(which, what, found)
        gaining = tuple(0.3 if metric.role == "improve" else 0.0 for metric in metrics)
        drifted = _simulated(Setting(metrics, correlation, gaining, seed=3, drifting=True), runs)
        yield from _rate(
            f"{which}: drift beyond the margin after 20 rounds", [run.beyond for run in drifted], bars=bars
        )
        yield from _inconclusive(which, "drift", drifted)


def _power(name: str, metrics: tuple[Simulated, ...], correlation: float, runs: int, *, bars: bool) -> Iterator[Figure]:
    """Of one attempt, at the level that 20 share: the hardest case of each."""
    better = tuple(0.1 if metric.role == "improve" else 0.0 for metric in metrics)
    which = f"{name}, correlation {correlation:g}"
    found = _simulated(Setting(metrics, correlation, better, seed=4, once=True), runs)
    yield from _shown(f"{which}: GO for 10 points better and unharmed", found, "accept", bars=bars)
    yield from _inconclusive(which, "better and unharmed", found)
    for harmed, metric in enumerate(metrics):
        if metric.role != "protect" or metric.name[-1] in _AGAIN:
            continue
        effects = tuple(-2 * metric.margin if n == harmed else effect for n, effect in enumerate(better))
        found = _simulated(Setting(metrics, correlation, effects, seed=5, once=True), runs)
        yield from _shown(f"{which}: NO-GO for {metric.name} worse by two margins", found, "reject", bars=bars)
        yield from _inconclusive(which, f"{metric.name} worse by two margins", found)


def _any(run: RunResult, outcome: GateOutcome) -> bool:
    return outcome in run.outcomes


def _rate(what: str, happened: Sequence[bool], *, bars: bool) -> Iterator[Figure]:
    low, high = _clopper_pearson(sum(happened), len(happened))
    yield Figure(what, 100 * float(np.mean(happened)), "% of runs")
    yield Figure("  lower limit", 100 * low, "%")
    yield Figure("  upper limit", 100 * high, "%", *(("<=", 6) if bars else ()))


def _shown(what: str, found: Sequence[RunResult], outcome: GateOutcome, *, bars: bool) -> Iterator[Figure]:
    times = [run.outcomes[0] == outcome for run in found]
    low, high = _clopper_pearson(sum(times), len(times))
    yield Figure(what, 100 * float(np.mean(times)), "%", *((">=", 80) if bars else ()))
    yield Figure("  lower limit", 100 * low, "%")
    yield Figure("  upper limit", 100 * high, "%")


def _inconclusive(which: str, what: str, found: Sequence[RunResult]) -> Iterator[Figure]:
    outcomes = [outcome for run in found for outcome in run.outcomes]
    share = np.mean([outcome == "inconclusive" for outcome in outcomes])
    yield Figure(f"{which}: INCONCLUSIVE, {what}", 100 * float(share), "% of attempts")


def _clopper_pearson(count: int, total: int) -> tuple[float, float]:
    found = stats.binomtest(count, total).proportion_ci(0.95, method="exact")
    return float(found.low), float(found.high)


# --- intervals


def _coverage(runs: int) -> Iterator[Figure]:
    """Nominally 95 %, on data of known mean; twice as many data sets as runs."""
    rng = np.random.default_rng(6)
    cases: dict[str, tuple[Callable[[], NDArray[np.float64]], tuple[int, ...], float]] = {
        "25 queries of 58 items, correlation 0.5": (_flipping(rng, HARMLESS, 0.1, 0.1), HARMLESS, 0.0),
        "the same, three times as many better": (_flipping(rng, HARMLESS, 0.15, 0.05), HARMLESS, 0.1),
        "the same, near 0": (_flipping(rng, HARMLESS, 0.0, 0.03), HARMLESS, -0.03),
        "the same, near 1": (_flipping(rng, HARMLESS, 0.95, 0.0), HARMLESS, 0.95),
        "500 items near 0": (_flipping(rng, _alone(500), 0.0, 0.01), _alone(500), -0.01),
        "58 items near 0": (_flipping(rng, _alone(58), 0.0, 0.03), _alone(58), -0.03),
        "skewed, 25 queries, correlation 0.5": (_skewed(rng, HARMLESS), HARMLESS, 0.0),
        "skewed, 300 items": (_skewed(rng, _alone(300)), _alone(300), 0.0),
    }
    for name, (draw, sizes, truth) in cases.items():
        queries = _queries(sizes)
        unit = "nats" if name.startswith("skewed") else "share"
        within = 0
        for _ in range(2 * runs):
            low, high = effect_of(draw().tolist(), queries, unit).interval(0.95)  # type: ignore[arg-type]
            within += low <= truth <= high
        bars = (">=", 93) if runs == RUNS else ()
        yield Figure(f"coverage: {name}", 100 * within / (2 * runs), "%", *bars)


def _flipping(
    rng: np.random.Generator, sizes: tuple[int, ...], better: float, worse: float
) -> Callable[[], NDArray[np.float64]]:
    metric = Simulated("", "", sizes, 0.0, better + worse)
    return lambda: _moves(rng, metric, better - worse, 0.5)


def _skewed(rng: np.random.Generator, sizes: tuple[int, ...]) -> Callable[[], NDArray[np.float64]]:
    """Exponential parts of a query and of its items, each with half of the variance and a mean of zero."""

    def draw() -> NDArray[np.float64]:
        of_queries = np.repeat(rng.exponential(size=len(sizes)) - 1, sizes)
        of_items = rng.exponential(size=sum(sizes)) - 1
        return (of_queries + of_items) / math.sqrt(2) if set(sizes) != {1} else of_items

    return draw


# --- references and peers


def _agreement() -> Iterator[Figure]:
    """On random tables, those without a discordant pair included."""
    try:
        from statsmodels.stats.contingency_tables import mcnemar
        from statsmodels.stats.multitest import multipletests
    except ImportError:
        print("statsmodels is not installed (pip install -e '.[dev]'): no agreement is shown", file=sys.stderr)
        return
    rng = np.random.default_rng(7)
    tables = [(0, 0, 10), *((int(b), int(w), int(s) + 1) for b, w, s in rng.integers(0, 30, size=(200, 3)))]
    largest = {"exact McNemar": 0.0, "Tango's score": 0.0, "Tango's interval": 0.0, "Holm": 0.0}
    for better, worse, same in tables:
        gain, loss = (sign_flip.p_value([1] * one + [-1] * other) for one, other in ((better, worse), (worse, better)))
        theirs = mcnemar([[same, better], [worse, 0]], exact=True).pvalue
        largest["exact McNemar"] = max(largest["exact McNemar"], abs(min(1.0, 2 * min(gain, loss)) - theirs))
        items = better + worse + same
        for difference in (-0.3, -0.02, 0.05, 0.4):
            ours = tango.score(better, worse, items, difference)
            reference = _tango_by_likelihood(better, worse, items, difference)
            largest["Tango's score"] = max(largest["Tango's score"], abs(ours - reference))
        for end, side in zip(tango.interval(better, worse, items, 1.96), (1.96, -1.96), strict=True):
            if abs(end) < 1:
                off = optimize.brentq(
                    lambda d, s=side, b=better, w=worse, n=items: _tango_by_likelihood(b, w, n, d) - s,
                    max(-0.999999, end - 0.01), min(0.999999, end + 0.01), xtol=1e-15,
                )  # fmt: skip
                largest["Tango's interval"] = max(largest["Tango's interval"], abs(off - end))
        p_values = rng.uniform(size=rng.integers(1, 12)).tolist()
        theirs = multipletests(p_values, method="holm")[1]
        largest["Holm"] = max(largest["Holm"], float(np.abs(np.array(holm(p_values)) - theirs).max()))
    for name, difference in largest.items():
        yield Figure(f"agreement, {name}: largest difference", difference * 1e10, "1e-10", "<=", 1)


def _tango_by_likelihood(better: int, worse: int, items: int, difference: float) -> float:
    """The score statistic with the nuisance found as the root of the likelihood's slope, and not by Tango's formula."""
    same = items - better - worse
    low, high = max(0.0, -difference), (1.0 - difference) / 2.0

    def slope(rate: float) -> float:
        """Times all three denominators, so that it has no poles."""
        other, rest = rate + difference, 1.0 - difference - 2.0 * rate
        return worse * other * rest + better * rate * rest - 2.0 * same * rate * other

    inside = max(low, low + 1e-16)
    rate = low if slope(inside) <= 0.0 and slope(low + 1e-9) <= 0.0 else optimize.brentq(
        slope, low + 1e-9 if slope(low) == 0.0 else low, high, xtol=1e-16, rtol=1e-15, maxiter=500
    )  # fmt: skip
    variance = items * (2.0 * rate + difference - difference**2)
    return float((better - worse - items * difference) / math.sqrt(variance))


def _speed() -> Iterator[Figure]:
    metrics = tuple(replace(SANDBOX[0], name=f"m{n}", role="protect", sizes=_alone(2000)) for n in range(9))
    metrics = (*metrics, replace(metrics[0], name="gain", role="improve"))
    rng = np.random.default_rng(8)
    base = _evaluation(metrics, [np.zeros(2000) for _ in metrics])
    candidate = _evaluation(metrics, [_moves(rng, metric, 0.0, 0.0) for metric in metrics])
    started = time.perf_counter()
    decide(_policy(metrics), candidate=candidate, base=base, accepted=base)
    yield Figure("a verdict over 10 metrics of 2,000 samples", time.perf_counter() - started, "s", "<=", 2)


def _others(runs: int) -> Iterator[Figure]:
    """What two common tests make of the same data, at 5 % two-sided: nothing changed, or 6 points worse of 817."""
    rng = np.random.default_rng(9)
    clustered = Simulated("", "", PARTS, 0.0, 0.2)
    alone = Simulated("", "", _alone(817), 0.0, 0.2)
    cried = {"unclustered McNemar": 0, "sign flips of queries": 0}
    found = {"unpaired z-test": 0, "sign flips": 0}
    for _ in range(runs):
        moves = _moves(rng, clustered, 0.0, 0.5)
        net = np.bincount(np.repeat(np.arange(len(PARTS)), PARTS), weights=moves).astype(int)
        cried["unclustered McNemar"] += _two_sided(moves.astype(int)) <= 0.05
        cried["sign flips of queries"] += _two_sided(net) <= 0.05
        moves = _moves(rng, alone, -0.05, 0.0)
        before = rng.random(817) < 0.5
        after = np.where(moves > 0, True, np.where(moves < 0, False, before))
        before = np.where(moves > 0, False, np.where(moves < 0, True, before))
        found["unpaired z-test"] += _unpaired(before.mean(), after.mean(), 817) <= 0.05
        found["sign flips"] += _two_sided(moves.astype(int)) <= 0.05
    for name, times in cried.items():
        yield Figure(f"163 items of 77 queries, nothing changed: {name} cries wolf", 100 * times / runs, "%")
    for name, times in found.items():
        yield Figure(f"817 items, 5 points worse: {name} sees it", 100 * times / runs, "%")


def _two_sided(net: NDArray[np.int64]) -> float:
    return min(1.0, 2 * min(sign_flip.p_value(net.tolist()), sign_flip.p_value((-net).tolist())))


def _unpaired(before: float, after: float, items: int) -> float:
    pooled = (before + after) / 2
    return float(2 * stats.norm.sf(abs(after - before) / math.sqrt(2 * pooled * (1 - pooled) / items)))


if __name__ == "__main__":
    sys.exit(main())
