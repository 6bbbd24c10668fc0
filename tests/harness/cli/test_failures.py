"""The one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from harness.cli.exit_codes import ExitCode
from harness.cli.failures import Group, InterruptedRunError
from harness_base.errors import ConfigError, DiskError, MissingKeyError, OracleError, StoreError

DOCS = Path(__file__).resolve().parents[3] / "docs"


class OutOfMemoryError(RuntimeError):
    """Named as torch's own."""


def run(action: Callable[[], object]) -> Result:
    group = Group("harness", commands=[click.Command("act", callback=action)])
    return CliRunner().invoke(group, ["act"])


def raising(error: BaseException) -> Callable[[], object]:
    def act() -> object:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x is wrong."), ExitCode.USER),
        (StoreError("no store."), ExitCode.USER),
        (MissingKeyError("no key."), ExitCode.USER),
        (click.ClickException("bad."), ExitCode.USER),
        (OracleError("unreachable."), ExitCode.OUTSIDE),
        (DiskError("full."), ExitCode.OUTSIDE),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), ExitCode.OUTSIDE),
        (PermissionError(errno.EACCES, "Permission denied", "/data/x"), ExitCode.OUTSIDE),
        (MemoryError(), ExitCode.OUTSIDE),
        (OutOfMemoryError("CUDA out of memory"), ExitCode.OUTSIDE),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
        (click.Abort(), ExitCode.INTERRUPTED),
        (InterruptedRunError("interrupted; look at it."), ExitCode.INTERRUPTED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_that_was_foreseen_is_one_sentence(error: BaseException, code: ExitCode) -> None:
    result = run(raising(error))
    assert result.exit_code == code
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.parametrize("error", [ValueError("oops"), KeyError("k"), FileNotFoundError(errno.ENOENT, "gone", "x")])
def test_a_bug_shows_its_traceback_and_says_that_it_is_ours(error: Exception) -> None:
    result = run(raising(error))
    assert result.exit_code == ExitCode.BUG
    assert "Traceback" in result.stderr
    assert "not a mistake of yours" in result.stderr.splitlines()[-1]
    assert "harness --version" in result.stderr


def test_a_message_can_not_steer_the_terminal() -> None:
    result = run(raising(ConfigError("the key \x1b[2J\u202e\nis wrong.")))
    assert result.stderr == "Error: the key [2J is wrong.\n"


def test_a_command_may_choose_its_code() -> None:
    assert run(lambda: click.get_current_context().exit(ExitCode.REJECTED)).exit_code == ExitCode.REJECTED


def test_a_reader_that_leaves_is_not_complained_about(environ: dict[str, str]) -> None:
    """Enough output to fill the pipe, read by nobody."""
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "config", "check", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == ExitCode.READER_LEFT
    process.stderr.close()


def test_ctrl_c_in_a_real_process_ends_with_130_and_no_traceback(environ: dict[str, str]) -> None:
    code = (
        "import click, time\nfrom harness.cli.failures import Group\n"
        "def act():\n    click.echo('ready')\n    time.sleep(60)\n"
        "Group('harness', commands=[click.Command('act', callback=act)])(['act'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert (process.returncode, stderr) == (ExitCode.INTERRUPTED, "Error: interrupted.\n")


def test_the_oracle_server_ends_with_ctrl_c_as_it_should(environ: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "oracle", "serve", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ | {"PYTHONUNBUFFERED": "1"}, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert "http://127.0.0.1:" in process.stdout.readline()
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate()
    assert (process.returncode, stderr) == (ExitCode.DONE, "")
    assert "stopped" in stdout


def test_every_exit_code_stands_in_the_docs_table() -> None:
    table = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    documented = {int(line.split("|")[1]) for line in table.splitlines() if line.startswith("| ") and line[2].isdigit()}
    assert documented == set(ExitCode)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_behind_the_output_is_not_our_bug(environ: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "harness.cli", "config", "check"],
            stdout=full, stderr=subprocess.PIPE, env=environ, text=True, check=False,
        )  # fmt: skip
    assert finished.returncode == ExitCode.OUTSIDE
    assert finished.stderr.startswith("Error: ")
    assert "Traceback" not in finished.stderr
