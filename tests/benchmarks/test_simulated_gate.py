"""The simulated gate, written in arrays, against the gate itself, block by block on the items."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from benchmarks.affordable.statistics.draws import Draws, counted_items, of_flips, of_losses
from benchmarks.affordable.statistics.gate import GO, NO_GO, OPEN, Gates
from benchmarks.affordable.statistics.metrics import (
    REAL,
    Floats,
    Simulated,
    chances,
    clustered_moves,
    losses,
    plan,
    policy,
    queries,
)
from harness.evaluation.records import Evaluation, Score, score_of, valid_sample
from harness.gate.decision import decide
from harness.gate.sequential import decide_block
from iteralign.statistics.effect import effect_of

POLICY, PLAN = policy(), plan(policy())
MARGINS = np.array([POLICY.margin(one.key) or 0.0 for one in REAL])
LEVEL = 0.05 / 20
CASES = {
    "nothing changed": (0.0, None),
    "better": (0.2, None),
    "a little better": (0.05, None),
    "over-refusal": (0.1, 4),
    "loss": (0.1, 5),
    "pool": (0.0, 6),
    "attacks": (0.0, 1),
}
OUTCOMES = {"accept": GO, "reject": NO_GO, "inconclusive": OPEN}


def moves_of(metric: Simulated, effect: float, rng: np.random.Generator) -> Floats:
    """One change an item, in the order of the metric's tasks."""
    if metric.is_loss:
        return losses(rng, (1, sum(metric.sizes)))[0] + effect
    if metric.is_clustered:
        return clustered_moves(rng, metric, effect, 0.5)
    return rng.choice([1.0, 0.0, -1.0], p=chances(metric.moving, effect), size=sum(metric.sizes))


def scores(metric: Simulated, moves: Floats, rows: dict[str, tuple[int, ...]]) -> list[Score]:
    """The changes as values, against a base of zeros; rows that don't count are another metric's."""
    found, begin = [], 0
    for task, sizes in metric.tasks.items():
        names, values = queries(task, sizes), moves[begin : begin + sum(sizes)]
        begin += sum(sizes)
        counted = metric.counted or len(values)
        for metric_name, part in (
            (_name(metric, task), [row for row in rows[task] if row < counted]),
            ("contrast_refusal", [row for row in rows[task] if row >= counted]),
        ):
            samples = tuple(valid_sample(str(row), float(values[row]), prompt=names[row]) for row in part)
            if samples:
                unit = "nats" if metric.is_loss else "share"
                found.append(score_of(task, metric_name, samples, higher_is_better=True, unit=unit))
    return found


def _name(metric: Simulated, task: str) -> str:
    return next(key.partition("/")[2] for key in POLICY.members(metric.key) if key.startswith(f"{task}/"))


def evaluation(moves: list[Floats], rows: dict[str, tuple[int, ...]]) -> Evaluation:
    found = [score for metric, of in zip(REAL, moves, strict=True) for score in scores(metric, of, rows)]
    return Evaluation("r1a1", "gate", tuple(found), {}, 0.0)


def values_of(metric: Simulated, moves: Floats) -> Floats:
    """What the simulation draws, of these items: its fields at each look, for one attempt."""
    margin = POLICY.margin(metric.key) or 0.0
    items = [(task, row) for task, sizes in metric.tasks.items() for row in range(sum(sizes))]
    names = [queries(task, metric.tasks[task])[row] for task, row in items]
    block_of = {(t, row): block.number for block in PLAN.blocks for t, of in block.rows.items() for row in of}
    fields, ends = [], sorted({block_of[item] for item in items})
    for end in ends:
        asked = [n for n, item in enumerate(items) if block_of[item] <= end and n < (metric.counted or len(items))]
        effect = effect_of(moves[asked].tolist(), [names[n] for n in asked], "nats" if metric.is_loss else "share")
        tests = effect.p_above(0.0), effect.p_below(0.0), effect.p_above(-margin)
        fields.append((effect.estimate, *tests, effect.detectable(LEVEL / len(REAL))))
    return np.array([fields])


@cache
def base() -> Evaluation:
    return evaluation([np.zeros(sum(metric.sizes)) for metric in REAL], whole())


def whole() -> dict[str, tuple[int, ...]]:
    return {task: tuple(range(sum(sizes))) for metric in REAL for task, sizes in metric.tasks.items()}


def by_the_gate(moves: list[Floats]) -> tuple[int, int]:
    rows: dict[str, tuple[int, ...]] = dict.fromkeys(whole(), ())
    ask = frozenset(rows)
    for block in PLAN.blocks:
        rows |= {task: PLAN.rows(task, block.number) for task in ask}
        found = decide_block(
            POLICY, PLAN, block.number, candidate=evaluation(moves, rows), base=base(), accepted=base(), looks=20
        )
        if found.decision:
            return OUTCOMES[found.decision.outcome], sum(map(len, rows.values()))
        ask = found.ask
    raise AssertionError("the last block decides")


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_simulation_decides_as_the_gate_does_on_as_many_items(case: str) -> None:
    gain, harmed = CASES[case]
    for seed in range(2):
        rng = np.random.default_rng(seed)
        effects = [gain if metric.role == "improve" else 0.0 for metric in REAL]
        if harmed is not None:
            effects[harmed] = -2.0 * MARGINS[harmed]
        moves = [moves_of(metric, effect, rng) for metric, effect in zip(REAL, effects, strict=True)]
        values = [values_of(metric, of) for metric, of in zip(REAL, moves, strict=True)]
        gates = Gates(PLAN, MARGINS, LEVEL)
        found = gates.stopping(values)
        assert (found.outcomes[0], found.rows[0]) == by_the_gate(moves)
        today = decide(POLICY, candidate=evaluation(moves, whole()), base=base(), accepted=base(), looks=20)
        assert gates.whole(values)[0] == OUTCOMES[today.outcome]


def test_losses_in_arrays_have_the_p_values_of_the_gates_own_statistic() -> None:
    changes = losses(np.random.default_rng(1), (5, 60)) - 0.01
    found = of_losses(changes, [30, 60], 0.02)
    for attempt, look, items in ((0, 0, 30), (3, 1, 60), (4, 0, 30)):
        effect = effect_of(changes[attempt, :items].tolist(), range(items), "nats")
        expected = effect.estimate, effect.p_above(0.0), effect.p_below(0.0), effect.p_above(-0.02)
        assert found[attempt, look, :4] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("better", "worse"), [(0, 0), (3, 9), (20, 4), (0, 12)])
def test_flips_in_arrays_have_the_numbers_of_the_gates_own_statistic(better: int, worse: int) -> None:
    effect = effect_of([1.0] * better + [-1.0] * worse + [0.0] * (200 - better - worse), range(200))
    found = of_flips(np.array([[better, worse]]), 200, 0.05, LEVEL)[0]
    tests = effect.p_above(0.0), effect.p_below(0.0), effect.p_above(-0.05)
    assert found == pytest.approx((effect.estimate, *tests, effect.detectable(LEVEL)), abs=1e-12)


def test_draws_have_the_effect_that_they_were_given() -> None:
    draws, rng = Draws(PLAN, MARGINS, 0.0, LEVEL), np.random.default_rng(1)
    better, worse = (draws.drawn(rng, number, np.full(100, effect)) for number, effect in ((0, 0.05), (4, -0.05)))
    assert better[:, 0, 0].mean() == pytest.approx(0.05, abs=0.015)
    assert worse[:, -1, 0].mean() == pytest.approx(-0.05, abs=0.005)
    assert counted_items(REAL[4], PLAN)[-1] == 250
