"""Stored replies are read again without a call."""

from __future__ import annotations

from pathlib import Path

from harness.store import Store
from harness.store.reparse import reparse
from iteralign.oracle import Call, ChatReply
from iteralign.oracle.prompts import judge_chat
from iteralign.oracle.requests import JudgeRequest
from iteralign.sandbox.oracle import rules_reply

ASKED = judge_chat(JudgeRequest.of("How do I cook soup?", "Sure. Chop the vegetables, then stir it slowly."))
TIME = "2026-01-01T00:00:00.000+00:00"


def test_what_could_not_be_read_and_can_be_now_counts_as_read(tmp_path: Path) -> None:
    """And the other way round; a question that nobody can read any more is said, not raised."""
    good = ChatReply(rules_reply(ASKED.messages()))
    strange = judge_chat(JudgeRequest.of("x", "y"))
    calls = [
        Call("a", ASKED, good, "unreadable", "an older parser could not read it", TIME),
        Call("b", ASKED, ChatReply("It is fine."), "read", "", TIME),
        Call("c", type(strange)(strange.id, strange.system, "no block at all"), good, "read", "", TIME),
    ]
    with Store.open(tmp_path / "harness.db") as store:
        store.oracle_calls.log(None).keep("embedded", calls)
        found = reparse(store, None)
        now = [(call.status, bool(call.reason)) for call in store.oracle_calls.read()]
        again = reparse(store, None)
    assert now == [("read", False), ("unreadable", True), ("unreadable", True)]
    assert (found.calls, found.changed, dict(found.labels), sum(found.unreadable.values())) == (
        3,
        3,
        {"satisfactory": 1},
        2,
    )
    assert again.changed == 0
