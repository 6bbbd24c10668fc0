"""The same work beside two other programs that compute, against idle: the default run, and 60 answers of SmolLM2.

On a machine of 2 cores two such programs leave about half of what there is. `--quick` runs one round and 8 answers.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.affordable.given import RealModels
from benchmarks.figures import Figure
from benchmarks.machine import run

_OTHERS = 2
_HARNESS = (sys.executable, "-m", "harness.cli")
_COMPUTE = "while True: sum(number * number for number in range(100_000))"


CommandIn = Callable[[Path], Sequence[str]]
"""Given a folder for what the command writes, the command."""


def figures(models: RealModels, *, quick: bool) -> Iterator[Figure]:
    """Whole commands; each idle one just before the same beside others."""
    answers = 8 if quick else 60
    yield from _compared("default run", lambda folder: _default_run(folder, quick=quick))
    yield from _compared(f"{answers} answers of SmolLM2", lambda _: _written(models, answers))


def _compared(what: str, command_in: CommandIn) -> Iterator[Figure]:
    idle = _seconds(command_in)
    with _others_computing():
        busy = _seconds(command_in)
    yield Figure(f"{what}: idle", idle, "s")
    yield Figure(f"{what}: beside {_OTHERS} programs that compute", busy, "s")
    yield Figure(f"{what}: that against idle", busy / idle, "times", "<=", 3)


def _seconds(command_in: CommandIn) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return run(command_in(Path(folder)), may_end_with=(0, 3, 4)).seconds


@contextmanager
def _others_computing() -> Iterator[None]:
    others = [subprocess.Popen([sys.executable, "-c", _COMPUTE]) for _ in range(_OTHERS)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def _default_run(folder: Path, *, quick: bool) -> Sequence[str]:
    command = [*_HARNESS, "align-and-eval", "--runs-dir", str(folder)]
    return [*command, "--set", "loop.max_rounds=1"] if quick else command


def _written(models: RealModels, answers: int) -> Sequence[str]:
    asked = ("--tasks", "over_refusal_xstest", "--limit", str(answers), "--data-dir", str(models.need("data")))
    return [*_HARNESS, "eval", "--model", str(models.need("smollm2")), *asked]
