"""The plan of a gate that asks its items in blocks: which rows come when, and what of the level each look may spend.

Everything here is fixed before the first item is asked, by the policy and the run's seed. A task's clusters (the rows
that share a query) stay whole and come in one random order; the tasks of a pool are divided together. Cheap tasks begin
in the first block, tasks that write in the next, and tasks whose answers are judged once those are through.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final, Literal

from harness.gate.policy import Policy, tasks_of
from harness_base.errors import ConfigError
from iteralign.statistics.spending import increments
from tasks import catalog

Cost = Literal["choices", "written", "judged"]
COSTS: Final[tuple[Cost, ...]] = ("choices", "written", "judged")
"""What an item may cost, the cheapest first."""

_REMAINDER = 0.25
"""A last block smaller than this share of what was asked before it goes into the one before."""

_SPENT_BY_LOSSES = 0.4
"""What a loss in nats spends of its level in all. Outcomes of 0 or 1 can't use all of theirs, since their counts are
whole numbers; a loss would, and alone bring a run that is harmed by exactly its margin to the promised rate of error.
"""


@dataclass(frozen=True)
class Block:
    """What one block asks: the rows of each task by number, whole clusters only. `number` counts from 1."""

    number: int
    rows: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Look:
    """One look at a metric or pool: after `rows` rows of its tasks in all, at the share `spent` of its level."""

    rows: int
    spent: float


@dataclass(frozen=True)
class BlockPlan:
    """All blocks of a run, and for each metric and pool that decides its looks, whose shares add up to at most 1."""

    blocks: tuple[Block, ...]
    looks: Mapping[str, tuple[Look, ...]]

    def rows(self, task: str, upto: int) -> tuple[int, ...]:
        """The rows of a task that blocks 1 to `upto` ask, in the order of asking."""
        return tuple(row for block in self.blocks[:upto] for row in block.rows.get(task, ()))

    def planned(self, task: str) -> int:
        """How many rows of a task all blocks ask."""
        return len(self.rows(task, len(self.blocks)))


def plan_blocks(policy: Policy, clusters: Mapping[str, Sequence[str]], *, seed: int) -> BlockPlan:
    """Divide the rows of each task in `clusters`, which names the query of every row.

    The order of the queries depends on `seed` and their own words alone, so that tasks on the same rows keep together
    and every model of a run is asked alike. Raises ConfigError for blocks that are smaller than a cluster.
    """
    units = [_Unit(policy, unit, clusters, seed) for unit in _units(policy, clusters)]
    parts = [part for unit in units for part in unit.parts(first=_first_block(unit.cost, units))]
    rows: defaultdict[int, dict[str, tuple[int, ...]]] = defaultdict(dict)
    for number, task, asked in parts:
        rows[number][task] = asked
    blocks = tuple(Block(number, rows[number]) for number in range(1, max(rows, default=0) + 1))
    keys = (*policy.improve, *policy.protected)
    return BlockPlan(blocks, {key: _looks(key, tasks_behind(policy, key), blocks) for key in keys})


def _first_block(cost: Cost, units: Sequence[_Unit]) -> int:
    """In which block tasks of that cost begin, given all that there are."""

    def longest(of: Cost) -> int:
        return max((len(unit.ends) for unit in units if unit.cost == of), default=0)

    written = 1 + min(1, longest("choices"))
    return {"choices": 1, "written": written, "judged": written + longest("written")}[cost]


def tasks_behind(policy: Policy, key: str) -> tuple[str, ...]:
    """The tasks of a metric's or a pool's key, each once."""
    return tuple(dict.fromkeys(member.partition("/")[0] for member in policy.members(key)))


def _looks(key: str, tasks: Sequence[str], blocks: Sequence[Block]) -> tuple[Look, ...]:
    metric = catalog.metric_of(key)
    whole = _SPENT_BY_LOSSES if metric is not None and metric.unit == "nats" else 1.0
    added = [sum(len(block.rows.get(task, ())) for task in tasks) for block in blocks]
    asked = list(accumulate(count for count in added if count))
    return tuple(Look(rows, whole * share) for rows, share in zip(asked, increments(asked), strict=True))


def _units(policy: Policy, clusters: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """The tasks that are divided together: those of a pool; every other task by itself."""
    together = {task: {task} for task in dict.fromkeys([*tasks_of(policy), *clusters]) if task in clusters}
    for name in policy.pools:
        joined = set().union(*(together[task] for task in tasks_behind(policy, f"pool/{name}") if task in together))
        together.update(dict.fromkeys(joined, joined))
    return list(dict.fromkeys(tuple(task for task in together if task in joined) for joined in together.values()))


class _Unit:
    """Tasks that are divided together: their clusters in the run's order, and what an item of them costs."""

    def __init__(self, policy: Policy, tasks: Sequence[str], clusters: Mapping[str, Sequence[str]], seed: int) -> None:
        self._members: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for task in tasks:
            for row, cluster in enumerate(clusters[task]):
                self._members[cluster].append((task, row))
        self._order = sorted(self._members, key=lambda cluster: _place(cluster, seed))
        self._tasks = tasks
        self.cost = max((_cost(task) for task in tasks), key=COSTS.index)
        self._size: int = getattr(policy.blocks, self.cost)
        self._min_clusters = policy.blocks.min_clusters
        self._refuse_small()

    def _refuse_small(self) -> None:
        largest = max(map(len, self._members.values()), default=0)
        if largest > self._size:
            raise ConfigError(
                f"The policy's blocks of {self._size} {self.cost} items are smaller than the {largest} items of "
                f"{' and '.join(self._tasks)} that share one query: set blocks.{self.cost} to at least {largest}."
            )

    def parts(self, first: int) -> Iterator[tuple[int, str, tuple[int, ...]]]:
        """Number of the block, task, and its rows there, from block `first` on."""
        begin = 0
        for number, end in enumerate(self.ends, first):
            members = [member for cluster in self._order[begin:end] for member in self._members[cluster]]
            for task in self._tasks:
                if asked := tuple(row for of_task, row in members if of_task == task):
                    yield number, task, asked
            begin = end

    @cached_property
    def ends(self) -> list[int]:
        """After how many clusters each block ends: as many items again as were asked before."""
        asked = list(accumulate(len(self._members[cluster]) for cluster in self._order))
        if not asked:
            return []
        ends: list[int] = []
        wanted: float = self._size
        for number, items in enumerate(asked, 1):
            if items >= wanted and number >= self._min_clusters and items * (1.0 + _REMAINDER) < asked[-1]:
                ends.append(number)
                wanted = 2 * items
        return [*ends, len(asked)]


def _cost(task: str) -> Cost:
    """A task that is none of ours may write, and is no cheap one."""
    info = catalog.TASKS.get(task)
    if info is None:
        return "written"
    if info.judged:
        return "judged"
    return "written" if info.kind == "generate" else "choices"


def _place(cluster: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\0{cluster}".encode()).digest()
