"""What a training costs: a few steps of a candidate that is thrown away, and the model as it was afterwards."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from harness.planning.costs import Unit
from harness.planning.counts import Stage
from harness.probing.clock import spent
from iteralign.core.records import Candidate, TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.model.causal import CausalModel

_STEPS = 3
"""The first of them is slower than those that follow."""


@dataclass(frozen=True)
class ProbedTraining:
    """What a training costs beside its steps, a pair in each epoch, and the bytes that a candidate takes on disk."""

    units: dict[Stage, Unit]
    candidate: Candidate
    candidate_bytes: int


def probe_training(
    model: CausalModel, pairs: Sequence[TrainingPair], settings: TrainingSettings, folder: Path
) -> ProbedTraining:
    """Train a candidate for a few steps, write it below `folder`, and drop it; the model is as it was.

    Raises ModelError or DiskError as a training does.
    """
    steps = settings.model_copy(update={"max_steps": _STEPS, "epochs": float(_STEPS), "strengths": (1.0,)})
    batch = list(islice(cycle(pairs), _STEPS * settings.batch_size))
    kept, model.adapters_dir = model.adapters_dir, folder
    times: list[float] = []
    try:
        trained, spell = spent(
            partial(
                model.fine_tune,
                batch,
                steps,
                names=["probe"],
                seed=0,
                advance=lambda _: times.append(time.perf_counter()),
            )
        )
        model.discard()
    finally:
        model.adapters_dir = kept
    step = (times[-1] - times[0]) / (len(times) - 1)
    peaks = (spell.peak_bytes, spell.gpu_bytes)
    units = {
        Stage.PAIR: Unit(step / settings.batch_size, len(batch), *peaks),
        Stage.TRAINING: Unit(max(0.0, spell.seconds - len(times) * step), 1, *peaks),
    }
    [candidate] = trained
    return ProbedTraining(units, candidate, bytes_below(Path(candidate.path)))


def bytes_below(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
