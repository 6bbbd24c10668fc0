"""Tries what gave wrong numbers once: `python -m benchmarks.integrity [--only SECTION] [--quick] [--json]`.

A section is a module beside this one whose `figures(quick=…)` makes its own folders, files and servers, yields the
figures with their bars, and prints nothing itself. `--quick` tries a part of each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib import import_module

from benchmarks.figures import Figure, show

SECTIONS = (
    "identity",  # any change of a file that changes an answer changes what a score is kept under
    "odd_models",  # odd but valid folders give the logits of transformers and peft
    "malformed",  # folders that are no model end in one sentence
    "replies",  # judges' replies in every shape, and servers with every habit
    "prompt_files",  # prompts as people keep them
    "examination",  # judges that can't judge are stopped, those that can are not
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.integrity", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section; may be repeated")
    parser.add_argument("--quick", action="store_true", help="a part of each section")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    args = parser.parse_args()
    return 0 if show(_figures(args.only or SECTIONS, quick=args.quick), as_json=args.json) else 1


def _figures(sections: tuple[str, ...] | list[str], *, quick: bool) -> Iterator[Figure]:
    for section in sections:
        yield from import_module(f"benchmarks.integrity.{section}").figures(quick=quick)


if __name__ == "__main__":
    sys.exit(main())
