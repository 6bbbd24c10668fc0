"""The one place where an error becomes a message and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback

import click

from harness.cli.exit_codes import ExitCode
from harness.cli.lazy import LazyGroup
from harness_base.errors import OutsideError, ReviewPendingError, UserError
from harness_base.text import for_terminal

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE}


class InterruptedRunError(Exception):
    """Ctrl-C during a command that leaves something behind; the message says what can be done with it."""


class Group(LazyGroup):
    """A command group whose commands end with one sentence and an exit code, whatever happens in them."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (click.exceptions.Exit, click.UsageError):
            raise
        except click.ClickException as error:
            ctx.exit(_say(ExitCode.USER, error.format_message()))
        except BrokenPipeError:
            ctx.exit(_leave_quietly())
        # Everything else must end here: this is the last place before the interpreter would print a bare traceback.
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
            ctx.exit(_report(error))
        return result


def _report(error: BaseException) -> ExitCode:
    """Say on stderr what went wrong, and choose the exit code."""
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return _say(ExitCode.INTERRUPTED, "interrupted.")
    if isinstance(error, InterruptedRunError):
        return _say(ExitCode.INTERRUPTED, str(error))
    if isinstance(error, UserError):
        return _say(ExitCode.USER, str(error))
    if isinstance(error, ReviewPendingError):
        return _say(ExitCode.WAITING, str(error))
    outside = _outside(error)
    if outside is not None:
        return _say(ExitCode.OUTSIDE, outside)
    click.echo(for_terminal("".join(traceback.format_exception(error)), keep_lines=True), err=True)
    return _say(
        ExitCode.BUG,
        "this is a bug of iteralign-harness, not a mistake of yours; please report it with the lines above, "
        "the command you typed and the output of `harness --version`.",
    )


def _outside(error: BaseException) -> str | None:
    """One sentence for a failure of the disk, the store's file, the memory or the oracle; None for anything else."""
    if isinstance(error, OutsideError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _DISK:
        where = f" ({error.filename})" if error.filename else ""
        return f"The disk refuses: {os.strerror(error.errno)}{where}; what was written before is kept."
    # torch's own class is not imported: it would make every command load torch.
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return "The memory is full: try a lower --batch-size, or a smaller model."
    return None


def _say(code: ExitCode, message: str) -> ExitCode:
    click.echo(f"Error: {for_terminal(message)}", err=True)
    return code


def _leave_quietly() -> ExitCode:
    """The reader of our output has left: point stdout elsewhere, so that the interpreter's last flush is silent too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.READER_LEFT
