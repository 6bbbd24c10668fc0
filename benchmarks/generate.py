"""Generating against transformers' own `generate`: `python -m benchmarks.generate [--json] [--quick]`.

256 answers of the practice model, without a constitution and with one of three principles: one prompt at a time, in
fixed padded batches of 16, and as the harness does it (batches by length within a token budget, the common prefix read
once). Greedy, float32, the same tokens. Medians of five rounds in turn, about 4 minutes on 2 cores; `--quick` takes one
round of 64 answers. transformers' continuous batching and its static cache are shown beside them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.figures import Figure, show

PRINCIPLES = (
    "Do not help people steal or take things that belong to others.",
    "Do not help people lie to others or make up a false story.",
    "Always tell the truth and never repeat a popular myth.",
)
FIXED = 16
"""Rows of the peer's padded batches."""
NEW = 48

Rows = Sequence[list[int]]
Generate = Callable[[Any, Rows], list[list[int]]]
"""Given a model and prompts as token ids, the new tokens of each, in order, without the end token."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one object a line")
    parser.add_argument("--quick", action="store_true", help="64 answers, once")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=WAYS, default="harness", help=argparse.SUPPRESS)
    options = parser.parse_args()
    answers, rounds = (64, 1) if options.quick else (256, 5)
    if options.worker:
        print(json.dumps(_times(answers, rounds) if options.way == "harness" else _extra(options.way, answers)))
        return 0
    return 0 if show(_figures(options.quick), as_json=options.json) else 1


def _figures(quick: bool) -> Iterator[Figure]:
    limit = yield from machine.describe()
    more = ["--quick"] if quick else []
    found = json.loads(machine.run([*_WORKER, *more]).out)
    for what, times in found["times"].items():
        one, fixed, ours = (statistics.median(times[way]) for way in ("one", "fixed", "harness"))
        yield Figure(f"{what}: one prompt at a time", one, "s")
        yield Figure(f"{what}: padded batches of {FIXED}", fixed, "s")
        yield Figure(f"{what}: harness", ours, "s")
        yield Figure(f"{what}: times faster than one at a time", one / ours, "times", ">=", 6)
        yield Figure(f"{what}: times faster than padded batches", fixed / ours, "times", ">=", 1.3)
        yield Figure(f"{what}: answers with the same tokens", found["equal"][what], f"of {found['answers']}", "==",
                     found["answers"])  # fmt: skip
        for way in ("one", "fixed", "harness"):
            yield Figure(f"{what}: tokens forwarded, {way}", found["forwarded"][what][way], "tokens")
        yield Figure(f"{what}: lower bound, each prompt and answer once", found["least"][what], "tokens")
        reached = 2 * found["parameters"] * found["forwarded"][what]["harness"] / ours / 1e9
        yield Figure(f"{what}: share of the matrix-product limit", reached / limit, "share")
    for way in ("one", "fixed", "static", "continuous"):
        ran = machine.run([*_WORKER, "--way", way, *more])
        extra = json.loads(ran.out)
        for what, seconds in extra.items():
            yield Figure(f"{what}: {WAYS[way]}, in a process of its own", seconds, "s")
        yield Figure(f"peak memory, {WAYS[way]}", ran.peak_mib, "MiB")
    yield Figure("peak memory, harness", machine.run([*_WORKER, "--way", "ours", *more]).peak_mib, "MiB")


_WORKER = [sys.executable, "-m", "benchmarks.generate", "--worker"]
WAYS = {
    "harness": "all in turn",
    "ours": "harness",
    "one": "one prompt at a time",
    "fixed": f"padded batches of {FIXED}",
    "static": "padded batches of 64, static cache",
    "continuous": "continuous batching",
}


def _times(answers: int, rounds: int) -> dict[str, Any]:
    """Every way in turn, `rounds` times: seconds, tokens forwarded, and whether all wrote the same."""
    model = _model()
    ways: dict[str, Generate] = {"one": _one, "fixed": _fixed, "harness": _harness}
    found: dict[str, Any] = {"answers": answers, "times": {}, "equal": {}, "forwarded": {}, "least": {}}
    found["parameters"] = sum(parameter.numel() for parameter in model.network.parameters())
    for what, rows in _work(model, answers).items():
        written, times, forwarded = {}, {way: [] for way in ways}, {}
        for _ in range(rounds):
            for way, generate in ways.items():
                with _Counter(model.network) as counter:
                    started = time.perf_counter()
                    written[way] = generate(model, rows)
                    times[way].append(time.perf_counter() - started)
                forwarded[way] = counter.tokens
        together = zip(*written.values(), strict=True)
        found["times"][what], found["forwarded"][what] = times, forwarded
        found["equal"][what] = sum(one == fixed == ours for one, fixed, ours in together)
        found["least"][what] = sum(map(len, rows)) + sum(map(len, written["one"]))
    return found


def _extra(way: str, answers: int) -> dict[str, float]:
    """Seconds of one way alone."""
    model = _model()
    ways: dict[str, Generate] = {
        "one": _one, "fixed": _fixed, "ours": _harness, "static": _static, "continuous": _continuous,
    }  # fmt: skip
    times = {}
    for what, rows in _work(model, answers).items():
        started = time.perf_counter()
        ways[way](model, rows)
        times[what] = time.perf_counter() - started
    return times


def _model() -> Any:
    from harness.cli.quiet import quiet_libraries
    from iteralign.model.causal import CausalModel
    from iteralign.model.settings import ModelSettings
    from iteralign.sandbox import PRACTICE_MODEL_DIR

    quiet_libraries()
    return CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR), dtype="float32", device="cpu"), Path())


def _work(model: Any, answers: int) -> dict[str, Rows]:
    """The first prompts of the sandbox's red-team file, as the model reads them."""
    from iteralign.sandbox import RED_TEAM_FILE

    lines = RED_TEAM_FILE.read_text(encoding="utf-8").splitlines()[:answers]
    prompts = [json.loads(line)["prompt"] for line in lines]
    return {
        what: [list(model.prompts.prompt(prompt, principles).ids) for prompt in prompts]
        for what, principles in (("no constitution", ()), ("constitution", PRINCIPLES))
    }


def _one(model: Any, rows: Rows) -> list[list[int]]:
    return [_padded(model, [row])[0] for row in rows]


def _fixed(model: Any, rows: Rows) -> list[list[int]]:
    return [new for start in range(0, len(rows), FIXED) for new in _padded(model, rows[start : start + FIXED])]


def _static(model: Any, rows: Rows) -> list[list[int]]:
    parts = (rows[start : start + 64] for start in range(0, len(rows), 64))
    return [new for part in parts for new in _padded(model, part, cache_implementation="static")]


def _continuous(model: Any, rows: Rows) -> list[list[int]]:
    from transformers import GenerationConfig

    tokenizer = model.tokenizer
    config = GenerationConfig(
        max_new_tokens=NEW, do_sample=False, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    found = model.network.generate_batch(inputs=list(rows), generation_config=config, progress_bar=False)
    return [list(one.generated_tokens) for one in found.values()]


def _padded(model: Any, rows: Rows, **more: Any) -> list[list[int]]:
    """transformers' generate on one batch, padded on the left."""
    import torch

    pad, longest = model.tokenizer.pad_token_id, max(map(len, rows))
    ids = torch.tensor([[pad] * (longest - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    with torch.inference_mode():
        out = model.network.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=NEW, do_sample=False, pad_token_id=pad, **more
        )
    return [_until_end(model, new) for new in out[:, longest:].tolist()]


def _harness(model: Any, rows: Rows) -> list[list[int]]:
    """As CausalModel.generate does it, but for the text around it."""
    from iteralign.generation.generator import Decoding, RenderedPrompt

    return [list(text.tokens) for text in model.write([RenderedPrompt(tuple(row)) for row in rows], Decoding(NEW))]


def _until_end(model: Any, tokens: list[int]) -> list[int]:
    end = model.tokenizer.eos_token_id
    return tokens[: tokens.index(end)] if end in tokens else tokens


class _Counter:
    """Counts the tokens that go through a network, padding included."""

    def __init__(self, network: Any) -> None:
        self.tokens = 0
        self._hook = network.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, _: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        self.tokens += keywords.get("input_ids", inputs[0] if inputs else None).numel()

    def __enter__(self) -> _Counter:
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


if __name__ == "__main__":
    sys.exit(main())
