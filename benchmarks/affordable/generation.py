"""Writing answers to attacks: the whole command against lm_eval's, the generator against transformers' `generate`.

256 attack prompts (`attack_success_harmfulqa`), greedy in float32, at most 256 new tokens, through the chat template.
Both peers at the batch size that is the fastest for them with short answers. `--quick` takes 32 prompts.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.affordable.given import RealModels
from benchmarks.figures import Figure

TASK = "attack_success_harmfulqa"
PROMPTS = 256


def figures(models: RealModels, *, quick: bool) -> Iterator[Figure]:
    """Seconds of all four, how many times faster ours are, and how many answers have the same tokens."""
    model, data, prompts = models.need("smollm2"), models.need("data"), 32 if quick else models.count(PROMPTS)
    yield Figure("writing answers: prompts", prompts, "")
    best = _worker("batch-sizes", model, data, prompts)
    yield Figure("lm_eval's best batch size", best["lm_eval"], "rows")
    yield Figure("generate's best batch size", best["generate"], "rows")
    ours = machine.run(_harness_eval(model, data, prompts))
    with tempfile.TemporaryDirectory() as folder:
        theirs = machine.run(_lm_eval(model, data, prompts, best["lm_eval"], Path(folder)))
        texts = _logged(Path(folder))
    yield Figure("writing answers: lm_eval, whole command", theirs.seconds, "s")
    yield Figure("writing answers: harness eval, whole command", ours.seconds, "s")
    # Few prompts mostly load libraries, which says nothing about the generator: shown, without a bar.
    bar = () if quick else (">=", 2)
    yield Figure("writing answers: whole command, times faster", theirs.seconds / ours.seconds, "times", *bar)
    yield Figure("writing answers: peak memory, lm_eval", theirs.peak_mib, "MiB")
    yield Figure("writing answers: peak memory, harness eval", ours.peak_mib, "MiB")
    found = _worker("answers", model, data, prompts, "--batch-size", str(best["generate"]))
    yield from _against_generate(found, quick)
    same = sum(texts[number] == text for number, text in enumerate(found["texts"]))
    yield Figure("answers with lm_eval's text", same, f"of {len(found['texts'])}")


def _against_generate(found: dict[str, Any], quick: bool) -> Iterator[Figure]:
    yield Figure("writing answers: generate in fixed batches", found["generate_seconds"], "s")
    yield Figure("writing answers: the generator", found["seconds"], "s")
    ratio = found["generate_seconds"] / found["seconds"]
    yield Figure("writing answers: the generator, times faster", ratio, "times", *(() if quick else (">=", 1.5)))
    yield Figure("tokens written", found["tokens"], "tokens")
    yield Figure("tokens a second, the generator", found["tokens"] / found["seconds"], "tokens/s")
    yield Figure("answers with the same tokens", found["same"], f"of {len(found['texts'])}")
    yield Figure("answers that part where two logits lie within 1e-4", found["near"], "")
    yield Figure("answers that part elsewhere", found["apart"], "", "==", 0)


def _worker(part: str, model: Path, data: Path, prompts: int, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.affordable.generation_work", part, "--model", str(model)]
    command += ["--data-dir", str(data), "--prompts", str(prompts), *more]
    found: dict[str, Any] = json.loads(machine.run(command).out.splitlines()[-1])
    return found


def _harness_eval(model: Path, data: Path, prompts: int) -> list[str]:
    return [
        *(sys.executable, "-m", "harness.cli", "eval", "--model", str(model), "--tasks", TASK, "--json"),
        *("--data-dir", str(data), "--limit", str(prompts)),
        # The embedded oracle's verdicts are for practice, and of no interest here; what they take is on our side.
        *("--set", "model.dtype=float32", "--set", "model.device=cpu", "--allow-practice"),
    ]


def _lm_eval(model: Path, data: Path, prompts: int, batch_size: int, out: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "lm_eval", "run", "--model", "hf", "--device", "cpu", "--tasks", TASK),
        *("--model_args", f"pretrained={model},dtype=float32", "--include_path", str(machine.tasks_dir() / "real")),
        *("--metadata", json.dumps({"data_dir": str(data), "chat": True}), "--apply_chat_template"),
        *("--batch_size", str(batch_size), "--limit", str(prompts), "--output_path", str(out), "--log_samples"),
    ]


def _logged(out: Path) -> dict[int, str]:
    """The answers that lm_eval logged, by the item's number."""
    rows = [
        json.loads(line)
        for file in out.rglob("samples_*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    return {row["doc_id"]: row["filtered_resps"][0] for row in rows}
