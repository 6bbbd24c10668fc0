"""The plan of the blocks."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.gate.blocks import BlockPlan, plan_blocks
from harness.gate.policy import Blocks, Policy, Pool
from harness_base.errors import ConfigError

TRUTH, REFUSAL, ATTACK = "truthfulqa_mc1", "over_refusal_xstest", "attack_success_harmfulqa_gate"
POLICY = Policy(
    improve={f"{ATTACK}/attack_success": 0.02, f"{TRUTH}/acc": 0.02},
    protect={f"{REFUSAL}/over_refusal": 0.05},
    pools={"hhh": Pool(metrics=("bigbench_hhh_helpful/acc", "bigbench_hhh_honest/acc"), margin=0.2)},
)
CLUSTERS = {
    TRUTH: [f"t{n}" for n in range(817)],
    REFUSAL: [f"x{n}" for n in range(450)],
    ATTACK: [f"h{n}" for n in range(983)],
    "bigbench_hhh_helpful": [f"q{n % 40}" for n in range(100)],
    "bigbench_hhh_honest": [f"q{n % 40 + 20}" for n in range(200)],
}


def plan(seed: int = 1, **sizes: int) -> BlockPlan:
    return plan_blocks(POLICY.model_copy(update={"blocks": Blocks(**sizes)}), CLUSTERS, seed=seed)


def test_every_row_is_asked_once() -> None:
    found = plan()
    for task, clusters in CLUSTERS.items():
        assert Counter(found.rows(task, len(found.blocks))) == Counter(range(len(clusters)))
        assert found.planned(task) == len(clusters)


def test_a_task_asks_as_much_again_with_every_block() -> None:
    found = plan()
    assert [look.rows for look in found.looks[f"{ATTACK}/attack_success"]] == [125, 250, 500, 983]
    assert [look.rows for look in found.looks[f"{REFUSAL}/over_refusal"]] == [150, 300, 450]


def test_the_shares_of_each_metric_add_up() -> None:
    assert all(sum(look.spent for look in looks) == pytest.approx(1.0) for looks in plan().looks.values())


def test_cheap_tasks_begin_and_judged_ones_come_last() -> None:
    first, second = plan().blocks[:2]
    assert set(first.rows) == {TRUTH, "bigbench_hhh_helpful", "bigbench_hhh_honest"}
    assert set(second.rows) - set(first.rows) == {REFUSAL}
    written, judged = ([block.number for block in plan().blocks if task in block.rows] for task in (REFUSAL, ATTACK))
    assert (written, judged) == ([2, 3, 4], [5, 6, 7, 8])


def test_a_query_is_never_divided_even_between_the_tasks_of_a_pool() -> None:
    found = plan(choices=50, min_clusters=5)
    assert len(found.looks["pool/hhh"]) > 1
    blocks_of: dict[str, set[int]] = {}
    for block in found.blocks:
        for task in ("bigbench_hhh_helpful", "bigbench_hhh_honest"):
            for row in block.rows.get(task, ()):
                blocks_of.setdefault(CLUSTERS[task][row], set()).add(block.number)
    assert all(len(blocks) == 1 for blocks in blocks_of.values())


def test_few_clusters_are_not_looked_at() -> None:
    """40 to 60 queries in 300 rows: the first look comes after the 30th query, however small blocks may be."""
    first = plan(choices=10).looks["pool/hhh"][0]
    assert first.rows >= 30 * 300 / 60


def test_the_order_is_the_seeds() -> None:
    assert plan(1) == plan(1)
    assert plan(1) != plan(2)


def test_tasks_on_the_same_rows_are_asked_alike() -> None:
    both = {TRUTH: CLUSTERS[TRUTH], "truthfulqa_mc2": CLUSTERS[TRUTH]}
    found = plan_blocks(Policy(protect={f"{TRUTH}/acc": 0.02, "truthfulqa_mc2/acc": 0.02}), both, seed=3)
    assert all(block.rows[TRUTH] == block.rows["truthfulqa_mc2"] for block in found.blocks)


def test_blocks_smaller_than_a_cluster_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"blocks of 5 choices items .* share one query: set blocks.choices to at"):
        plan(choices=5)
