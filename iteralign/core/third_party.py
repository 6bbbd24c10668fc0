"""Calls into libraries that read files which nobody here wrote: whatever fails in them is the files' fault.

transformers, peft, tokenizers and safetensors say what is wrong with a folder in every kind of error there is, down to
a panic of Rust's that is no Exception at all. Here, and only here, all of them become an error of ours. What stands
inside must be a call into such a library and nothing of our own, whose faults are ours and show their traceback.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from harness_base.errors import HarnessError, ModelError
from harness_base.text import first_line

LONGEST = 4.0
"""Seconds of computing that may be taken by what does not grow with the weights: a configuration, a template."""


_AGAIN = 0.05
"""Seconds of computing until the next try where an interruption would have been lost."""


class _TooLongError(BaseException):
    """No Exception, since libraries catch those and would go on."""


@contextmanager
def failures(
    what: str, advice: str = "", *, seconds: float | None = None, raising: type[HarnessError] = ModelError
) -> Iterator[None]:
    """Inside, every failure is an error of the kind `raising`: `what`, the failure's first line, and `advice`.

    `seconds` bounds the computing time, in the main thread only, since only there a signal can interrupt. Ctrl-C, an
    exit, our own errors and a full memory of the accelerator go through as they are.
    """
    try:
        with time_limit(seconds):
            yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, HarnessError):
        raise
    except _TooLongError as error:
        raise raising(_sentence(what, f"it was not done after {seconds:g} seconds of computing", advice)) from error
    except BaseException as error:  # see above: an untrusted file may fail a library in any way
        if type(error).__name__ == "OutOfMemoryError":
            raise
        raise raising(_sentence(what, first_line(error), advice)) from error


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Interrupt what stands inside after so long; without a limit, or outside of the main thread, it does nothing.

    It is the process's own computing time that counts, so that a busy machine makes no folder a bad one.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    late = False

    def interrupt(_signal: int, frame: FrameType | None) -> None:
        nonlocal late
        late = True
        # After one long call into C it may be our own context managers that are interrupted, on their way out: an error
        # raised there would pass them by.
        if frame is None or frame.f_code.co_filename not in (contextlib.__file__, __file__):
            raise _TooLongError

    before = signal.signal(signal.SIGPROF, interrupt)
    timer = signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, *timer)
        signal.signal(signal.SIGPROF, before)
    if late:
        raise _TooLongError


@contextmanager
def memory_limit(more: int) -> Iterator[None]:
    """Inside, the process may take so many bytes more; what wants more has a MemoryError. On Linux only."""
    taken = Path("/proc/self/statm")
    if not taken.exists():
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_AS)
    now = int(taken.read_text().split()[0]) * resource.getpagesize() + more
    within = [limit for limit in (now, *before) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(within), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextmanager
def muted() -> Iterator[None]:
    """Inside, nothing reaches standard error: Rust writes a panic and its stack there before Python hears of it."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _sentence(what: str, why: str, advice: str) -> str:
    return f"{what}: {why.rstrip('.')}{'; ' + advice if advice else ''}."
