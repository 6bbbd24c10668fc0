"""What tests of every part share: no network, and the real command line in a process of its own."""

from __future__ import annotations

import gc
import importlib
import ipaddress
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from click.testing import CliRunner

from harness_base.threads import let_waiting_threads_sleep
from iteralign.core import registry

ROOT = Path(__file__).resolve().parent.parent

os.environ["HF_HUB_OFFLINE"] = "1"
let_waiting_threads_sleep()

if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
    # Threads of several processes that want the same cores wait for each other: each process takes its share.
    os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))

# How long an example takes says more about what else the machine does than about the code.
hypothesis.settings.register_profile("any time", deadline=None)
hypothesis.settings.load_profile("any time")

# A shell that starts the suite in the background lets Ctrl-C be ignored, and every process below would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

Harness = Callable[..., subprocess.CompletedProcess[str]]
Install = Callable[..., None]


def pytest_collection_finish() -> None:
    """What is loaded by now lasts to the end: the collector of garbage need not walk over it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(_host(address)).is_loopback:
            pytest.fail(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _host(address: tuple[Any, ...]) -> str:
    return "127.0.0.1" if address[0] == "localhost" else str(address[0])


@pytest.fixture
def environ() -> dict[str, str]:
    """The environment for a command: ours, without settings of the program and without keys."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HARNESS_", "OPENAI_", "COLUMNS"))
    }
    return kept | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"}


@pytest.fixture
def harness(tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Harness:
    """Run the real command line in an empty folder, in this process: `harness("runs", "--json")`.

    What comes back has `returncode`, `stdout` and `stderr`. An error that the command line lets through is raised.
    """
    from harness.cli.main import harness as command

    monkeypatch.chdir(tmp_path)
    hidden: dict[str, str | None] = {name: environ.get(name) for name in os.environ}

    def run(*args: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        arguments = [str(argument) for argument in args]
        result = CliRunner().invoke(command, arguments, env=hidden | environ | (env or {}), prog_name="harness")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def harness_process(tmp_path: Path, environ: dict[str, str]) -> Harness:
    """The same in a process of its own, which takes longer: for what only a process has."""

    def run(*args: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "harness.cli", *map(str, args)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environ | (env or {}),
            cwd=tmp_path,
            check=False,
        )

    return run


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package, `install(name, {group: {kind: "module:attribute"}}, module="its code")`, for one test."""
    site = tmp_path / "site-packages"
    monkeypatch.syspath_prepend(str(site))
    imported: list[str] = []

    def write(name: str, groups: Mapping[str, Mapping[str, str]], **modules: str) -> None:
        info = site / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        lines = [
            f"[{group}]\n" + "".join(f"{kind} = {value}\n" for kind, value in kinds.items())
            for group, kinds in groups.items()
        ]
        (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        for module, code in modules.items():
            (site / f"{module}.py").write_text(code, encoding="utf-8")
        imported.extend(modules)
        importlib.invalidate_caches()
        registry.installed.cache_clear()

    yield write
    registry.installed.cache_clear()
    for module in imported:
        sys.modules.pop(module, None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The public benchmark data beside the checkout; tests that need it skip where it is not."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"there is no data at {folder}")
    return folder
