"""The parts of the section `generation` that need torch, each in a process of its own. Prints one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SIZES = (32, 64, 128)
"""Batch sizes among which each peer's best is looked for."""
_SEARCHED_TOKENS = 24
_SEARCHED_PROMPTS = 128
NEW = 256
NEAR = 1e-4

Rows = Sequence[Sequence[int]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.affordable.generation_work")
    parser.add_argument("part", choices=("batch-sizes", "answers"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--prompts", type=int, required=True)
    parser.add_argument("--batch-size", type=int, default=1)
    options = parser.parse_args()
    from harness.cli.quiet import quiet_libraries

    quiet_libraries()
    print(json.dumps(_batch_sizes(options) if options.part == "batch-sizes" else _answers(options)))
    return 0


def _batch_sizes(options: argparse.Namespace) -> dict[str, int]:
    """Each peer's fastest batch size, on a part of the prompts and with short answers."""
    from lm_eval.models.huggingface import HFLM

    model, few = _loaded(options), min(_SEARCHED_PROMPTS, options.prompts)
    contexts = _contexts(model, options.data_dir, few)
    rows = [_tokens(model, context) for context in contexts]

    def lm_eval(size: int) -> None:
        lm = HFLM(pretrained=model.network, tokenizer=model.tokenizer, batch_size=size)
        lm.generate_until([_request(context, _SEARCHED_TOKENS) for context in contexts], disable_tqdm=True)

    def generate(size: int) -> None:
        _generate(model, rows, size, _SEARCHED_TOKENS)

    sizes = [size for size in SIZES if size <= few] or [few]
    return {"lm_eval": _fastest(lm_eval, sizes), "generate": _fastest(generate, sizes)}


def _fastest(work: Callable[[int], None], sizes: Sequence[int]) -> int:
    times = {}
    for size in sizes:
        started = time.perf_counter()
        work(size)
        times[size] = time.perf_counter() - started
    return min(times, key=lambda size: times[size])


def _answers(options: argparse.Namespace) -> dict[str, Any]:
    """All answers by the generator and by transformers in fixed batches, and where they part."""
    from iteralign.generation.generator import Decoding, RenderedPrompt

    model = _loaded(options)
    rows = [_tokens(model, context) for context in _contexts(model, options.data_dir, options.prompts)]
    started = time.perf_counter()
    ours = model.write([RenderedPrompt(tuple(row)) for row in rows], Decoding(NEW, stop=("\nHuman:",)))
    seconds = time.perf_counter() - started
    started = time.perf_counter()
    theirs = _generate(model, rows, options.batch_size, NEW)
    generate_seconds = time.perf_counter() - started
    gaps = [
        _gap(model, row, answer.tokens, other)
        for row, answer, other in zip(rows, ours, theirs, strict=True)
        if list(answer.tokens) != other[: len(answer.tokens)] or _ended_apart(answer, other)
    ]
    return {
        "texts": [answer.text.partition("\nHuman:")[0] for answer in ours],
        "tokens": sum(len(answer.tokens) for answer in ours),
        "seconds": seconds,
        "generate_seconds": generate_seconds,
        "same": len(rows) - len(gaps),
        "near": sum(gap <= NEAR for gap in gaps),
        "apart": sum(gap > NEAR for gap in gaps),
    }


def _ended_apart(answer: Any, other: Sequence[int]) -> bool:
    """Whether only one of them has ended, a stop text aside, which `generate` goes on behind."""
    return len(answer.tokens) < len(other) and "\nHuman:" not in answer.text


def _gap(model: Any, row: Sequence[int], ours: Sequence[int], theirs: Sequence[int]) -> float:
    """How far the two likeliest tokens' logits lie apart where two answers part; one may have ended there."""
    import torch

    at = next((n for n, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(ours), len(theirs)) if at is None else at
    with torch.inference_mode():
        logits = model.network(torch.tensor([[*row, *ours[:at]]])).logits[0, -1]
    best, second = logits.topk(2).values.tolist()
    return float(best - second)


def _generate(model: Any, rows: Rows, size: int, new: int) -> list[list[int]]:
    """transformers' generate in padded batches of prompts of like length; in the order of the rows."""
    ordered = sorted(range(len(rows)), key=lambda number: -len(rows[number]))
    written = {}
    for start in range(0, len(rows), size):
        numbers = ordered[start : start + size]
        written.update(zip(numbers, _padded(model, [rows[number] for number in numbers], new), strict=True))
    return [written[number] for number in range(len(rows))]


def _padded(model: Any, rows: Rows, new: int) -> list[list[int]]:
    import torch

    ends, pad, longest = model.tokenizer.eos_token_id, model.tokenizer.pad_token_id, max(map(len, rows))
    with torch.inference_mode():
        out = model.network.generate(
            input_ids=torch.tensor([[pad] * (longest - len(row)) + list(row) for row in rows]),
            attention_mask=torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows]),
            max_new_tokens=new,
            do_sample=False,
            pad_token_id=pad,
            eos_token_id=ends,
        )
    return [row[: row.index(ends)] if ends in row else row for row in out[:, longest:].tolist()]


def _loaded(options: argparse.Namespace) -> Any:
    from iteralign.model.causal import CausalModel
    from iteralign.model.settings import ModelSettings

    return CausalModel.load(ModelSettings(path=str(options.model), dtype="float32", device="cpu"), Path())


def _contexts(model: Any, data_dir: Path, prompts: int) -> list[str]:
    """The prompts as the task asks them, behind the chat template."""
    from benchmarks.affordable.generation import TASK
    from harness.evaluation.loading import TaskLibrary

    task = TaskLibrary(data_dir=data_dir, chat=True).load([TASK])[TASK]
    documents = list(task.eval_docs)[:prompts]
    return [
        model.tokenizer.apply_chat_template(
            [{"role": "user", "content": document["text"]}], tokenize=False, add_generation_prompt=True
        )
        for document in documents
    ]


def _tokens(model: Any, context: str) -> list[int]:
    ids: list[int] = model.tokenizer(context, add_special_tokens=False)["input_ids"]
    return ids


def _request(context: str, new: int) -> Any:
    from lm_eval.api.instance import Instance

    settings = {"until": ["\nHuman:"], "max_gen_toks": new, "do_sample": False}
    return Instance("generate_until", {}, (context, settings), 0, metadata=("t", 0, 1))


if __name__ == "__main__":
    sys.exit(main())
