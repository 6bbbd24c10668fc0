"""Folders that are no model, no adapter or no tokenizer: each is tried by `harness eval`, as a user would.

Every one must end in one sentence and exit code 2 within 20 seconds, and run no code of the folder's. Folders that
only look odd are tried as well and must be measured: refusing everything is no answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.integrity.malformed.cases import Case, Maker, all_cases, controls
from benchmarks.integrity.malformed.trying import Ending, Trier
from harness.cli.quiet import quiet_libraries

_LONGEST_S = 20.0


def figures(*, quick: bool) -> Iterator[Figure]:
    """With `quick`, every seventh folder."""
    quiet_libraries()
    with tempfile.TemporaryDirectory() as scratch:
        maker = Maker(Path(scratch))
        bad, good = all_cases()[:: 7 if quick else 1], controls()[:: 7 if quick else 1]
        with Trier(Path(scratch)) as trier:
            endings = {case.name: _tried(trier, maker, case) for case in bad}
            measured = {case.name: _tried(trier, maker, case) for case in good}
    yield Figure("malformed folders tried", len(bad), "folders", ">=", 20 if quick else 150)
    refused = sum(ending.refused for ending in endings.values())
    yield Figure(f"of {len(bad)}: exit code 2 with one sentence", refused, "folders", "==", len(bad))
    slowest = max(endings.values(), key=lambda ending: ending.seconds)
    yield Figure(f"longest time ({slowest.name})", slowest.seconds, "s", "<=", _LONGEST_S)
    everything = [*endings.values(), *measured.values()]
    yield Figure("folders whose code ran", sum(ending.ran_code for ending in everything), "folders", "==", 0)
    yield Figure("folders at which standard input was read", sum(e.read_input for e in everything), "folders", "==", 0)
    went = sum(ending.measured for ending in measured.values())
    yield Figure(f"of {len(good)} odd but valid folders: measured", went, "folders", "==", len(good))
    for ending in [one for one in endings.values() if not one.refused]:
        yield Figure(f"not refused as it should be: {ending.shown}", 1, "folder", "==", 0)
    for ending in [one for one in measured.values() if not one.measured]:
        yield Figure(f"not measured as it should be: {ending.shown}", 1, "folder", "==", 0)


def _tried(trier: Trier, maker: Maker, case: Case) -> Ending:
    return trier.tried(case.name, maker.arguments(case))
