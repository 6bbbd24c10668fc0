"""The parts of benchmarks.gate that need torch, each in a process of its own: `python -m benchmarks.gate_work PART …`.

Prints one JSON object. The benchmark itself stays small, since a process passes its peak memory on to what it starts.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import random_models

CANDIDATES = (4, 8, 16, 32)
"""Batch sizes among which the peer's best is looked for."""
_SEARCHED_QUESTIONS = 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate_work", description=__doc__.partition("\n")[0])
    parser.add_argument("part", choices=("models", "batch-size", "score"))
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--folder", type=Path, help="where the models go")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--tasks", default="")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--stock", action="store_true", help="lm-eval's own path instead of the shared-prefix scorer")
    options = parser.parse_args()
    from harness.cli.quiet import quiet_libraries

    quiet_libraries()
    parts: dict[str, Callable[[argparse.Namespace], Any]] = {
        "models": _models,
        "batch-size": _batch_size,
        "score": _score,
    }
    print(json.dumps(parts[options.part](options)))
    return 0


def _models(options: argparse.Namespace) -> dict[str, int]:
    """A Llama and a GPT-NeoX of 12 layers of 384, with their tokenizer, and an adapter on the Llama."""
    tokenizer = random_models.tokenizer(random_models.benchmark_texts(options.data_dir))
    sizes = {}
    for name, make in (("llama", random_models.llama), ("neox", random_models.neox)):
        model = make(len(tokenizer), random_models.MEDIUM)
        model.save_pretrained(options.folder / name)
        tokenizer.save_pretrained(options.folder / name)
        sizes[name] = sum(parameter.numel() for parameter in model.parameters())
    _save_adapter(options.folder / "llama", options.folder / "adapter")
    return sizes


def _save_adapter(model_dir: Path, folder: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(2)
    config = LoraConfig(r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(model_dir), config)
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:  # zero at first, so that it would change nothing
            torch.nn.init.normal_(parameter, std=0.02)
    adapted.save_pretrained(folder)


def _batch_size(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of lm-eval's own path on a few questions, by batch size."""
    from lm_eval.models.huggingface import HFLM

    model = _loaded(options)
    tasks = _tasks(options)
    times = {}
    for size in CANDIDATES:
        lm = HFLM(pretrained=model.network, tokenizer=model.tokenizer, batch_size=size)
        started = time.perf_counter()
        _evaluate(lm, tasks, _SEARCHED_QUESTIONS)
        times[size] = time.perf_counter() - started
    return {"best": min(times, key=lambda size: times[size]), "seconds": times}


def _score(options: argparse.Namespace) -> dict[str, Any]:
    """Score the tasks one way: seconds, tokens forwarded with padding, and every number that came out."""
    from iteralign.scoring.token_tree import trie_size

    model = _loaded(options)
    counted = _count_tokens(model.network)
    lm = _lm(model, options)
    seconds = _timed(lm)
    found = _evaluate(lm, _tasks(options), options.limit)
    pairs = [(tuple(context), tuple(choice)) for context, choice in _split(lm, found)]
    check = getattr(lm, "scorer_check", None)
    return {
        "seconds": seconds[0],
        "tokens": getattr(lm, "forwarded_tokens", 0) or counted[0],
        "tokens_with_check": counted[0],
        "trie": trie_size(pairs),
        "requests": len(pairs),
        "distinct": len(set(pairs)),
        "scorer": check.scorer if check else "stock",
        "check": check.reason if check else "",
        "answers": {
            task: {sample["doc_id"]: [value for value, _ in sample["filtered_resps"]] for sample in samples}
            for task, samples in found["samples"].items()
        },
        "outcomes": {
            task: {sample["doc_id"]: sample["acc"] for sample in samples} for task, samples in found["samples"].items()
        },
    }


def _loaded(options: argparse.Namespace) -> Any:
    from iteralign.model.causal import CausalModel
    from iteralign.model.settings import ModelSettings

    model = CausalModel.load(ModelSettings(path=str(options.model), dtype="float32", device="cpu"), Path())
    if options.adapter:
        model.restore_folder(options.adapter)
    return model


def _lm(model: Any, options: argparse.Namespace) -> Any:
    from lm_eval.models.huggingface import HFLM

    from harness.evaluation.lm import SharedPrefixLM

    kind = HFLM if options.stock else SharedPrefixLM
    return kind(pretrained=model.network, tokenizer=model.tokenizer, batch_size=options.batch_size)


def _tasks(options: argparse.Namespace) -> dict[str, Any]:
    from harness.evaluation.loading import TaskLibrary

    return TaskLibrary(data_dir=options.data_dir).load(options.tasks.split(","))


def _evaluate(lm: Any, tasks: dict[str, Any], limit: int | None) -> Any:
    from lm_eval import simple_evaluate

    from harness.evaluation.quiet import quiet

    with quiet():
        return simple_evaluate(
            model=lm, tasks=list(tasks.values()), limit=limit, bootstrap_iters=0, log_samples=True, random_seed=None,
            numpy_random_seed=None, torch_random_seed=None,
        )  # fmt: skip


def _split(lm: Any, found: Any) -> Sequence[tuple[list[int], list[int]]]:
    return [
        lm._encode_pair(*arguments)
        for samples in found["samples"].values()
        for sample in samples
        for arguments in sample["arguments"]
    ]


def _count_tokens(network: Any) -> list[int]:
    """A running count of the tokens that go through the network, padding included."""
    counted = [0]

    def count(_: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        ids = keywords.get("input_ids", inputs[0] if inputs else None)
        counted[0] += ids.numel()

    network.register_forward_pre_hook(count, with_kwargs=True)
    return counted


def _timed(lm: Any) -> list[float]:
    """Have the LM note how long it took to answer the requests, tokenizing included."""
    seconds = [0.0]
    inner = lm.loglikelihood

    def timed(*arguments: Any, **keywords: Any) -> Any:
        started = time.perf_counter()
        answers = inner(*arguments, **keywords)
        seconds[0] += time.perf_counter() - started
        return answers

    lm.loglikelihood = timed
    return seconds


if __name__ == "__main__":
    sys.exit(main())
