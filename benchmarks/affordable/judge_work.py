"""One way of judging for `benchmarks.affordable.judge`, in a process of its own; prints one JSON object."""

from __future__ import annotations

import argparse
import csv
import inspect
import json
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import torch

from iteralign.encoding.token_budget import scoring_budget
from iteralign.generation import batches as generation
from iteralign.generation.cores import spread
from iteralign.generation.precision import float32_logits
from iteralign.oracle import label_words
from iteralign.oracle.label_words import WORDINGS, Orders
from iteralign.oracle.local import CONTENT_FREE, LocalOracle
from iteralign.oracle.requests import JudgeRequest
from iteralign.scoring import items as items_module
from iteralign.scoring.checked import ScorerCheck
from iteralign.scoring.token_tree import trie_size

LONG = 200
"""Tokens of an answer."""

Item = tuple[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.affordable.judge_work")
    parser.add_argument("way", choices=("before", "shared", "alone"))
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), required=True)
    parser.add_argument("--answers", type=int, required=True)
    options = parser.parse_args()
    oracle = LocalOracle.load(options.model, device="cpu", dtype=options.dtype)
    items = answers(oracle._model.tokenizer, options.data_dir, options.answers)
    counted = _count_tokens(oracle._model.network)
    checking = _count_checking(counted)
    ways: dict[str, Callable[[], list[list[float]]]] = {
        "before": lambda: before(oracle, items),
        "shared": lambda: shared(oracle, items),
        "alone": lambda: alone(oracle, items),
    }
    _forget_peak()
    started = time.perf_counter()
    values = ways[options.way]()
    seconds = time.perf_counter() - started
    found: dict[str, float] = {
        "seconds": seconds,
        "tokens": sum(counted),
        "checking": sum(checking),
        "tree": tree(oracle, items),
    }
    found["peak_mib"] = _peak_mib()
    print(json.dumps(found | {"scorer": oracle._scorer.check.scorer, "values": values}))
    return 0


def _forget_peak() -> None:
    """Loading takes more than judging: what Linux knows as this process's peak begins anew."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")) / 1024


def answers(tokenizer: Any, data: Path, wanted: int) -> list[Item]:
    """XSTest's prompts, each with its recorded answer and the ones after that, cut to `LONG` tokens."""
    with (data / "xstest/completions_mistral_instruct.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = []
    for number, row in enumerate(rows[:wanted]):
        ids: list[int] = []
        for later in count(number):
            ids += tokenizer(rows[later % len(rows)]["completion"] + "\n\n", add_special_tokens=False)["input_ids"]
            if len(ids) >= LONG:
                break
        found.append((row["prompt"], str(tokenizer.decode(ids[:LONG]))))
    return found


def questions(oracle: LocalOracle, items: Sequence[Item], salt: str) -> list[Orders]:
    """What the first wording asks, in both orders."""
    tokenizer, way = oracle._model.tokenizer, WORDINGS[0]
    words = label_words.words_for(tokenizer, way)
    requests = [JudgeRequest.of(prompt, answer, salt=f"{salt}.0") for prompt, answer in items]
    return [label_words.in_both_orders(tokenizer, way, words, request) for request in requests]


def tree(oracle: LocalOracle, items: Sequence[Item]) -> int:
    """Tokens that must be read at least once, by answers and by what has no content."""
    asked = [*questions(oracle, items, "local"), *questions(oracle, CONTENT_FREE, "content-free")]
    return trie_size([pair for orders in asked for pair in label_words.requests(orders)])


def shared(oracle: LocalOracle, items: Sequence[Item]) -> list[list[float]]:
    """`LocalOracle` as it is, read from its verdicts."""
    raws = [json.loads(verdict.raw) for verdict in oracle.judge(items)]
    return [[value for order in raw["orders"] for value in order["log_probabilities"].values()] for raw in raws]


def alone(oracle: LocalOracle, items: Sequence[Item]) -> list[list[float]]:
    """Each question with each word, one sequence at a time, by the network's own call and nothing of ours."""
    network = oracle._model.network
    found = []
    for orders in questions(oracle, items, "local"):
        values = []
        for context, choice in label_words.requests(orders):
            with torch.inference_mode():
                logits = network(torch.tensor([[*context, *choice]])).logits[0, len(context) - 1 :]
            logs = logits.float().log_softmax(-1)
            values.append(sum(float(logs[at, token]) for at, token in enumerate(choice)))
        found.append(values)
    return found


def before(oracle: LocalOracle, items: Sequence[Item]) -> list[list[float]]:
    """How `LocalOracle` scored until 344de8a: both orders' questions whole, in padded batches by length."""
    values = _scored_before(oracle._model.network, questions(oracle, items, "local"), oracle._model.tokenizer)
    _scored_before(oracle._model.network, questions(oracle, CONTENT_FREE, "content-free"), oracle._model.tokenizer)
    return values


def _scored_before(network: Any, asked: Sequence[Orders], tokenizer: Any) -> list[list[float]]:
    network.eval()
    batches = generation.batches(
        [max(question.length for question in orders) for orders in asked],
        new=0,
        budget=scoring_budget(network) // max(len(_rows(orders)) for orders in asked),
    )
    found: dict[int, list[float]] = {}
    work = partial(_score_before, network, pad=tokenizer.pad_token_id)
    with float32_logits(network):
        results = spread(work, [[asked[number] for number in batch] for batch in batches], network.device)
        for batch, several in zip(batches, results, strict=True):
            found.update(zip(batch, several, strict=True))
    return [found[number] for number in range(len(asked))]


def _rows(orders: Orders) -> list[tuple[int, ...]]:
    """Answers of one token share a row."""
    return list(dict.fromkeys(context + answer[:-1] for context, answer in label_words.requests(orders)))


@torch.inference_mode()
def _score_before(network: Any, items: Sequence[Orders], *, pad: int) -> list[list[float]]:
    answers = [pair for orders in items for pair in label_words.requests(orders)]
    rows = {row: number for number, row in enumerate(dict.fromkeys(row for orders in items for row in _rows(orders)))}
    places = [
        (index, rows[context + answer[:-1]], len(context) - 1 + offset, token)
        for index, (context, answer) in enumerate(answers)
        for offset, token in enumerate(answer)
    ]
    logits, columns = _logits_before(network, list(rows), sorted({column for _, _, column, _ in places}), pad)
    at = {column: index for index, column in enumerate(columns)}
    picked = logits[[row for _, row, _, _ in places], [at[column] for _, _, column, _ in places]]
    logs = torch.log_softmax(picked.float(), dim=-1)
    tokens = torch.tensor([token for *_, token in places])
    sums = [0.0] * len(answers)
    for (index, *_), value in zip(places, logs.gather(1, tokens[:, None])[:, 0].tolist(), strict=True):
        sums[index] += value
    return [sums[first : first + 4] for first in range(0, len(sums), 4)]


def _logits_before(network: Any, rows: Sequence[tuple[int, ...]], columns: list[int], pad: int) -> tuple[Any, Any]:
    width = max(map(len, rows))
    arguments = {
        "input_ids": torch.tensor([[*row, *[pad] * (width - len(row))] for row in rows]),
        "attention_mask": torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows]),
        "use_cache": False,
    }
    assert "logits_to_keep" in inspect.signature(network.forward).parameters
    return network(**arguments, logits_to_keep=torch.tensor(columns)).logits, columns


def _count_tokens(network: Any) -> list[int]:
    """Filled with the tokens of each pass, padding included."""
    counted: list[int] = []
    network.get_input_embeddings().register_forward_pre_hook(lambda _, given: counted.append(given[0].numel()))
    return counted


def _count_checking(counted: Sequence[int]) -> list[int]:
    """Filled with the tokens of each check that the tree has to pass."""
    checking: list[int] = []
    check_groups = items_module.self_check.check_groups

    def noted(*given: Any) -> ScorerCheck:
        before = sum(counted)
        found = check_groups(*given)
        checking.append(sum(counted) - before)
        return found

    items_module.self_check.check_groups = noted
    return checking


if __name__ == "__main__":
    sys.exit(main())
