"""The parts of the sections `gate` and `early_stopping` that need torch, each in a process of its own.

`python -m benchmarks.affordable.gate_work PART --model DIR --data-dir DIR …` prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

GATE = "iteralign_gate"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.affordable.gate_work")
    parser.add_argument("part", choices=("sizes", "measure", "stop"))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth row of each task")
    parser.add_argument("--candidate", default="", help="what is held against the base")
    parser.add_argument("--canned", action="store_true", help="the base's answers are made up, and no model writes")
    options = parser.parse_args()
    from harness.cli.quiet import quiet_libraries

    quiet_libraries()
    parts: dict[str, Callable[[argparse.Namespace], Any]] = {"sizes": _sizes, "measure": _measure, "stop": _stop}
    print(json.dumps(parts[options.part](options)))
    return 0


def evaluator(model_dir: Path, data_dir: Path, written_by: Callable[[Any], Any] = lambda write: write) -> Any:
    """The harness's evaluator on that model in float32, as `harness eval` makes it, with the judge `form`.

    `written_by` is given the model's own writer, and gives the one to use.
    """
    from harness.evaluation.evaluator import Evaluator
    from harness.judges.form import FORM, FormOracle
    from iteralign.model.causal import CausalModel
    from iteralign.model.settings import ModelSettings

    settings = ModelSettings(path=str(model_dir), dtype="float32", device="cpu", max_length=2048, max_new_tokens=256)
    model = CausalModel.load(settings, Path())
    found = Evaluator(
        model.network,
        model.tokenizer,
        batch_size=32,
        max_length=model.window,
        data_dir=data_dir,
        judge=FormOracle().judge,
        judge_name=FORM,
        write=written_by(model.write),
    )
    found.prepare([GATE])
    return found


def _sizes(options: argparse.Namespace) -> dict[str, int]:
    from harness.assembly.measurement import sizes
    from tasks import catalog

    return sizes(catalog.expand([GATE]), data_dir=options.data_dir, limit=None)


def _measure(options: argparse.Namespace) -> dict[str, Any]:
    """Each item's outcome by score, on every so-manieth row of each task."""
    asked = evaluator(options.model, options.data_dir)
    items = asked.items([GATE])
    rows = {task: tuple(range(0, len(ids), options.every)) for task, ids in items.items()}
    found = asked.evaluate([GATE], subject="base", split="gate", rows=rows)
    return {
        "scorer": found.scorer_check.scorer,
        "scores": {score.key: score.value for score in found.scores},
        "outcomes": {
            score.key: {str(items[score.task].index(sample.item_id)): sample.value for sample in score.samples}
            for score in found.scores
        },
    }


def _stop(options: argparse.Namespace) -> dict[str, Any]:
    from benchmarks.affordable.candidates import stop

    return stop(options.model, options.data_dir, options.candidate, canned=options.canned)


if __name__ == "__main__":
    sys.exit(main())
