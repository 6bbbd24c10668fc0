"""Fine-tuning against TRL's SFTTrainer: `python -m benchmarks.finetune [--json] [--quick]`.

`CausalModel.fine_tune` against TRL (extra `bench`): same token ids, LoRA, optimiser, schedule, steps and batches by
length, on the practice model and on a Llama of 24M random weights. Medians of five runs of each side, in turn, each in
a process of its own. Timed is the training call: ours tokenises, probes, checks, hashes and saves the adapter; TRL's
gets a finished dataset, constructs the trainer, trains and saves the adapter. About 8 minutes on 2 cores with nothing
else to do; `--quick` takes three runs on the practice model alone, about 1 minute.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

# Nothing large here: a worker's peak memory begins with that of the process that starts it.
from benchmarks import machine
from benchmarks.figures import Figure, show
from iteralign.core.content import content_id
from iteralign.core.records import TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.sandbox import HARMLESS_FILE, PRACTICE_MODEL_DIR, RED_TEAM_FILE

SETTINGS = TrainingSettings(learning_rate=8e-4, epochs=2)
"""The practice recipe's rate; both sides take all of these."""

SIDES = {"ours": "ours", "trl": "TRL"}
"""The worker that trains, and what it is called in the figures."""

_IGNORED = -100

Encoded = list[tuple[list[int], int]]
"""Token ids of whole dialogues, and how many of them are context and carry no loss."""


@dataclass(frozen=True)
class Work:
    """What is trained: `joined` requests and answers make one pair, so that its length is that of a real one."""

    name: str
    train: int
    held_out: int
    joined: int


WORKS = {
    "practice": Work("practice model", train=256, held_out=100, joined=1),
    "llama": Work("24M Llama", train=96, held_out=40, joined=2),
}


@dataclass(frozen=True)
class Before:
    """The model before training, and what it is to be trained on."""

    loss: float
    parameters: int
    tokens: int
    """What the training pairs hold, each counted once."""


@dataclass(frozen=True)
class Trained:
    """One side's training, as its own process measured it."""

    seconds: float
    peak_mib: float
    grown_mib: float
    loss: float
    steps: int
    tokens: int
    positions: int
    """Tokens and padding."""
    parameters: int
    """Those that were trained."""
    others: float
    """The share of all cores' time that other processes took meanwhile."""


Runs = Mapping[str, Sequence[Trained]]
"""The runs of each side; those in the same place had the same seed."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.finetune", description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one object a line")
    parser.add_argument("--quick", action="store_true", help="the practice model alone, three repeats")
    parser.add_argument("--worker", choices=_WORKERS, help=argparse.SUPPRESS)
    parser.add_argument("--work", choices=WORKS, default="practice", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, default=Path(), help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        print(json.dumps(asdict(_WORKERS[options.worker](WORKS[options.work], options.folder, options.seed))))
        return 0
    try:
        print(f"TRL {version('trl')}", file=sys.stderr)
    except PackageNotFoundError:
        print("TRL is not installed; install the extra: pip install 'iteralign-harness[bench]'.", file=sys.stderr)
        return 2
    return 0 if show(_figures(quick=options.quick), as_json=options.json) else 1


def _figures(*, quick: bool) -> Iterator[Figure]:
    limit = yield from machine.describe()
    for key in ("practice",) if quick else tuple(WORKS):
        with tempfile.TemporaryDirectory() as folder:
            before = Before(**_in_a_process("prepare", key, folder))
            runs: dict[str, list[Trained]] = {side: [] for side in SIDES.values()}
            for seed in range(3 if quick else 5):
                for worker, side in SIDES.items():
                    runs[side].append(Trained(**_in_a_process(worker, key, folder, seed)))
        yield from figures_of(WORKS[key], before, runs, limit)


def _in_a_process(worker: str, work: str, folder: str, seed: int = 0) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.finetune", "--worker", worker, "--work", work, "--folder", folder]
    measured: dict[str, Any] = json.loads(machine.run([*command, "--seed", str(seed)]).out.splitlines()[-1])
    return measured


def figures_of(work: Work, before: Before, runs: Runs, limit: float) -> Iterator[Figure]:
    """All figures of one model; `limit` is the GFLOP/s of a large matrix product."""
    yield from _same_work(work, before, runs)
    yield from _against(f"{work.name}: training", "s", runs, "seconds")
    yield from _against(f"{work.name}: peak memory", "MiB", runs, "peak_mib")
    for side, of_side in runs.items():
        yield Figure(f"{work.name}: peak memory added by training, {side}", _median(of_side, "grown_mib"), "MiB")
    yield from _losses(work, before, runs)
    per_second = before.tokens * SETTINGS.epochs / _median(runs["ours"], "seconds")
    yield Figure(f"{work.name}: tokens per second, ours", per_second, "tokens/s")
    # LoRA does about two thirds of these products: frozen weights take no gradients of their own.
    reached = 6 * before.parameters * per_second / 1e9
    yield Figure(f"{work.name}: 6 x parameters x tokens/s, of the limit", 100 * reached / limit, "%")
    for side, of_side in runs.items():
        # Threads that wait for each other lose far more than what others take: above a few per cent, measure again.
        yield Figure(f"{work.name}: cores' time taken by others, {side}", 100 * _median(of_side, "others"), "%")


def _same_work(work: Work, before: Before, runs: Runs) -> Iterator[Figure]:
    """Every run of both sides must have done what was asked for, to the step and the token."""
    asked = {
        "steps": float(SETTINGS.steps(work.train)),
        "tokens": before.tokens * SETTINGS.epochs,
        "parameters": float(runs["ours"][0].parameters),
    }
    for what, expected in asked.items():
        for side, of_side in runs.items():
            furthest = max((float(getattr(run, what)) for run in of_side), key=lambda value: abs(value - expected))
            yield Figure(f"{work.name}: {what} trained, {side}", furthest, "", "==", expected)
    for side, of_side in runs.items():
        padding = statistics.median(1 - run.tokens / run.positions for run in of_side)
        yield Figure(f"{work.name}: padding in the batches, {side}", 100 * padding, "%")


def _against(what: str, unit: str, runs: Runs, field: str) -> Iterator[Figure]:
    medians = {side: _median(of_side, field) for side, of_side in runs.items()}
    for side, value in medians.items():
        yield Figure(f"{what}, {side}", value, unit)
    yield Figure(f"{what}, ours against TRL", medians["ours"] / medians["TRL"], "times", "<=", 1.05)


def _losses(work: Work, before: Before, runs: Runs) -> Iterator[Figure]:
    yield Figure(f"{work.name}: held-out loss before training", before.loss, "nats")
    for side, of_side in runs.items():
        yield Figure(f"{work.name}: held-out loss, {side}", _median(of_side, "loss"), "nats")
    same_seed = zip(runs["ours"], runs["TRL"], strict=True)
    largest = max(abs(one.loss - other.loss) / other.loss for one, other in same_seed)
    yield Figure(f"{work.name}: held-out loss, largest difference of a pair", 100 * largest, "%", "<=", 1.0)


def _median(of_side: Sequence[Trained], field: str) -> float:
    return statistics.median(float(getattr(run, field)) for run in of_side)


def _prepare(work: Work, folder: Path, seed: int) -> Before:
    """Make the model where it has to be made, encode all pairs as the product does, and look at the untrained model."""
    from iteralign.model.causal import CausalModel

    if _model_dir(work, folder) != PRACTICE_MODEL_DIR:
        _make_llama(_model_dir(work, folder))
    _quiet()
    model = CausalModel.load(_settings(work, folder), folder)
    pairs = _pairs(work, seed)
    encoded = [(example.ids, example.context) for example in map(model.example, pairs)]
    kept: dict[str, Any] = {
        "pairs": [asdict(pair) for pair in pairs[: work.train]],
        "train": encoded[: work.train],
        "held_out": encoded[work.train :],
    }
    (folder / "data.json").write_text(json.dumps(kept), encoding="utf-8")
    return Before(
        loss=_held_out_loss(model.network, kept["held_out"]),
        parameters=model.network.num_parameters(),
        tokens=sum(len(ids) for ids, _ in kept["train"]),
    )


def _make_llama(folder: Path) -> None:
    from benchmarks import random_models

    random_models.tokenizer([RED_TEAM_FILE, HARMLESS_FILE]).save_pretrained(folder)
    random_models.llama(random_models.VOCABULARY, random_models.MEDIUM).save_pretrained(folder)


def _pairs(work: Work, seed: int) -> list[TrainingPair]:
    """Requests of the practice world with the answers that a constitution asks for, those to hold out last."""
    from iteralign.sandbox.dialogues import answer_under, draw_request

    rng = random.Random(seed)
    drawn: dict[str, str] = {}
    while len(drawn) < (work.train + work.held_out) * work.joined:
        request = draw_request(rng.choice(("harmful", "harmful", "plain", "lookalike")), rng)
        drawn[request.text] = answer_under(request, True, rng)
    prompts, answers = list(drawn), list(drawn.values())
    return [
        TrainingPair(content_id(prompts[first]), _join(prompts, first, work), _join(answers, first, work), "revision")
        for first in range(0, len(prompts), work.joined)
    ]


def _join(texts: Sequence[str], first: int, work: Work) -> str:
    return " ".join(texts[first : first + work.joined])


def _ours(work: Work, folder: Path, seed: int) -> Trained:
    _quiet()
    from iteralign.model.causal import CausalModel
    from iteralign.training import fine_tuning  # noqa: F401  imported by the first training otherwise, in the timed part

    kept = _kept(folder)
    pairs = [TrainingPair(**pair) for pair in kept["pairs"]]
    with tempfile.TemporaryDirectory() as adapters:
        model = CausalModel.load(_settings(work, folder), Path(adapters))

        def train() -> tuple[Any, int]:
            return model.network, model.fine_tune(pairs, SETTINGS, names=["candidate"], seed=seed)[-1].steps

        return _measured(model.network, train, kept["held_out"])


def _trl(work: Work, folder: Path, seed: int) -> Trained:
    _quiet()
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback
    from trl import SFTConfig, SFTTrainer

    kept = _kept(folder)
    source = _model_dir(work, folder)
    network: Any = AutoModelForCausalLM.from_pretrained(source, dtype="auto", local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=True)
    # Ready labels are TRL's cheapest way in: it maps nothing over the rows and takes the token ids as they are.
    rows = Dataset.from_list([{"input_ids": ids, "labels": _labels(ids, context)} for ids, context in kept["train"]])
    lora = LoraConfig(
        r=SETTINGS.rank, lora_alpha=SETTINGS.alpha, target_modules="all-linear", lora_dropout=0.0, task_type="CAUSAL_LM"
    )
    with tempfile.TemporaryDirectory() as scratch:

        def train() -> tuple[Any, int]:
            arguments = SFTConfig(**_trl_arguments(scratch, seed))
            trainer: Any = SFTTrainer(
                model=network, args=arguments, train_dataset=rows, processing_class=tokenizer, peft_config=lora
            )
            trainer.remove_callback(PrinterCallback)
            trainer.train()
            trainer.model.save_pretrained(f"{scratch}/adapter")
            return trainer.model, trainer.state.global_step

        return _measured(network, train, kept["held_out"])


def _trl_arguments(scratch: str, seed: int) -> dict[str, Any]:
    """As we train, and nothing that costs time or memory beyond it."""
    return {
        "output_dir": scratch,
        "per_device_train_batch_size": SETTINGS.batch_size,
        "learning_rate": SETTINGS.learning_rate,
        "num_train_epochs": SETTINGS.epochs,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 0.03,
        "train_sampling_strategy": "group_by_length",
        "max_length": None,
        "packing": False,
        "gradient_checkpointing": False,
        "bf16": False,
        "use_cpu": True,
        "dataloader_pin_memory": False,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": [],
        "disable_tqdm": True,
        "log_level": "error",
        "seed": seed,
        "data_seed": seed,
    }


def _labels(ids: Sequence[int], context: int) -> list[int]:
    return [_IGNORED] * context + list(ids[context:])


def _measured(network: Any, train: Callable[[], tuple[Any, int]], held_out: Encoded) -> Trained:
    """Run one side's training call and look at what it did; `train` gives the trained model and its steps."""
    seen = _Seen(network)
    before = _peak_mib()
    everyone, this_process, started = _busy_everywhere(), time.process_time(), time.perf_counter()
    trained, steps = train()
    took = time.perf_counter() - started
    others = _busy_everywhere() - everyone - (time.process_time() - this_process)
    peak = _peak_mib()  # before the held-out loss, which takes memory of its own
    return Trained(
        seconds=took,
        peak_mib=peak,
        grown_mib=peak - before,
        loss=_held_out_loss(trained, held_out),
        steps=steps,
        tokens=seen.tokens,
        positions=seen.positions,
        parameters=sum(parameter.numel() for parameter in trained.parameters() if parameter.requires_grad),
        others=max(0.0, others) / took / (os.cpu_count() or 1),
    )


class _Seen:
    """Counts what goes through the network in training; on its backbone, as TRL calls that beside the network."""

    def __init__(self, network: Any) -> None:
        self.tokens = self.positions = 0
        network.base_model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, module: Any, _: Any, inputs: dict[str, Any]) -> None:
        if module.training:
            self.tokens += int(inputs["attention_mask"].sum())
            self.positions += inputs["attention_mask"].numel()


def _held_out_loss(network: Any, examples: Encoded) -> float:
    """Mean negative log-likelihood of the answers' tokens, in nats."""
    import torch

    network.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for ids, context in examples:
            logits = network(input_ids=torch.tensor([ids])).logits[0, context - 1 : -1].float()
            answer = torch.tensor(ids[context:])
            total += float(torch.nn.functional.cross_entropy(logits, answer, reduction="sum"))
            count += len(answer)
    return total / count


def _busy_everywhere() -> float:
    """Seconds for which the cores worked, all together, since the machine started."""
    import psutil

    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.softirq + times.steal)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _model_dir(work: Work, folder: Path) -> Path:
    return PRACTICE_MODEL_DIR if work is WORKS["practice"] else folder / "model"


def _settings(work: Work, folder: Path) -> Any:
    from iteralign.model.settings import ModelSettings

    return ModelSettings(path=str(_model_dir(work, folder)), device="cpu")


def _kept(folder: Path) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    return kept


def _quiet() -> None:
    from harness.cli.quiet import quiet_libraries

    quiet_libraries()


_WORKERS: dict[str, Callable[[Work, Path, int], Before | Trained]] = {"prepare": _prepare, "ours": _ours, "trl": _trl}


if __name__ == "__main__":
    sys.exit(main())
