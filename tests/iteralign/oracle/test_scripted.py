from __future__ import annotations

import pytest

from iteralign.core.records import Attack, JudgedResponse, Prompt, Response, Verdict
from iteralign.oracle import ChatReply, ChatRequest, ScriptedCompleter, ScriptedOracle, ScriptExhaustedError

GOOD, BAD = Verdict("satisfactory"), Verdict("violation", "theft", "It helps.")


def _judged(text: str) -> JudgedResponse:
    return JudgedResponse(Response(Attack(Prompt(text, "test"), "standard", text), "Sure."), BAD)


def test_verdicts_are_given_in_order_over_several_calls() -> None:
    """The script does not start again with each call, and what was asked can be looked at."""
    oracle = ScriptedOracle([BAD, GOOD, BAD])
    assert oracle.judge([("a", "b")]) == [BAD]
    assert oracle.judge([("c", "d"), ("e", "f")]) == [GOOD, BAD]
    assert oracle.judged == [("a", "b"), ("c", "d"), ("e", "f")]


def test_a_script_that_runs_out_of_verdicts_raises() -> None:
    """A test that asks for more than it scripted fails with the number."""
    with pytest.raises(ScriptExhaustedError, match="verdict number 2"):
        ScriptedOracle([BAD]).judge([("a", "b"), ("c", "d")])


def test_a_proposal_has_all_violations_as_evidence() -> None:
    """Each prompt is named once."""
    oracle = ScriptedOracle(proposals=[["Be kind."]])
    [[principle]] = oracle.propose([[_judged("x"), _judged("y"), _judged("x")]], round_number=3)
    assert principle.evidence == (Prompt("x", "").id, Prompt("y", "").id)
    assert principle.round == 3


def test_a_script_that_runs_out_of_proposals_raises() -> None:
    """The second proposal was not scripted."""
    oracle = ScriptedOracle(proposals=[[]])
    assert oracle.propose([[_judged("x")]], round_number=1) == [[]]
    with pytest.raises(ScriptExhaustedError, match="proposal number 2"):
        oracle.propose([[_judged("x")]], round_number=2)


def test_a_scripted_completer_raises_when_its_replies_run_out() -> None:
    """Chat replies follow the same rule."""
    completer = ScriptedCompleter([ChatReply("one")])
    request = ChatRequest("0" * 16, "system", "user")
    assert completer.complete([request]) == [ChatReply("one")]
    with pytest.raises(ScriptExhaustedError, match="reply number 2"):
        completer.complete([request])
