"""The child of `trying`: reads a command's arguments as a line of JSON, runs `harness`, and writes how it ended."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from typing import IO, TextIO

from click.testing import CliRunner


class _Watched(io.BytesIO):
    """Standard input that remembers whether anybody read it; click reads nothing of it to see what it is."""

    was_read = False

    def read(self, size: int | None = -1) -> bytes:
        self.was_read |= size != 0
        return super().read(size)

    def read1(self, size: int | None = -1) -> bytes:
        self.was_read |= size != 0
        return super().read1(-1 if size is None else size)

    def readline(self, size: int | None = -1) -> bytes:
        self.was_read |= size != 0
        return super().readline(size)


def main() -> None:
    # Whatever else writes to the two standard streams, Rust's panics among it, must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    with tempfile.TemporaryFile() as errors:
        os.dup2(errors.fileno(), 1)
        os.dup2(errors.fileno(), 2)
        _serve(answers, errors)


def _serve(answers: TextIO, errors: IO[bytes]) -> None:
    from harness.cli.quiet import quiet_libraries

    quiet_libraries()
    from harness.assembly import measurement as measuring  # noqa: F401  # the libraries take ten seconds, which no folder is to blame for
    from harness.cli.main import harness

    _tell(answers, {})
    for line in sys.stdin:
        errors.truncate(0)
        given = _Watched(b"y\n" * 9)
        result = CliRunner().invoke(harness, json.loads(line), input=given, prog_name="harness")
        sys.stderr.flush()
        errors.seek(0)
        beside = errors.read().decode(errors="replace")
        broken = result.exception is not None and not isinstance(result.exception, SystemExit)
        error = result.stderr + beside + (f"Traceback: {result.exception!r}" if broken else "")
        code = 1 if broken else result.exit_code
        _tell(answers, {"code": code, "error": error, "read_input": given.was_read})


def _tell(answers: TextIO, content: dict[str, object]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
