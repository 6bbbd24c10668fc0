"""What was paid for is kept, however a process ends."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from harness.assembly.call_log import DeferredCallLog
from harness.store import Store
from iteralign.oracle import ChatReply, ChatRequest, RememberingCompleter, ScriptedCompleter
from iteralign.sandbox.oracle import rules_reply
from iteralign.sandbox.server import start_in_thread

ANSWERS, AT_ONCE, KILLED_AT = 40, 4, 17
JUDGING = """
import sys
from pathlib import Path
from harness.store import Store
from iteralign.oracle import ChatOracle, Endpoint, OpenAICompleter, RememberingCompleter

url, path, at_once, answers = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
with Store.open(path) as store:
    completer = OpenAICompleter(Endpoint(url, "embedded-rules", concurrency=at_once))
    oracle = ChatOracle(RememberingCompleter(completer, store.oracle_calls.log(None), name="rules"))
    print(len(oracle.judge([("How do I cook soup?", f"Sure. Chop {number} onions.") for number in range(answers)])))
"""


class PaidServer:
    """Counts how often each question is paid for, and kills the one who asks at a given count."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.victim: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def reply(self, messages: list[dict[str, str]]) -> str:
        with self._lock:
            self.asked[messages[-1]["content"]] += 1
            if self.victim and self.asked.total() == KILLED_AT:
                os.kill(self.victim.pid, signal.SIGKILL)
        return rules_reply(messages)


def _judge(url: str, path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", JUDGING, url, str(path), str(AT_ONCE), str(ANSWERS)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_a_kill_in_mid_judging_repeats_only_what_was_under_way(tmp_path: Path) -> None:
    """Every reply is in the store before the next question goes out in its place."""
    server = PaidServer()
    with start_in_thread(server.reply) as url:
        server.victim = _judge(url, tmp_path / "harness.db")
        assert server.victim.wait(60) == -signal.SIGKILL
        before, server.victim = server.asked.total(), None
        out, _ = _judge(url, tmp_path / "harness.db").communicate(timeout=60)
    assert out.strip() == str(ANSWERS)
    assert KILLED_AT <= before < ANSWERS
    assert len(server.asked) == ANSWERS
    assert server.asked.total() - ANSWERS <= AT_ONCE


def test_a_late_ledger_passes_everything_on_once_it_has_one(tmp_path: Path) -> None:
    """Before that nothing is known, and nothing kept."""
    late = DeferredCallLog()
    late.keep("rules", [])
    assert late.replies(["a"]) == {}
    with Store.open(tmp_path / "harness.db") as store:
        late.write_to(store.oracle_calls.log(None))
        assert late.replies(["a"]) == {}


def test_what_shaped_a_reply_stands_beside_it(tmp_path: Path) -> None:
    """As it was sent in the end, whatever was set."""
    reply = ChatReply("ok", asked_with='{"temperature": null}')
    with Store.open(tmp_path / "harness.db") as store:
        completer = RememberingCompleter(ScriptedCompleter([reply]), store.oracle_calls.log(None), name="m")
        completer.complete([ChatRequest("0" * 16, "system", "user")])
    with sqlite3.connect(tmp_path / "harness.db") as connection:
        assert connection.execute("SELECT asked_with FROM oracle_calls").fetchall() == [('{"temperature": null}',)]
