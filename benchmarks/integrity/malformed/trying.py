"""Tries one folder after another by the real command, in a child process that outlives what hangs in one of them."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_PATIENCE_S = 40.0
_START_S = 180.0
CANARY = "canary-was-here"


@dataclass(frozen=True)
class Ending:
    """How one try ended; `code` is None where it had to be killed."""

    name: str
    code: int | None
    error: str
    seconds: float
    ran_code: bool
    read_input: bool

    @property
    def refused(self) -> bool:
        """One line that begins as every refusal does, says something and ends, and the user's exit code."""
        lines = [line for line in self.error.splitlines() if line.startswith("Error:")]
        told = bool(lines) and len(lines[0]) > len("Error: ") + 20 and lines[0].endswith((".", "…"))
        after = self.error.partition("Error:")[2].strip()
        return self.code == 2 and len(lines) == 1 and told and "\n" not in after and "Traceback" not in self.error

    @property
    def measured(self) -> bool:
        return self.code == 0

    @property
    def shown(self) -> str:
        return f"{self.name}: exit {self.code}, {self.seconds:.0f} s, {self.error[-300:]!r}"


class Trier:
    """A child that runs `harness` again and again, since starting it anew costs more than the tries."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._canary = scratch / CANARY
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> Trier:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    def tried(self, name: str, arguments: list[str]) -> Ending:
        """Run the command once. A child that does not answer in time is killed, and the next try has a new one."""
        child = self._child or self._start()
        assert child.stdin is not None
        child.stdin.write(json.dumps(arguments) + "\n")
        child.stdin.flush()
        started = time.monotonic()
        answer = self._answer(child, _PATIENCE_S)
        seconds = time.monotonic() - started
        ran_code = self._canary.exists()
        self._canary.unlink(missing_ok=True)
        if answer is None:
            self._end()
            return Ending(name, None, "killed", seconds, ran_code, read_input=False)
        return Ending(name, answer["code"], answer["error"], seconds, ran_code, answer["read_input"])

    def _start(self) -> subprocess.Popen[str]:
        environ = os.environ | {"HF_HUB_OFFLINE": "1", "CANARY": str(self._canary), "RUST_BACKTRACE": "0"}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.integrity.malformed.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), environ.get("PYTHONPATH")]))},
            cwd=self._scratch,
        )
        if self._answer(self._child, _START_S) is None:
            raise RuntimeError("the child that tries the folders does not start")
        return self._child

    def _answer(self, child: subprocess.Popen[str], seconds: float) -> dict[str, object] | None:
        assert child.stdout is not None
        ready, _, _ = select.select([child.stdout], [], [], seconds)
        line = child.stdout.readline() if ready else ""
        return json.loads(line) if line else None

    def _end(self) -> None:
        if self._child:
            self._child.kill()
            self._child.wait()
            self._child = None
