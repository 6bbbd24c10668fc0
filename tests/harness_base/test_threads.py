"""Waiting threads sleep, so that a busy machine is not made busier."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from harness_base.threads import let_waiting_threads_sleep

_SHOW = "from harness_base.threads import let_waiting_threads_sleep as settle; settle(); import torch"


@pytest.mark.slow
def test_openmp_as_torch_loads_it_takes_the_setting_up() -> None:
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_", "KMP_"))}
    shown = subprocess.run(
        [sys.executable, "-c", _SHOW],
        env={**environ, "OMP_DISPLAY_ENV": "TRUE"},
        capture_output=True,
        text=True,
        check=True,
    )
    [line] = [line for line in shown.stderr.splitlines() if "OMP_WAIT_POLICY" in line]
    assert "PASSIVE" in line


@pytest.mark.parametrize("name", ["OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"])
def test_who_has_said_how_threads_wait_is_heeded(name: str) -> None:
    environ = {name: "1"}
    let_waiting_threads_sleep(environ)
    assert environ == {name: "1"}


def test_the_command_settles_it_before_torch_is_loaded() -> None:
    script = (
        "import os, sys\nfrom harness.cli.main import main\nsys.argv = ['harness', '--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    )
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_", "KMP_"))}
    shown = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert shown.stdout.splitlines()[-1] == "PASSIVE False"
