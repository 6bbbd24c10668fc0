"""The gate's measuring against lm-eval alone: `python -m benchmarks.gate --data-dir DIR [--json] [--quick]`.

TruthfulQA mc1 and mc2 with the four parts of BIG-bench's HHH, 10,443 requests, on a random 24M-parameter Llama: the
whole command `harness eval` against the whole command `lm_eval --model hf`, with the batch size that suits that best.
Then a GPT-NeoX, and the Llama with a LoRA adapter, on 100 questions of TruthfulQA. About 14 minutes on 2 cores, nearly
all of them the peer's; `--quick` takes 100 questions, and 50 for the last two, under 5 minutes.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.figures import Figure, show

TRUTHFUL = ("truthfulqa_mc1", "truthfulqa_mc2")
ALL_TASKS = (*TRUTHFUL, *(f"bigbench_hhh_{part}" for part in ("helpful", "honest", "harmless", "other")))
QUESTIONS = 100
TOLERANCE = 1e-4
CLOSE_CALL = 2e-4
"""Samples whose two best choices lie nearer than this, in nats, may come out either way."""


@dataclass(frozen=True)
class Work:
    """What both sides measure: a model, perhaps with an adapter, on tasks; `limit` counts items of each task."""

    name: str
    model: Path
    adapter: Path | None
    tasks: tuple[str, ...]
    limit: int | None
    parameters: int


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with the real data")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    parser.add_argument("--quick", action="store_true", help="100 questions throughout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = _figures(options.data_dir.absolute(), Path(folder), quick=options.quick)
        return 0 if show(figures, as_json=options.json) else 1


def _figures(data_dir: Path, folder: Path, *, quick: bool) -> Iterator[Figure]:
    limit = yield from machine.describe()
    sizes = _worker("models", data_dir, "--folder", str(folder))
    llama, neox = folder / "llama", folder / "neox"
    whole = Work("Llama", llama, None, TRUTHFUL if quick else ALL_TASKS, QUESTIONS if quick else None, sizes["llama"])
    few = QUESTIONS // 2 if quick else QUESTIONS
    others = [
        Work("GPT-NeoX", neox, None, TRUTHFUL, few, sizes["neox"]),
        Work("Llama with an adapter", llama, folder / "adapter", TRUTHFUL, few, sizes["llama"]),
    ]
    found = _worker("batch-size", data_dir, "--model", str(llama), "--tasks", ",".join(TRUTHFUL))
    best = found["best"]
    yield Figure("lm_eval's best batch size", best, "rows")
    yield from _commands(whole, data_dir, folder / "samples", best, limit)
    for work in others:
        yield from _scorers(work, data_dir, best, limit)


def _commands(work: Work, data_dir: Path, out: Path, batch_size: int, limit: float) -> Iterator[Figure]:
    """Whole command against whole command, and every number of theirs against ours."""
    theirs = machine.run(_lm_eval(work, data_dir, out, batch_size))
    ours = machine.run(_harness_eval(work, data_dir))
    yield Figure(f"{work.name}: lm_eval, whole command", theirs.seconds, "s")
    yield Figure(f"{work.name}: harness eval, whole command", ours.seconds, "s")
    ratio = theirs.seconds / ours.seconds
    # On 100 questions our command mostly loads libraries, which says nothing about the scorer: shown, without a bar.
    yield Figure(f"{work.name}: whole command, times faster", ratio, "times", *(() if work.limit else (">=", 10)))
    yield from _memory(work, ours.peak_mib, theirs.peak_mib)
    shared, _ = _scored(work, data_dir, batch_size, "shared-prefix")
    yield from _tokens(work, shared, limit)
    yield from _same(work, shared, _logged(out))


def _scorers(work: Work, data_dir: Path, batch_size: int, limit: float) -> Iterator[Figure]:
    """Scorer against scorer, each in a process of its own, from the first request to the last answer."""
    stock, theirs = _scored(work, data_dir, batch_size, "stock")
    shared, ours = _scored(work, data_dir, batch_size, "shared-prefix")
    yield Figure(f"{work.name}: scoring, lm_eval", stock["seconds"], "s")
    yield Figure(f"{work.name}: scoring, times faster", stock["seconds"] / shared["seconds"], "times", ">=", 10)
    yield Figure(f"{work.name}: tokens forwarded, lm_eval", stock["tokens"], "tokens")
    yield from _memory(work, ours, theirs)
    yield from _tokens(work, shared, limit)
    yield from _same(work, shared, stock)


def _memory(work: Work, ours: float, theirs: float) -> Iterator[Figure]:
    yield Figure(f"{work.name}: peak memory, lm_eval", theirs, "MiB")
    yield Figure(f"{work.name}: peak memory, harness", ours, "MiB")
    yield Figure(f"{work.name}: peak memory against lm_eval", ours / theirs, "times", "<=", 1.3)


def _tokens(work: Work, shared: dict[str, Any], limit: float) -> Iterator[Figure]:
    name = work.name
    yield Figure(f"{name}: requests", shared["requests"], "")
    yield Figure(f"{name}: distinct requests", shared["distinct"], "")
    yield Figure(f"{name}: lower bound, the requests' token trie", shared["trie"], "tokens")
    yield Figure(f"{name}: tokens forwarded, padding counted", shared["tokens"], "tokens")
    ratio = shared["tokens"] / shared["trie"]
    yield Figure(f"{name}: tokens forwarded against the trie", ratio, "times", "<=", 1.15)
    yield Figure(f"{name}: tokens forwarded, self-check too", shared["tokens_with_check"], "tokens")
    yield Figure(f"{name}: the scorer proved itself", float(shared["scorer"] == "shared-prefix"), "", "==", 1)
    yield Figure(f"{name}: scoring, harness", shared["seconds"], "s")
    reached = 2 * work.parameters * shared["tokens_with_check"] / shared["seconds"] / 1e9
    yield Figure(f"{name}: share of the matrix-product limit", reached / limit, "share")


def _same(work: Work, shared: dict[str, Any], stock: dict[str, Any]) -> Iterator[Figure]:
    """Every log-likelihood and every sample's outcome, but for outcomes that the last digits decide."""
    largest = unexplained = outcome = 0.0
    close = samples = beyond = 0
    for task, of_task in stock["answers"].items():
        for number, theirs in of_task.items():
            ours = shared["answers"][task][number]
            for one, other in zip(ours, theirs, strict=True):
                largest = max(largest, abs(one - other))
                beyond += abs(one - other) > TOLERANCE
                unexplained = max(unexplained, abs(one - other) - _step(other))
            samples += 1
            if _gap(theirs) < CLOSE_CALL:
                close += 1
                continue
            outcome = max(outcome, abs(shared["outcomes"][task][number] - stock["outcomes"][task][number]))
    yield Figure(f"{work.name}: samples compared", samples, "")
    yield Figure(f"{work.name}: largest log-likelihood difference", 1e6 * largest, "1e-6", "<=", 1e6 * TOLERANCE)
    yield Figure(f"{work.name}: requests that differ by more than that", beyond, "")
    # lm-eval sums in float32, whose numbers lie 1.2e-4 apart from 1,024 nats on: there nothing can agree better.
    unexplained = 1e6 * max(unexplained, 0.0)
    yield Figure(f"{work.name}: beyond one step of float32 there", unexplained, "1e-6", "<=", 1e6 * TOLERANCE)
    yield Figure(f"{work.name}: largest difference of an outcome", outcome, "", "<=", TOLERANCE)
    yield Figure(f"{work.name}: samples too close to call", close, "")


def _step(value: float) -> float:
    """How far float32's numbers lie apart at that size."""
    return 2.0 ** (math.floor(math.log2(abs(value))) - 23) if value else 0.0


def _gap(values: list[float]) -> float:
    best, second = sorted(values, reverse=True)[:2]
    return best - second


def _lm_eval(work: Work, data_dir: Path, out: Path, batch_size: int) -> list[str]:
    """lm-eval's own model on the same tasks; their rows are those of the folder."""
    arguments = f"pretrained={work.model},dtype=float32" + (f",peft={work.adapter}" if work.adapter else "")
    command = [
        sys.executable, "-m", "lm_eval", "run", "--model", "hf", "--model_args", arguments, "--device", "cpu",
        "--tasks", ",".join(work.tasks), "--include_path", str(machine.tasks_dir() / "real"),
        "--metadata", json.dumps({"data_dir": str(data_dir)}), "--batch_size", str(batch_size),
        "--output_path", str(out), "--log_samples",
    ]  # fmt: skip
    return command + (["--limit", str(work.limit)] if work.limit else [])


def _harness_eval(work: Work, data_dir: Path) -> list[str]:
    command = [
        sys.executable, "-m", "harness.cli", "eval", "--model", str(work.model), "--tasks", ",".join(work.tasks),
        "--data-dir", str(data_dir), "--set", "model.dtype=float32", "--set", "model.device=cpu", "--json",
    ]  # fmt: skip
    command += ["--adapter", str(work.adapter)] if work.adapter else []
    return command + (["--limit", str(work.limit)] if work.limit else [])


def _scored(work: Work, data_dir: Path, batch_size: int, how: str) -> tuple[dict[str, Any], float]:
    """What one way of scoring gave, and its process's peak memory in MiB."""
    arguments = ["--model", str(work.model), "--tasks", ",".join(work.tasks), "--batch-size", str(batch_size)]
    arguments += ["--adapter", str(work.adapter)] if work.adapter else []
    arguments += ["--limit", str(work.limit)] if work.limit else []
    arguments += ["--stock"] if how == "stock" else []
    ran = machine.run(_worker_command("score", data_dir, *arguments))
    found: dict[str, Any] = json.loads(ran.out)
    for kind in ("answers", "outcomes"):
        found[kind] = {task: {int(n): value for n, value in of_task.items()} for task, of_task in found[kind].items()}
    return found, ran.peak_mib


def _worker(part: str, data_dir: Path, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(machine.run(_worker_command(part, data_dir, *arguments)).out)
    return found


def _worker_command(part: str, data_dir: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.gate_work", part, "--data-dir", str(data_dir), *arguments]


def _logged(out: Path) -> dict[str, Any]:
    """Log-likelihoods and outcome of every sample that lm-eval logged, by task and item."""
    found: dict[str, Any] = {"answers": {}, "outcomes": {}}
    for file in sorted(out.rglob("samples_*.jsonl")):
        task = file.name.removeprefix("samples_").rpartition("_")[0]
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        found["answers"][task] = {row["doc_id"]: [float(v) for v, _ in row["filtered_resps"]] for row in rows}
        found["outcomes"][task] = {row["doc_id"]: float(row["acc"]) for row in rows}
    return found


if __name__ == "__main__":
    sys.exit(main())
