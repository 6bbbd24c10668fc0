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
    ledger: ListLedger, *replies: ChatReply, name: str = "the oracle", **more: object
) -> RememberingCompleter:
    return RememberingCompleter(ScriptedCompleter(replies), ledger, name=name, **more)  # type: ignore[arg-type]


def test_a_reply_that_was_read_is_never_asked_for_again() -> None:
    ledger = ListLedger()
    assert _remembering(ledger, ChatReply("ok 1")).complete([_request("a")]) == [ChatReply("ok 1")]
    assert _remembering(ledger).complete([_request("a")]) == [ChatReply("ok 1")]
    assert [call.status for call in ledger.calls] == ["read"]


@pytest.mark.parametrize("reply", [ChatReply("hm"), ChatReply("", ChatFailure("blocked", "no"))])
def test_failures_are_kept_and_never_reused(reply: ChatReply) -> None:
    """What could not be read may be answered better the next time."""
    ledger = ListLedger()
    _remembering(ledger, reply).complete([_request("a")])
    assert _remembering(ledger, ChatReply("ok")).complete([_request("a")]) == [ChatReply("ok")]
    assert [call.status for call in ledger.calls] == ["unreadable" if reply.text else "failed", "read"]
    assert ledger.calls[0].reason


def test_another_oracle_parameter_or_question_is_another_call() -> None:
    """Nothing is answered with what somebody else said, or to something else."""
    ledger = ListLedger()
    _remembering(ledger, ChatReply("ok")).complete([_request("a")])
    for other in (
        _remembering(ledger, name="another"),
        _remembering(ledger, parameters="temperature 1"),
        _remembering(ledger, reuse=False),
    ):
        with pytest.raises(ScriptExhaustedError):
            other.complete([_request("a")])
    for changed in (_request("b"), replace(_request("a"), system="other words")):
        with pytest.raises(ScriptExhaustedError):
            _remembering(ledger).complete([changed])


def test_the_same_question_twice_in_a_batch_is_one_call() -> None:
    ledger, told = ListLedger(), list[int]()
    replies = _remembering(ledger, ChatReply("ok a"), ChatReply("ok b")).complete(
        [_request("a"), _request("b"), _request("a")], told.append
    )
    assert [reply.text for reply in replies] == ["ok a", "ok b", "ok a"]
    assert sum(told) == 3


def test_replies_heard_before_the_end_are_kept() -> None:
    """A batch that breaks off does not lose what was paid for."""
    ledger = ListLedger()
    with pytest.raises(ScriptExhaustedError):
        _remembering(ledger, ChatReply("ok a")).complete([_request("a"), _request("b")])
    assert [call.reply.text for call in ledger.calls] == ["ok a"]


def test_a_ledger_that_fails_is_heard() -> None:
    """What can't be kept must not look as if it were."""

    class Full(ListLedger):
        def keep(self, oracle: str, calls: Sequence[Call]) -> None:
            raise OracleError("the disk is full")

    with pytest.raises(OracleError):
        _remembering(Full(), ChatReply("ok")).complete([_request("a")])


def test_each_reply_is_kept_before_the_next_is_heard() -> None:
    """Not at the end of a batch, which may never come."""
    ledger, kept = ListLedger(), list[int]()
    _remembering(ledger, *[ChatReply(f"ok {number}") for number in range(3)]).complete(
        [_request(letter) for letter in "abc"], heard=lambda _request, _reply: kept.append(len(ledger.calls))
    )
    assert kept == [1, 2, 3]
