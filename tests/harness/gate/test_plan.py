"""What a policy could at best conclude."""

from __future__ import annotations

import pytest

from harness.gate.plan import detectable_effects
from harness.gate.policy import Policy, Pool

POLICY = Policy(
    improve={"sandbox_hhh_harmless/acc": 0.02},
    protect={"sandbox_over_refusal/over_refusal": 0.03, "benign_nll/nll": 0.02},
    pools={"two": Pool(metrics=("sandbox_hhh_helpful/acc", "sandbox_hhh_other/acc"), margin=0.1)},
)
QUERIES = {
    "sandbox_hhh_harmless/acc": [str(n) for n in range(500)],
    "sandbox_over_refusal/over_refusal": [str(n) for n in range(60)],
    "benign_nll/nll": [str(n) for n in range(60)],
    "sandbox_hhh_helpful/acc": [f"q{n // 2}" for n in range(40)],
    "sandbox_hhh_other/acc": [f"q{n // 2}" for n in range(40)],
}


def test_each_metric_says_what_it_rules_out_and_what_it_needs() -> None:
    found = {one.metric: one for one in detectable_effects(POLICY, QUERIES, looks=1)}
    assert list(found) == [*POLICY.improve, *POLICY.protected]
    harmless = found["sandbox_hhh_harmless/acc"]
    assert (harmless.items, harmless.clusters, harmless.reachable) == (500, 500, True)
    # z² of n + z² items at 5 % one-sided, by hand
    assert harmless.excludes == pytest.approx(1.644854**2 / (500 + 1.644854**2), abs=1e-6)
    assert found["sandbox_over_refusal/over_refusal"].reachable is False
    assert found["benign_nll/nll"].reachable is None


def test_a_pool_counts_its_queries_once() -> None:
    pool = next(one for one in detectable_effects(POLICY, QUERIES, looks=1) if one.metric == "pool/two")
    assert (pool.items, pool.clusters) == (80, 20)


def test_more_looks_reach_less() -> None:
    once, often = (detectable_effects(POLICY, QUERIES, looks=looks)[1] for looks in (1, 24))
    assert once.excludes is not None
    assert often.excludes is not None
    assert often.excludes > once.excludes
    assert (often.needed or 0) > (once.needed or 0)
    assert detectable_effects(POLICY, QUERIES, looks=24)[0].excludes is None
