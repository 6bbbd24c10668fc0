"""What a unit of work costs as a probe measured it, and what that makes of a whole run: functions of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.planning.counts import RunCounts, Stage, work
from iteralign.core.settings import TrainingSettings
from iteralign.oracle.spending import Caps

TOLERANCE = 0.25
"""By which share a unit may turn out cheaper or dearer than in a probe; ranges of time allow for it."""
_PER_PRICE = 1_000_000


@dataclass(frozen=True)
class Timed:
    """So many units took so many seconds."""

    units: int
    seconds: float


@dataclass(frozen=True)
class Unit:
    """What one unit costs: seconds, None where that is unknown, with the most memory in bytes while it was probed.

    `tokens` are those that an answer has on average, and `probed` says how many units were tried.
    """

    seconds: float | None
    probed: int = 0
    peak_bytes: int = 0
    gpu_bytes: int = 0
    tokens: float | None = None


@dataclass(frozen=True)
class Disk:
    """Bytes on disk: of a store in which nothing is kept yet, of one candidate and of the report, and in the store of
    one measured item, of one judged answer and of one call of an oracle that remembers its replies.
    """

    store: float = 0.0
    candidate: float = 0.0
    item: float = 0.0
    answer: float = 0.0
    report: float = 0.0
    call: float = 0.0


@dataclass(frozen=True)
class CallTokens:
    """Tokens of a question to the oracle and of its reply, on average."""

    asked: float
    replied: float


@dataclass(frozen=True)
class Span:
    """From the least to the most of something."""

    least: float
    most: float

    def holds(self, value: float) -> bool:
        """Whether a value lies within."""
        return self.least <= value <= self.most


@dataclass(frozen=True)
class RowCost:
    """A step of writing takes `fixed` seconds and `row` seconds more for each answer that is being written."""

    fixed: float
    row: float

    @classmethod
    def fitted(cls, narrow: Timed, wide: Timed) -> RowCost:
        """Through two measurings of so many rows (`units`); of one width there is no telling, so that all is a row's.

        No part is ever below 0, as noise would have it.
        """
        if wide.units <= narrow.units:
            return cls(0.0, wide.seconds / wide.units)
        row = max(0.0, (wide.seconds - narrow.seconds) / (wide.units - narrow.units))
        row = min(row, wide.seconds / wide.units)
        return cls(wide.seconds - row * wide.units, row)

    def gain(self, probed: int, real: int) -> float:
        """What an answer costs among `real` rows as a share of what it costs among `probed` ones."""
        if probed <= 0 or real <= 0 or probed == real:
            return 1.0
        return (self.fixed / real + self.row) / (self.fixed / probed + self.row)


def extrapolated(points: Sequence[Timed], units: int) -> float:
    """Seconds a unit where so many are done at once, from measurings of growing size.

    What does not grow with the units (a preamble, a self-check) is shared by more of them: a line through the last two
    points says how much that is. Raises ValueError without any point.
    """
    if not points:
        raise ValueError("there is no measuring to go by")
    last = points[-1]
    if len(points) == 1 or last.units >= units:
        return last.seconds / last.units
    before = points[-2]
    slope = (last.seconds - before.seconds) / (last.units - before.units)
    slope = min(max(slope, 0.0), last.seconds / last.units)
    return (last.seconds + slope * (units - last.units)) / units


def interpolated(points: Sequence[Timed], units: int) -> float:
    """Seconds a unit where so many are done at once, from measurings of growing size that reach at least as far.

    On the line between the two nearest ones; fewer than the fewest take as long as those. Raises ValueError without any
    point.
    """
    if not points:
        raise ValueError("there is no measuring to go by")
    if units >= points[-1].units:
        return extrapolated(points, units)
    before = Timed(0, points[0].seconds)
    for after in points:
        if units <= after.units:
            share = (units - before.units) / (after.units - before.units)
            return (before.seconds + share * (after.seconds - before.seconds)) / units
        before = after
    raise AssertionError("the last point has as many units")


@dataclass(frozen=True)
class Costs:
    """What the probe found out: the unit of each stage, bytes on disk, and the tokens of a call, None if unknown."""

    units: Mapping[Stage, Unit]
    disk: Disk = Disk()
    call: CallTokens | None = None


@dataclass(frozen=True)
class StageRange:
    """One stage of a run: how many units at least and at most, and the seconds that they take; None where unknown."""

    stage: Stage
    units: Span
    seconds: Span | None


@dataclass(frozen=True)
class RunRange:
    """A run from nothing learnt to every cap reached.

    `seconds` leave out the stages of which `unknown` says that their time is not known. `money` is None where there
    are no prices. `capped` says that the most calls are what the oracle's caps allow.
    """

    stages: tuple[StageRange, ...]
    seconds: Span
    unknown: tuple[Stage, ...]
    calls: Span
    proposals: Span
    money: Span | None
    disk: Span
    peak_bytes: int
    capped: bool


@dataclass(frozen=True)
class Limits:
    """The caps and prices of who judges and of who proposes, the same of one oracle in both roles.

    `judged` is the least share of the questions that reach the judge's oracle: a cascade may answer all by itself.
    """

    judge: Caps = field(default_factory=Caps)
    proposer: Caps = field(default_factory=Caps)
    judged: float = 1.0


def run_range(costs: Costs, least: RunCounts, most: RunCounts, training: TrainingSettings, limits: Limits) -> RunRange:
    """What the run takes, given what a unit costs."""
    fewest, all_of_it = work(least, training), work(most, training)
    stages = tuple(_stage(stage, Span(fewest[stage], all_of_it[stage]), costs) for stage in Stage)
    known = [each.seconds for each in stages if each.seconds]
    verdicts = Span(limits.judged * least.verdicts, most.verdicts)
    proposals = Span(least.proposals, most.proposals)
    calls = _both(verdicts, proposals)
    allowed = _allowed(verdicts, proposals, costs.call, limits)
    return RunRange(
        stages=stages,
        seconds=Span(sum(each.least for each in known), sum(each.most for each in known)),
        unknown=tuple(each.stage for each in stages if each.seconds is None and each.units.most),
        calls=allowed,
        proposals=proposals,
        money=_money(costs.call, verdicts, proposals, limits),
        disk=Span(_bytes(costs.disk, least), _bytes(costs.disk, most)),
        peak_bytes=max((unit.peak_bytes for unit in costs.units.values()), default=0),
        capped=allowed.most < calls.most,
    )


def _stage(stage: Stage, units: Span, costs: Costs) -> StageRange:
    unit = costs.units.get(stage)
    if unit is None or unit.seconds is None:
        return StageRange(stage, units, Span(0.0, 0.0) if not units.most else None)
    low, high = unit.seconds * (1.0 - TOLERANCE), unit.seconds * (1.0 + TOLERANCE)
    return StageRange(stage, units, Span(units.least * low, units.most * high))


def _both(one: Span, other: Span) -> Span:
    return Span(one.least + other.least, one.most + other.most)


def _allowed(verdicts: Span, proposals: Span, call: CallTokens | None, limits: Limits) -> Span:
    """The calls that the caps on calls, tokens and money let through; one oracle's hold for both of its roles."""
    if limits.judge == limits.proposer:
        return _at_most(_both(verdicts, proposals), _limit(call, limits.judge))
    return _both(_at_most(verdicts, _limit(call, limits.judge)), _at_most(proposals, _limit(call, limits.proposer)))


def _at_most(span: Span, limit: float) -> Span:
    return Span(min(span.least, limit), min(span.most, limit))


def _limit(call: CallTokens | None, caps: Caps) -> float:
    """The most calls under these caps."""
    limits = [float("inf") if caps.calls is None else float(caps.calls)]
    if call is not None and caps.tokens is not None:
        limits.append(caps.tokens / (call.asked + call.replied))
    if call is not None and caps.cost is not None and (price := _price(call, caps)):
        limits.append(caps.cost / price)
    return min(limits)


def _price(call: CallTokens, caps: Caps) -> float:
    """What a call costs, in the currency of the prices."""
    return (call.asked * caps.price_in + call.replied * caps.price_out) / _PER_PRICE


def _money(call: CallTokens | None, verdicts: Span, proposals: Span, limits: Limits) -> Span | None:
    """By the prices of each role; None where there are none."""
    if call is None or not (_price(call, limits.judge) or _price(call, limits.proposer)):
        return None
    if limits.judge == limits.proposer:
        return _priced(call, _allowed(verdicts, proposals, call, limits), limits.judge)
    return _both(
        _priced(call, _at_most(verdicts, _limit(call, limits.judge)), limits.judge),
        _priced(call, _at_most(proposals, _limit(call, limits.proposer)), limits.proposer),
    )


def _priced(call: CallTokens, calls: Span, caps: Caps) -> Span:
    return Span(calls.least * _price(call, caps), calls.most * _price(call, caps))


def _bytes(disk: Disk, run: RunCounts) -> float:
    kept = disk.item * run.measured.all + disk.answer * run.verdicts + disk.call * run.oracle_calls
    return disk.store + disk.candidate * run.candidates + disk.report + kept
