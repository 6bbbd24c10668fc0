"""What fails in a library over a file is a ModelError; what is ours, or the user's will, is not."""

from __future__ import annotations

import os
import threading
import time

import pytest
import torch

from harness_base.errors import ConfigError, ModelError
from iteralign.core.third_party import failures, memory_limit, muted


class Panic(BaseException):
    """As a panic of Rust's arrives: no Exception."""


@pytest.mark.parametrize("error", [ValueError, KeyError, TypeError, RecursionError, MemoryError, OSError, Panic])
def test_whatever_fails_inside_is_a_model_error_with_its_cause(error: type[BaseException]) -> None:
    with (
        pytest.raises(ModelError, match=r"^The file x: '?bad thing.*; mend it\.$") as raised,
        failures("The file x", "mend it"),
    ):
        raise error("bad thing")
    assert isinstance(raised.value.__cause__, error)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ConfigError, torch.OutOfMemoryError])
def test_what_is_no_fault_of_a_file_goes_through(error: type[BaseException]) -> None:
    with pytest.raises(error), failures("The file x"):
        raise error


def never_ending() -> None:
    while True:
        try:
            sum(range(10_000))
        except Exception:  # noqa: BLE001  # as libraries do
            continue


def test_what_does_not_end_is_ended() -> None:
    with pytest.raises(ModelError, match=r"not done after 0\.1 seconds of computing"), failures("It", seconds=0.1):
        never_ending()


def test_a_long_call_of_a_library_in_c_is_too_long_though_nothing_can_interrupt_it() -> None:
    for _ in range(5):  # the interruption comes at its end, wherever the program is then
        with pytest.raises(ModelError, match="seconds of computing"), failures("It", seconds=0.02):
            sum(range(5_000_000))


def test_waiting_for_a_busy_machine_counts_for_nothing() -> None:
    with failures("It", seconds=0.1):
        time.sleep(0.3)


def test_what_wants_more_memory_than_it_may_have_is_told_so() -> None:
    with pytest.raises(ModelError, match="MemoryError"), failures("It"), memory_limit(50_000_000):
        bytearray(100_000_000)
    assert len(bytearray(100_000_000)) == 100_000_000


def test_in_another_thread_there_is_no_limit_and_no_error() -> None:
    done = []

    def work() -> None:
        with failures("It", seconds=0.01):
            done.append(sum(range(10**6)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


def test_what_a_library_writes_to_standard_error_itself_is_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    with muted():
        os.write(2, b"thread panicked")
    os.write(2, b"shown")
    assert capfd.readouterr().err == "shown"
