"""Makes the sandbox again: `python -m iteralign.sandbox.build [items|model|measure]`.

items    writes the practice items and prompts (seconds; the same bytes every time)
model    trains the practice model (at most 15 minutes on 2 cores) and measures it
measure  measures the practice model that is there
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import HARMLESS_FILE, PRACTICE_MODEL_DIR, RED_TEAM_FILE
from iteralign.sandbox.items import write_items
from iteralign.sandbox.measure import BARS, measure
from iteralign.sandbox.train import Recipe, save, train

ITEMS_DIR = Path(__file__).parents[2] / "tasks" / "sandbox" / "items"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m iteralign.sandbox.build", description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["items", "model", "measure"], nargs="?", default="model")
    parser.add_argument("--seed", type=int, default=0, help="seed of the items, or of the model and its dialogues")
    parser.add_argument("--out", type=Path, default=PRACTICE_MODEL_DIR, help="folder of the model")
    options = parser.parse_args(arguments)
    if options.what == "items":
        return _items(options.seed)
    if options.what == "model":
        _model(options.seed, options.out)
    return _measure(options.out)


def _items(seed: int) -> int:
    write_items(ITEMS_DIR, RED_TEAM_FILE, HARMLESS_FILE, seed)
    print(f"wrote {ITEMS_DIR}, {RED_TEAM_FILE} and {HARMLESS_FILE}")
    return 0


def _model(seed: int, out: Path) -> None:
    started = time.monotonic()
    model, tokenizer = train(Recipe(seed=seed), lambda line: print(line, flush=True))
    save(model, tokenizer, out)
    print(f"wrote {out} after {time.monotonic() - started:.0f} s")


def _measure(folder: Path) -> int:
    """Print every rate with the bar it has to reach; 1 when one is missed."""
    model = CausalModel.load(ModelSettings(path=str(folder), batch_size=128), folder)
    missed = 0
    for name, value in measure(model).items():
        bar = BARS.get(name)
        missed += bar is not None and not bar.holds(value)
        print(f"{name:<44} {value:6.3f}  {bar or ''}{'' if bar is None or bar.holds(value) else '  MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
