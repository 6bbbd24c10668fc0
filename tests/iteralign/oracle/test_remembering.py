from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from harness_base.errors import OracleError
from iteralign.oracle import (
    Call,
    ChatFailure,
    ChatReply,
    ChatRequest,
    RememberingCompleter,
    ScriptedCompleter,
    ScriptExhaustedError,
)


class ListLedger:
    """Keeps calls in a list, and answers from those that were read."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def replies(self, keys: Sequence[str]) -> Mapping[str, str]:
        return {call.key: call.reply.text for call in self.calls if call.status == "read" and call.key in keys}

    def keep(self, oracle: str, calls: Sequence[Call]) -> None:
        self.calls += calls


def _request(text: str) -> ChatRequest:
    return ChatRequest("0" * 16, "system", text, problem=lambda reply: "" if reply.startswith("ok") else "no ok in it")


def _remembering(
    call_log: ListLedger, *replies: ChatReply, name: str = "the oracle", **more: object
) -> RememberingCompleter:
    return RememberingCompleter(ScriptedCompleter(replies), call_log, name=name, **more)  # type: ignore[arg-type]


def test_a_reply_that_was_read_is_never_asked_for_again() -> None:
    call_log = ListLedger()
    assert _remembering(call_log, ChatReply("ok 1")).complete([_request("a")]) == [ChatReply("ok 1")]
    assert _remembering(call_log).complete([_request("a")]) == [ChatReply("ok 1")]
    assert [call.status for call in call_log.calls] == ["read"]


@pytest.mark.parametrize("reply", [ChatReply("hm"), ChatReply("", ChatFailure("blocked", "no"))])
def test_failures_are_kept_and_never_reused(reply: ChatReply) -> None:
    """What could not be read may be answered better the next time."""
    call_log = ListLedger()
    _remembering(call_log, reply).complete([_request("a")])
    assert _remembering(call_log, ChatReply("ok")).complete([_request("a")]) == [ChatReply("ok")]
    assert [call.status for call in call_log.calls] == ["unreadable" if reply.text else "failed", "read"]
    assert call_log.calls[0].reason


def test_another_oracle_parameter_or_question_is_another_call() -> None:
    """Nothing is answered with what somebody else said, or to something else."""
    call_log = ListLedger()
    _remembering(call_log, ChatReply("ok")).complete([_request("a")])
    for other in (
        _remembering(call_log, name="another"),
        _remembering(call_log, parameters="temperature 1"),
        _remembering(call_log, reuse=False),
    ):
        with pytest.raises(ScriptExhaustedError):
            other.complete([_request("a")])
    for changed in (_request("b"), replace(_request("a"), system="other words")):
        with pytest.raises(ScriptExhaustedError):
            _remembering(call_log).complete([changed])


def test_the_same_question_twice_in_a_batch_is_one_call() -> None:
    call_log, told = ListLedger(), list[int]()
    replies = _remembering(call_log, ChatReply("ok a"), ChatReply("ok b")).complete(
        [_request("a"), _request("b"), _request("a")], told.append
    )
    assert [reply.text for reply in replies] == ["ok a", "ok b", "ok a"]
    assert sum(told) == 3


def test_replies_heard_before_the_end_are_kept() -> None:
    """A batch that breaks off does not lose what was paid for."""
    call_log = ListLedger()
    with pytest.raises(ScriptExhaustedError):
        _remembering(call_log, ChatReply("ok a")).complete([_request("a"), _request("b")])
    assert [call.reply.text for call in call_log.calls] == ["ok a"]


def test_a_ledger_that_fails_is_heard() -> None:
    """What can't be kept must not look as if it were."""

    class Full(ListLedger):
        def keep(self, oracle: str, calls: Sequence[Call]) -> None:
            raise OracleError("the disk is full")

    with pytest.raises(OracleError):
        _remembering(Full(), ChatReply("ok")).complete([_request("a")])


def test_each_reply_is_kept_before_the_next_is_heard() -> None:
    """Not at the end of a batch, which may never come."""
    call_log, kept = ListLedger(), list[int]()
    _remembering(call_log, *[ChatReply(f"ok {number}") for number in range(3)]).complete(
        [_request(letter) for letter in "abc"], on_reply=lambda _request, _reply: kept.append(len(call_log.calls))
    )
    assert kept == [1, 2, 3]
