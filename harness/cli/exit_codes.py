"""What the program's exit codes mean; docs/exit-codes.md says it to users."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit status of every command."""

    DONE = 0
    BUG = 1
    USER = 2
    REJECTED = 3
    INCONCLUSIVE = 4
    OUTSIDE = 5
    WAITING = 6
    INTERRUPTED = 130
    READER_LEFT = 141
