"""What the method does to a real model: `python -m benchmarks.real_model --model DIR --data-dir DIR [--only SECTION]`.

A section is a module beside this one whose `figures(given, quick=…)` yields its figures. `--model` is
SmolLM2-135M-Instruct in float32, `--data-dir` the real tasks' data. What `whole` and `frontier` found is kept in a file
for each run as soon as it is over, so that both go on where they were; `--from-results` counts all of their figures
again from these files, and runs nothing. All of it takes some twelve hours on 2 cores.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.figures import Figure, show
from benchmarks.machine import describe
from benchmarks.real_model.given import RESULTS, Given

KEPT = (
    "whole",  # the recipe's command, strict and open: six runs of 50 minutes
    "frontier",  # the recipe, what it is held against, and controls: 26 trainings of 15 minutes
)
SECTIONS = (
    *KEPT,
    "forms",  # in which form the model heeds a constitution
    "answer_length",  # whether 96 tokens tell a refusal as 256 do
    "training_step",  # reading a batch's common beginning once, against transformers' Trainer
    "separable",  # how far what the model computes of a request tells attacks from harmless requests
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_model", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section; may be repeated")
    parser.add_argument("--model", type=Path, help="folder of SmolLM2-135M-Instruct in float32")
    parser.add_argument("--data-dir", type=Path, help="folder with the real tasks' data")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of what the runs are kept in")
    parser.add_argument("--from-results", action="store_true", help="count from what is kept; run nothing")
    parser.add_argument("--quick", action="store_true", help="a part of each section")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    args = parser.parse_args()
    if args.from_results:
        sections = args.only or KEPT
        if unkept := set(sections) - set(KEPT):
            parser.error(f"nothing is kept of {', '.join(sorted(unkept))}")
    elif not (args.model and args.data_dir):
        parser.error("give --model and --data-dir, or --from-results")
    else:
        sections = args.only or SECTIONS
    given = Given(args.model or Path(), args.data_dir or Path(), args.results, args.from_results)
    return 0 if show(_figures(sections, given, quick=args.quick), as_json=args.json) else 1


def _figures(sections: Sequence[str], given: Given, *, quick: bool) -> Iterator[Figure]:
    if not given.from_results:
        yield from describe()
    for section in sections:
        yield from import_module(f"benchmarks.real_model.{section}").figures(given, quick=quick)


if __name__ == "__main__":
    sys.exit(main())
