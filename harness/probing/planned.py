"""A run planned: its parts loaded and tried out, and what that makes of its least and its most. Nothing is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from harness.config.schema import RunConfig
from harness.planning.bounds import Sizes, least, most
from harness.planning.costs import TOLERANCE, Costs, Limits, RunRange, run_range
from harness.probing.probe import probe
from harness.progress import Progress
from harness.run.parts import RunParts, load_parts
from harness.run.sizes import sizes
from harness_base.types import Row
from iteralign.generation.precision import has_no_instructions
from iteralign.model.causal import seed_everything


@dataclass(frozen=True)
class Planned:
    """What a run will cost: what a unit takes, the range of the whole, and what must be known beside the figures."""

    costs: Costs
    sizes: Sizes
    range: RunRange
    probe_s: float
    notes: tuple[str, ...]

    def as_json(self) -> Row:
        """The same as plain objects."""
        return {
            "units": {str(stage): asdict(unit) for stage, unit in self.costs.units.items()},
            "disk": asdict(self.costs.disk),
            "call_tokens": None if self.costs.call is None else asdict(self.costs.call),
            "sizes": asdict(self.sizes),
            "range": asdict(self.range),
            "probe_seconds": self.probe_s,
            "notes": list(self.notes),
        }


def plan_run(config: RunConfig, progress: Progress, *, loading_s: float, ask_oracle: bool) -> Planned:
    """Load what the run needs, try its stages, and work out its range.

    `loading_s` is how long it took to get here. A server as the oracle is asked a few times only with `ask_oracle`.
    Raises UserError for whatever in the configuration can't be used, and what the stages of a run raise.
    """
    began = time.monotonic()
    seed_everything(config.seed)
    parts = load_parts(config, progress, resume=False)
    found, start_s = sizes(parts), loading_s + time.monotonic() - began
    probed = probe(parts, progress, start_s=start_s, ask_oracle=ask_oracle)
    fewest, all_of_it = least(config, found), most(config, found)
    worked_out = run_range(probed.costs, fewest, all_of_it, config.training, _limits(config))
    return Planned(probed.costs, found, worked_out, probed.seconds, tuple(_notes(parts, worked_out)))


def _limits(config: RunConfig) -> Limits:
    """Of both roles; a judge that asks another may come to its verdict without it."""
    return Limits(config.judge.caps, config.proposer.caps, judged=0.0 if config.judge.inner else 1.0)


def _notes(parts: RunParts, found: RunRange) -> Iterator[str]:
    """What the figures rest on, and what they leave out."""
    config = parts.config
    yield (
        "The least is a run that learns nothing: its first batches hold no violation, or none that could be judged. "
        f"The most is every answer a violation, {_most_of(config)}. Times allow for units that turn out "
        f"{TOLERANCE:.0%} cheaper or dearer than they were here."
    )
    if found.unknown:
        listed = ", ".join(str(stage) for stage in found.unknown)
        yield f"Not in the times: {listed}. How long that takes is unknown; --probe-oracle asks the server a few times."
    costly = config.judge.asks_at_a_cost() or config.proposer.asks_at_a_cost()
    if costly:
        yield (
            "A question that was asked before is answered from the store, and one whose reply can't be read is asked "
            "once more: what is paid for may be fewer calls, or a few more."
        )
    if config.judge.form_alone:
        yield "Verdicts are by form, which asks nobody: of the oracle calls only the proposals are made."
    if costly and found.money is None:
        yield "What the calls cost is not known: oracle.price_in and oracle.price_out are 0."
    if found.capped:
        yield f"The oracle's caps end the run at about {found.calls.most:,.0f} calls, before it can reach its most."
    if has_no_instructions(parts.model.network):
        # A local judge of 0.5B took twelve times as long an answer (docs/performance.md).
        dtype = str(parts.model.network.dtype).removeprefix("torch.")
        yield (
            f"The model's weights are {dtype}, for which this processor has no instructions: float32 takes twice the "
            "memory and a fraction of the time (--set model.dtype=float32)."
        )
    if config.gate.reuse and config.store_path.exists():
        yield (
            f"What {config.store_path} holds of the very same content is not measured again, nor is a judge examined "
            "again: the run may take less than the least."
        )


def _most_of(config: RunConfig) -> str:
    tries = (config.loop.gate_retries + 1) * len(config.training.strengths)
    return (
        f"{config.loop.max_rounds} rounds of {tries} candidates, as many principles as a proposal may hold, and every "
        "revision tried as often as it may be"
    )
