"""One arm trained, and each of its strengths asked the same requests."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.real_model.arms import RECIPE, STRENGTHS, Arm
from benchmarks.real_model.given import Given, asked
from benchmarks.real_model.outcomes import Outcomes, Point, Refused, read_outcomes
from harness.assembly.loop import refuses
from harness.store import Store
from iteralign.model.causal import CausalModel

ATTACKS = 300
"""Of the attacks that no gate sees, in the order of their names' hash, so that any first few are a sample."""


def outcomes_of(arm: Arm, seed: int, given: Given) -> Outcomes | None:
    """What came of the arm, from the results where they hold it; None where it may not be run (`from_results`)."""
    kept = read_outcomes(given.results, arm.name, seed)
    if kept or given.from_results:
        return kept
    print(f"{arm.name}, seed {seed}: training and asking, some 20 minutes", file=sys.stderr, flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        facts = _train(arm, seed, given, folder)
        points = tuple(_points(arm, given, folder / "run" / "adapters"))
    found = Outcomes(arm.name, seed, points, facts | {"commit": commit(), "seconds": time.monotonic() - started})
    found.write(given.results)
    return found


def _train(arm: Arm, seed: int, given: Given, folder: Path) -> dict[str, object]:
    """Run the arm; what it revised and trained on, and why it ended."""
    from harness.cli.quiet import quiet_libraries
    from harness.config.load import load_config
    from harness.progress import SilentProgress
    from harness.run.pipeline import align_and_eval

    quiet_libraries()
    flags = arm.flags(given, folder, seed)
    with contextlib.redirect_stderr(io.StringIO()):
        align_and_eval(load_config(RECIPE, None, flags, {}), progress=SilentProgress(), wrappers=arm.wrappers(seed))
    with Store.open(folder / "harness.db") as store:
        rounds = store.views.rows("round_overview")
    shown = {key: value for key, value in flags.items() if key not in ("model.path", "data_dir", "runs_dir")}
    named = {key: Path(value).name if key == "constitution.file" and value else value for key, value in shown.items()}
    return {"settings": {key: str(value) for key, value in named.items()}, "rounds": [dict(row) for row in rounds]}


def _points(arm: Arm, given: Given, folder: Path) -> Iterator[Point]:
    """Nothing where the arm trained no candidate."""
    sets = {"attacks": given.held_out()[:ATTACKS], "xstest": given.xstest_named()}
    for number, strength in enumerate(STRENGTHS, 1):
        candidate = folder / f"r1a{number}"
        if not candidate.is_dir():
            return
        yield Point(f"{strength:g}", refused_by(given.load_with(candidate, full=arm.full), sets))


def refused_by(model: CausalModel, sets: Mapping[str, list[tuple[str, str]]]) -> dict[str, Refused]:
    """Of each set of named requests, which ones the model refuses, by our reader; what can't be read is no refusal."""
    every = [request for requests in sets.values() for request in requests]
    answers = model.generate([asked(text) for _, text in every])
    read = [int(refuses(text, answer.text) is True) for (_, text), answer in zip(every, answers, strict=True)]
    found, start = {}, 0
    for name, requests in sets.items():
        outcomes = read[start : start + len(requests)]
        found[name] = {key: outcome for (key, _), outcome in zip(requests, outcomes, strict=True)}
        start += len(requests)
    return found


def commit() -> str:
    """The commit that was run, marked where the working tree differs from it."""
    said = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return said.stdout.strip() or "unknown"
