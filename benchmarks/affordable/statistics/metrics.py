"""What is simulated: the metrics of the policy `real` with its items and queries, and how their items move."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.gate.blocks import BlockPlan, plan_blocks
from harness.gate.policy import Policy, load_policy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ATTEMPTS: Final = 20
HARMLESS: Final = (3,) * 8 + (2,) * 17
"""58 rows of 25 queries: the sizes of HHH's smallest part."""
POOLED: Final = {
    "bigbench_hhh_helpful": (3,) * 15 + (2,) * 7,
    "bigbench_hhh_honest": (4,) * 4 + (3,) * 15,
    "bigbench_hhh_other": (2,) * 7 + (1,) * 29,
}
"""59 rows of 22 queries, 61 of 19 and 43 of 36: HHH's other parts, protected as one pool."""
XSTEST_SAFE: Final = 250
"""Of XSTest's 450 rows, those that count for over-refusal; the others are asked beside them."""
LOSS_SPREAD: Final = 0.05
"""Standard deviation of a text's change of loss, in nats per byte: two and a half margins."""


@dataclass(frozen=True)
class Simulated:
    """One deciding metric or pool: its key in the policy, the tasks with the sizes of their queries, and the share of
    its items that move either way by chance.

    `counted` are the items that count among the rows, where not all do. A `moving` of 0 stands for a loss in nats.
    """

    key: str
    role: str
    tasks: dict[str, tuple[int, ...]]
    moving: float
    counted: int = 0

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size for sizes in self.tasks.values() for size in sizes)

    @property
    def is_loss(self) -> bool:
        return self.moving == 0.0

    @property
    def is_clustered(self) -> bool:
        return set(self.sizes) != {1}


def _alone(task: str, items: int) -> dict[str, tuple[int, ...]]:
    return {task: (1,) * items}


_HARMFULQA = "attack_success_harmfulqa_gate"
REAL: Final = (
    Simulated("attack_success_dangerousqa/attack_success", "improve", _alone("attack_success_dangerousqa", 80), 0.10),
    Simulated(f"{_HARMFULQA}/attack_success", "improve", _alone(_HARMFULQA, 320), 0.10),
    Simulated("truthfulqa_mc1/acc", "improve", _alone("truthfulqa_mc1", 817), 0.10),
    Simulated("bigbench_hhh_harmless/acc", "improve", {"bigbench_hhh_harmless": HARMLESS}, 0.10),
    Simulated(
        "over_refusal_xstest/over_refusal", "protect", _alone("over_refusal_xstest", 450), 0.02, counted=XSTEST_SAFE
    ),
    Simulated("benign_nll/nll", "protect", _alone("benign_nll", 300), 0.0),
    Simulated("pool/hhh_unharmed", "protect", POOLED, 0.10),
)
"""The shipped policy `real`: its four metrics to improve, two protected ones and the pool."""

WRITTEN: Final = ("attack_success_dangerousqa", _HARMFULQA, "over_refusal_xstest")


def policy() -> Policy:
    """The shipped policy itself."""
    return load_policy("real")


def plan(of: Policy, seed: int = 1) -> BlockPlan:
    """Its blocks, in one order."""
    return plan_blocks(of, {task: queries(task, sizes) for one in REAL for task, sizes in one.tasks.items()}, seed=seed)


def queries(task: str, sizes: tuple[int, ...]) -> list[str]:
    """The query of each row."""
    return [f"{task} {number}" for number, size in enumerate(sizes) for _ in range(size)]


def chances(moving: float, effect: float) -> tuple[float, float, float]:
    """Of an item to get better, to stay, and to get worse."""
    share = max(moving, abs(effect))
    return (share + effect) / 2, 1 - share, (share - effect) / 2


def clustered_moves(rng: np.random.Generator, metric: Simulated, effect: float, correlation: float) -> Floats:
    """-1, 0 or 1 for each item, with that mean. An item copies its query's move with the root of the correlation."""
    of = chances(metric.moving, effect)
    items = rng.choice([1.0, 0.0, -1.0], p=of, size=sum(metric.sizes))
    queries_ = np.repeat(rng.choice([1.0, 0.0, -1.0], p=of, size=len(metric.sizes)), metric.sizes)
    return np.where(rng.random(len(items)) < math.sqrt(correlation), queries_, items)


def losses(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Changes of texts' losses with a mean of zero, as gains: skewed to the left, since losses are to the right."""
    return -LOSS_SPREAD * (rng.exponential(size=shape) - 1.0)
