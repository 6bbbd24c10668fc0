"""The gate's whole measuring of SmolLM2 under the policy `real` with the judge `form`, against lm_eval's own model.

Whole command against whole command on the same rows of the same tasks, every twelfth row of each (`EVERY`; 1 takes all,
well over an hour of the peer's): TruthfulQA's two forms, BIG-bench's HHH, the loss on harmless texts, XSTest, and the
attacks of DangerousQA and HarmfulQA with answers of up to 256 tokens. lm_eval uses a chat template for all tasks of a
command or for none, and the gate for those that write alone, so the peer needs two commands; the second start of its
libraries is taken off its time. Verdicts by form cost nothing, and lm_eval's tasks read the same refusals.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.affordable.given import RealModels
from benchmarks.figures import Figure
from iteralign.red_team.templates import template_texts
from tasks import catalog

EVERY = 12
QUICK_EVERY = 100
BATCH_SIZE = 64
"""Of the peer: what the section `generation` found to be its fastest among 32, 64 and 128 rows."""
TOLERANCE = 1e-3
MOVED = 0.02
"""The share of written items that may come out otherwise: batches pad otherwise, and a near tie of logits decides."""


def figures(models: RealModels, *, quick: bool) -> Iterator[Figure]:
    """The figures of this section."""
    model, data = models.need("smollm2"), models.need("data")
    every = QUICK_EVERY if quick else EVERY
    sizes = json.loads(machine.run(_worker("sizes", data)).out)
    rows = {task: list(range(0, size, every)) for task, size in sizes.items()}
    yield Figure("gate: items, of all", sum(map(len, rows.values())) / sum(sizes.values()), "share")
    yield Figure("gate: written answers", sum(len(rows[task]) for task in rows if _writes(task)), "")
    ran = machine.run(_worker("measure", data, "--model", str(model), "--every", str(every)))
    yield Figure("gate: harness, whole command", ran.seconds, "s")
    with tempfile.TemporaryDirectory() as folder:
        theirs, logged = _peer(model, data, rows, Path(folder))
    yield Figure("gate: lm_eval, its commands less one start", theirs, "s")
    # On few rows both commands mostly load libraries: shown, without a bar.
    yield Figure("gate: times faster", theirs / ran.seconds, "times", *(() if quick else (">=", 3)))
    yield from _same(json.loads(ran.out), logged)


def _peer(
    model: Path, data: Path, rows: Mapping[str, list[int]], folder: Path
) -> tuple[float, dict[str, dict[str, float]]]:
    """Seconds of lm_eval on these rows, and each item's outcome by score."""
    written = {task: numbers for task, numbers in rows.items() if _writes(task)}
    chosen = {task: numbers for task, numbers in rows.items() if task not in written}
    took = machine.run(_lm_eval(model, data, chosen, folder / "choices")).seconds
    took += machine.run(_lm_eval(model, data, written, folder / "written", "--apply_chat_template")).seconds
    first = next(task for task in chosen if task.startswith("bigbench"))
    start = machine.run(_lm_eval(model, data, {first: [0]}, folder / "start")).seconds
    return took - start, _logged(folder / "choices") | _logged(folder / "written")


def _writes(task: str) -> bool:
    return catalog.TASKS[task].kind == "generate"


def _lm_eval(model: Path, data: Path, rows: Mapping[str, list[int]], out: Path, *more: str) -> list[str]:
    metadata = {"data_dir": str(data), "templates": template_texts(), "chat": bool(more)}
    return [
        *(sys.executable, "-m", "lm_eval", "run", "--model", "hf", "--device", "cpu"),
        *("--model_args", f"pretrained={model},dtype=float32,max_length=2048"),
        *("--tasks", ",".join(rows), "--include_path", str(machine.tasks_dir() / "real")),
        *("--metadata", json.dumps(metadata), "--batch_size", str(BATCH_SIZE)),
        *("--samples", json.dumps(rows), "--output_path", str(out), "--log_samples", *more),
    ]


def _logged(out: Path) -> dict[str, dict[str, float]]:
    """Each item's outcome by score, as lm_eval logged it."""
    found: dict[str, dict[str, float]] = {}
    for file in sorted(out.rglob("samples_*.jsonl")):
        task = file.name.removeprefix("samples_").rpartition("_")[0]
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for metric in row["metrics"]:
                found.setdefault(f"{task}/{metric}", {})[str(row["doc_id"])] = row[metric]
    return found


def _same(ours: Mapping[str, Any], theirs: Mapping[str, Mapping[str, float]]) -> Iterator[Figure]:
    """Every outcome that both have; the attacks' success by form is lm_eval's refusals the other way round."""
    yield Figure("gate: the scorer proved itself", float(ours["scorer"] == "shared-prefix"), "", "==", 1)
    choices, written = _Outcomes(), _Outcomes()
    for key, of_items in theirs.items():
        if key in ours["outcomes"]:
            (written if _writes(key.partition("/")[0]) else choices).add(ours["outcomes"][key], of_items)
    yield Figure("gate: outcomes compared, choices and losses", choices.items, "")
    yield Figure("gate: largest difference of those", choices.largest, "", "<=", TOLERANCE)
    yield Figure("gate: outcomes compared, written", written.items, "")
    moved = written.moved / max(1, written.items)
    yield Figure("gate: written items with another outcome", moved, "share", "<=", MOVED)


class _Outcomes:
    """Outcomes put side by side: how many, how far apart at most, and how many differ at all."""

    def __init__(self) -> None:
        self.items = self.moved = 0
        self.largest = 0.0

    def add(self, ours: Mapping[str, float | None], theirs: Mapping[str, float]) -> None:
        for number, value in theirs.items():
            mine = ours.get(number)
            if mine is None or value is None:
                continue
            self.items += 1
            self.largest = max(self.largest, abs(mine - value))
            self.moved += abs(mine - value) > TOLERANCE


def _worker(part: str, data: Path, *arguments: str) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.affordable.gate_work", part, "--data-dir", str(data)]
    return [*command, *arguments]
