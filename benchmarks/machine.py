"""What a figure was measured on, and how a whole command is timed together with its peak memory."""

from __future__ import annotations

import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import Figure

_PACKAGES = ("torch", "transformers", "lm_eval", "peft")


@dataclass(frozen=True)
class Ran:
    """One command from its start to its end: wall-clock seconds, peak memory in MiB, and what it printed."""

    seconds: float
    peak_mib: float
    out: str


def run(command: Sequence[str], *, may_end_with: tuple[int, ...] = (0,)) -> Ran:
    """Run a command in a process of its own. Ends the benchmark, with what the command said, when it fails.

    The caller stays small: a child's peak memory begins with that of the process that started it.
    """
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as said:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=said, text=True, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said.seek(0)
        if process.returncode not in may_end_with:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said.read()[-3000:]}")
        return Ran(seconds, usage.ru_maxrss / 1024, out.read())


def tasks_dir() -> Path:
    """Where the tasks' definitions are, for lm_eval's `--include_path`; found without importing them."""
    spec = importlib.util.find_spec("tasks")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0])


def describe() -> Generator[Figure, None, float]:
    """The machine and the versions, said on stderr; yields, and returns, the limit that rooflines refer to."""
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    print(f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}", file=sys.stderr)
    limit = float(run([sys.executable, "-m", "benchmarks.machine"]).out)
    yield Figure("limit: matrix product of 1,024 x 1,024, float32", limit, "GFLOP/s")
    return limit


def _processor() -> str:
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.machine()


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def matrix_product_limit() -> float:
    """GFLOP/s of the fastest of five float32 matrix products of a size that layers have."""
    import torch

    size = 1024
    one, other = torch.randn(size, size), torch.randn(size, size)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(20):
            one @ other
        times.append((time.perf_counter() - started) / 20)
    return 2 * size**3 / min(times) / 1e9


if __name__ == "__main__":
    print(matrix_product_limit())
