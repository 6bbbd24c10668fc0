"""What real models cost on this machine: `python -m benchmarks.affordable --smollm2 DIR --qwen DIR [--only SECTION]`.

A section is a module beside this one whose `figures(models, quick=…)` yields the figures with their bars, each against
the peer on the same work in the same run. The two folders are what `python -m benchmarks.real_models --to DIR` makes.
`--quick` tries a part of each section.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.affordable.given import RealModels
from benchmarks.figures import Figure, show
from benchmarks.machine import describe

SECTIONS = (
    "judge",  # a local judge that reads what its questions share once
    "generation",  # answers, against lm_eval and against transformers' generate
    "gate",  # the whole measuring under the policy `real`, against lm_eval
    "early_stopping",  # the same, which ends once the decision stands
    "statistics",  # simulated: the error rates of a gate that stops early, and what it asks
    "cascade",  # calls that a cascade of judges saves
    "busy",  # beside two other programs that compute
    "plan",  # what was foretold against what happened
    "models",  # imported GGUF files and names from a hub
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.affordable", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section; may be repeated")
    parser.add_argument("--smollm2", type=Path, help="folder of SmolLM2-135M-Instruct in float32")
    parser.add_argument("--qwen", type=Path, help="folder of Qwen2.5-Coder-0.5B-Instruct")
    parser.add_argument("--gguf", type=Path, help="folder with smollm2.gguf and qwen.gguf, as they were downloaded")
    parser.add_argument("--data-dir", type=Path, help="folder with the real tasks' data")
    parser.add_argument("--quick", action="store_true", help="a part of each section")
    parser.add_argument("--share", type=float, default=1.0, help="do this share of what is generated and judged")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    args = parser.parse_args()
    models = RealModels(args.smollm2, args.qwen, args.gguf, args.data_dir, args.share)
    return 0 if show(_figures(args.only or SECTIONS, models, quick=args.quick), as_json=args.json) else 1


def _figures(sections: Sequence[str], models: RealModels, *, quick: bool) -> Iterator[Figure]:
    yield from describe()
    for section in sections:
        yield from import_module(f"benchmarks.affordable.{section}").figures(models, quick=quick)


if __name__ == "__main__":
    sys.exit(main())
