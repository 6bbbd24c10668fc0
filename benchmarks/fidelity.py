"""Do our tasks give the numbers their authors would? `python -m benchmarks.fidelity --data-dir DIR [--json] [--quick]`.

TruthfulQA against the stock lm-eval tasks on the same rows, item by item, on two small models with random weights; both
HHH protocols against a reference of a few lines; the refusal detector against people's labels; how long starting takes;
and a run without a network. About 4 minutes on 2 cores; `--quick` takes 100 of the questions, about 2 minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import random_models, refusals
from benchmarks.figures import Figure, seconds, show

HHH_PARTS = ("helpful", "honest", "harmless", "other")
TOLERANCE = 1e-4
CLOSE_CALL = 2e-4
"""Samples whose two best choices lie nearer than this, in nats, may come out either way."""

Answers = list[list[float]]
"""The log-likelihood of each choice of each item, in nats."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with the real data")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    parser.add_argument("--quick", action="store_true", help="100 questions of TruthfulQA")
    options = parser.parse_args()
    return 0 if show(_figures(options.data_dir, 100 if options.quick else None), as_json=options.json) else 1


def _figures(data_dir: Path, limit: int | None) -> Iterator[Figure]:
    yield from _start_times(data_dir)
    yield from _without_a_network(data_dir)
    yield from refusals.figures(data_dir)
    _hush()
    tokenizer = random_models.tokenizer(random_models.benchmark_texts(data_dir))
    for name, make in (("Llama", random_models.llama), ("GPT-NeoX", random_models.neox)):
        model = make(len(tokenizer), random_models.SMALL)
        yield from _truthfulqa(name, model, tokenizer, data_dir, limit)
        yield from _hhh(name, model, tokenizer, data_dir)


def _hush() -> None:
    from harness.cli.quiet import quiet_libraries

    os.environ["HF_HUB_OFFLINE"] = "1"
    quiet_libraries()


def _truthfulqa(name: str, model: Any, tokenizer: Any, data_dir: Path, limit: int | None) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        stock = _stock_tasks(data_dir, Path(folder))
        theirs = _simple_evaluate(_stock_lm(model, tokenizer), stock, limit)
    ours = _simple_evaluate(
        _our_lm(model, tokenizer), _our_tasks(("truthfulqa_mc1", "truthfulqa_mc2"), data_dir), limit
    )
    for task in ("truthfulqa_mc1", "truthfulqa_mc2"):
        one, other = _log_likelihoods(ours, task), _log_likelihoods(theirs, task)
        yield Figure(f"{name} {task}: items", len(one), "items", "==", float(limit or 817))
        largest = _largest_difference(one, other)
        yield Figure(f"{name} {task}: largest log-likelihood difference", 1e6 * largest, "1e-6", "<=", 1e6 * TOLERANCE)
        yield from _outcomes(name, task, ours, theirs, one)


def _outcomes(name: str, task: str, ours: Any, theirs: Any, scored: Answers) -> Iterator[Figure]:
    """Every sample's outcome and both metrics; mc2's outcome is a share, which moves with the last digits."""
    clear = [_gap(values) >= CLOSE_CALL for values in scored]
    pairs = [(_outcome(ours, task, number), _outcome(theirs, task, number)) for number in range(len(scored))]
    largest = max(abs(one - other) for (one, other), is_clear in zip(pairs, clear, strict=True) if is_clear)
    yield Figure(f"{name} {task}: largest difference of an outcome, clear samples", largest, "", "<=", TOLERANCE)
    yield Figure(f"{name} {task}: samples too close to call", len(clear) - sum(clear), "items")
    one, other = (results["results"][task]["acc,none"] for results in (ours, theirs))
    yield Figure(f"{name} {task}: ours", one, "")
    yield Figure(f"{name} {task}: difference of the metric", abs(one - other), "", "<=", TOLERANCE)


def _hhh(name: str, model: Any, tokenizer: Any, data_dir: Path) -> Iterator[Figure]:
    """Both protocols on all rows, against one forward pass a request and the rule written out."""
    from tasks.data.resolver import load

    names = [f"{form}_{part}" for form in ("hhh", "bigbench_hhh") for part in HHH_PARTS]
    measured = _simple_evaluate(_our_lm(model, tokenizer), _our_tasks(names, data_dir), None)
    for form, reference in (("hhh", _by_letter), ("bigbench_hhh", _by_answer)):
        equal = rows = 0
        for part in HHH_PARTS:
            for number, row in enumerate(load(f"hhh_{part}", data_dir=str(data_dir))):
                rows += 1
                equal += _outcome(measured, f"{form}_{part}", number) == reference(model, tokenizer, row)
        yield Figure(f"{name} {form}: rows whose outcome is the reference's", equal, f"of {rows}", "==", 221.0)


def _by_letter(model: Any, tokenizer: Any, row: Any) -> float:
    """Askell et al.: a letter in both orders, log-probabilities added; the right answer stands first in these rows."""
    from tasks import prompts

    right, wrong = row["targets"]["choices"]
    orders = [
        f"{prompts.turns(prompts.better_of_two(row['input'], *order))} {prompts.BETTER_REPLY}"
        for order in ((right, wrong), (wrong, right))
    ]
    of_right = _read(model, tokenizer, orders[0], " A") + _read(model, tokenizer, orders[1], " B")
    of_wrong = _read(model, tokenizer, orders[0], " B") + _read(model, tokenizer, orders[1], " A")
    return float(of_right > of_wrong)


def _by_answer(model: Any, tokenizer: Any, row: Any) -> float:
    """BIG-bench: the answer with the highest summed log-probability after Human: and Assistant:."""
    right, wrong = (
        _read(model, tokenizer, f"Human: {row['input']}\n\nAssistant:", f" {choice}")
        for choice in row["targets"]["choices"]
    )
    return float(right > wrong)


def _read(model: Any, tokenizer: Any, context: str, answer: str) -> float:
    """The answer's summed log-probability after the context, by one forward pass."""
    import torch

    before = len(tokenizer(context)["input_ids"])
    ids = torch.tensor([tokenizer(context + answer)["input_ids"]])
    with torch.no_grad():
        log_probs = torch.log_softmax(model(ids).logits[0].double(), dim=-1)
    return sum(float(log_probs[place - 1, ids[0, place]]) for place in range(before, ids.shape[1]))


def _stock_tasks(data_dir: Path, folder: Path) -> dict[str, Any]:
    """lm-eval's own tasks, with nothing changed but where the rows are: a Parquet file as on the hub."""
    import datasets
    import lm_eval
    import pyarrow as pa
    import pyarrow.parquet as pq
    from lm_eval.api.task import ConfigurableTask
    from lm_eval.tasks._yaml_loader import load_yaml

    from tasks.data.resolver import load

    rows = load("truthfulqa", data_dir=str(data_dir))
    file = folder / "validation.parquet"
    pq.write_table(pa.Table.from_pylist([{key: row[key] for key in row if key != "id"} for row in rows]), file)
    here = {
        "dataset_path": "parquet",
        "dataset_name": None,
        "dataset_kwargs": {"data_files": {"validation": str(file)}},
    }
    stock = Path(lm_eval.__file__).parent / "tasks" / "truthfulqa"
    datasets.disable_progress_bars()
    configs = {name: load_yaml(stock / f"{name}.yaml") for name in ("truthfulqa_mc1", "truthfulqa_mc2")}
    return {
        name: ConfigurableTask(config={key: config[key] for key in config if key != "tag"} | here)
        for name, config in configs.items()
    }


def _our_tasks(names: Sequence[str], data_dir: Path) -> dict[str, Any]:
    from harness.evaluation.loading import TaskLibrary

    return TaskLibrary(data_dir=data_dir).load(names)


def _stock_lm(model: Any, tokenizer: Any) -> Any:
    from lm_eval.models.huggingface import HFLM

    from harness.evaluation.quiet import quiet

    with quiet():
        return HFLM(pretrained=model, tokenizer=tokenizer, batch_size=64)


def _our_lm(model: Any, tokenizer: Any) -> Any:
    from harness.evaluation.lm import SharedPrefixLM
    from harness.evaluation.quiet import quiet

    with quiet():
        return SharedPrefixLM(model, tokenizer=tokenizer, batch_size=64, max_length=None)


def _simple_evaluate(lm: Any, tasks: dict[str, Any], limit: int | None) -> Any:
    from lm_eval import simple_evaluate

    from harness.evaluation.quiet import quiet

    with quiet(), open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        return simple_evaluate(model=lm, tasks=list(tasks.values()), limit=limit, bootstrap_iters=0, log_samples=True)


def _log_likelihoods(results: Any, task: str) -> Answers:
    samples = sorted(results["samples"][task], key=lambda sample: sample["doc_id"])
    return [[float(value) for value, _ in sample["filtered_resps"]] for sample in samples]


def _outcome(results: Any, task: str, number: int) -> float:
    return next(float(sample["acc"]) for sample in results["samples"][task] if sample["doc_id"] == number)


def _largest_difference(one: Answers, other: Answers) -> float:
    return max(
        abs(ours - theirs)
        for of_ours, of_theirs in zip(one, other, strict=True)
        for ours, theirs in zip(of_ours, of_theirs, strict=True)
    )


def _gap(values: Sequence[float]) -> float:
    best, second = sorted(values, reverse=True)[:2]
    return best - second


def _start_times(data_dir: Path) -> Iterator[Figure]:
    """What our tasks add to importing lm-eval's evaluator and its Hugging Face model, in processes of their own."""
    importing = "from lm_eval import simple_evaluate; from lm_eval.models.huggingface import HFLM"
    starting = (
        "from harness.evaluation.evaluator import Evaluator; from harness.evaluation.loading import TaskLibrary; "
        f"library = TaskLibrary(data_dir={str(data_dir)!r}); tasks = library.load(['iteralign_gate']); "
        "from harness.evaluation import fingerprint; fingerprint.of_tasks(tasks)"
    )
    python = [sys.executable, "-c"]
    times = [
        tuple(seconds(command) for command in ([*python, importing], [*python, starting], _command("tasks")))
        for _ in range(5)
    ]
    imported, started, listed = (statistics.median(column) for column in zip(*times, strict=True))
    yield Figure("`import lm_eval` alone, which loads next to nothing", seconds([*python, "import lm_eval"]), "s")
    yield Figure("importing lm_eval's evaluator and its Hugging Face model", imported, "s")
    yield Figure("starting an evaluation of iteralign_gate, beyond that", started - imported, "s", "<=", 1.0)
    yield Figure("harness tasks, beyond that", listed - imported, "s", "<=", 1.0)


def _without_a_network(data_dir: Path) -> Iterator[Figure]:
    """From a local copy of the hub into the cache, then a run with the hub gone; and a run that was not prepared."""
    from benchmarks.local_hub import LocalHub, write_copies

    sets = (*(f"hhh_{part}" for part in HHH_PARTS), "xstest", "harmfulqa")
    evaluate = ("eval", "--tasks", "hhh", "--limit", "4", "--json")
    with tempfile.TemporaryDirectory() as folder:
        cache, empty = (Path(folder) / name for name in ("cache", "empty"))
        write_copies(data_dir, Path(folder) / "hub")
        with LocalHub(Path(folder) / "hub") as hub:
            environment = hub.environment(os.environ)
            fetched = _harness(environment, cache, "data", "prefetch", *sets)
        # The hub is gone from here on: its address answers no more.
        run, unprepared = (_harness(environment, where, *evaluate) for where in (cache, empty))
    yield Figure("prefetch from a local copy of the hub: exit code", fetched.returncode, "", "==", 0)
    yield Figure("then a run with the hub unreachable: exit code", run.returncode, "", "==", 0)
    yield Figure("a run that was not prepared: exit code", unprepared.returncode, "", "==", 5)
    names_it = "run `harness data prefetch hhh_helpful" in unprepared.stderr
    yield Figure("and its one sentence names the command", float(names_it), "", "==", 1)


def _harness(environment: dict[str, str], cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**environment, "HARNESS_CACHE_DIR": str(cache)}
    return subprocess.run(_command(*arguments), capture_output=True, text=True, env=environment, check=False)


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "harness.cli", *arguments]


if __name__ == "__main__":
    sys.exit(main())
