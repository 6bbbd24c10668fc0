"""What the program's exit codes mean; docs/exit-codes.md says it to users."""

from __future__ import annotations

from enum import IntEnum

import click

from harness_base.text import for_terminal


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


def say_why(code: ExitCode, why: str) -> ExitCode:
    """Say on stderr, in one sentence, why a command that did all its work ends with that code, and give it back."""
    click.echo(f"Exit code {int(code)}: {for_terminal(why)}", err=True)
    return code
