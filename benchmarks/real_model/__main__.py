"""What the method does to a real model: `python -m benchmarks.real_model --model DIR --data-dir DIR [--only SECTION]`.

A section is a module beside this one whose `figures(given, quick=…)` yields its figures. `--model` is
SmolLM2-135M-Instruct in float32, `--data-dir` the real tasks' data.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.figures import Figure, show
from benchmarks.machine import describe
from benchmarks.real_model.given import Given

SECTIONS = (
    "forms",  # in which form the model heeds a constitution
    "answer_length",  # whether 96 tokens tell a refusal as 256 do
    "separable",  # how far what the model computes of a request tells attacks from harmless requests
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_model", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section; may be repeated")
    parser.add_argument("--model", type=Path, required=True, help="folder of SmolLM2-135M-Instruct in float32")
    parser.add_argument("--data-dir", type=Path, required=True, help="folder with the real tasks' data")
    parser.add_argument("--quick", action="store_true", help="a part of each section")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    args = parser.parse_args()
    given = Given(args.model, args.data_dir)
    return 0 if show(_figures(args.only or SECTIONS, given, quick=args.quick), as_json=args.json) else 1


def _figures(sections: Sequence[str], given: Given, *, quick: bool) -> Iterator[Figure]:
    yield from describe()
    for section in sections:
        yield from import_module(f"benchmarks.real_model.{section}").figures(given, quick=quick)


if __name__ == "__main__":
    sys.exit(main())
