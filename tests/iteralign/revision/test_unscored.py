"""Nothing is learnt from a batch that an oracle mostly could not judge."""

from __future__ import annotations

import pytest

from harness_base.errors import ModelError, OracleError
from iteralign.core.records import Attack, Prompt, Response, Verdict
from iteralign.encoding.answers import CUT_OFF, NOTHING
from iteralign.oracle.scripted import ScriptedOracle
from iteralign.revision.unscored import check_answered, check_unscored, verdicts_on


def test_unscored_verdicts_up_to_the_share_pass() -> None:
    """The share itself is allowed, and so are no verdicts at all."""
    unscored, fine = Verdict("unscored", reason="r"), Verdict("satisfactory")
    check_unscored([unscored] * 5 + [fine] * 5, 0.5)
    check_unscored([], 0.5)
    for too_many in ([unscored] * 6 + [fine] * 4, [unscored]):
        with pytest.raises(OracleError):
            check_unscored(too_many, 0.5)


def response(text: str, unanswered: str = "") -> Response:
    return Response(Attack(Prompt("How?", "test"), "standard", "How?"), text, unanswered=unanswered)


def test_what_is_no_answer_is_not_judged() -> None:
    """Its verdict is unscored for the reason that there is no answer, and the oracle never hears of it."""
    done: list[int] = []
    oracle = ScriptedOracle([Verdict("violation"), Verdict("satisfactory")])
    responses = [response("one"), response("", CUT_OFF), response("two"), response("", NOTHING)]
    verdicts = verdicts_on(oracle, responses, advance=done.append)
    assert [verdict.label for verdict in verdicts] == ["violation", "unscored", "satisfactory", "unscored"]
    assert (verdicts[1].reason, verdicts[3].reason) == (CUT_OFF, NOTHING)
    assert sum(done) >= 2


def test_an_oracle_is_not_asked_about_nothing() -> None:
    """It has no verdict to give."""
    assert verdicts_on(ScriptedOracle([]), [response("", NOTHING)])[0].label == "unscored"
    assert verdicts_on(ScriptedOracle([]), []) == []


def test_answers_that_are_missing_are_not_held_against_the_oracle() -> None:
    """But for the model they count, with the commonest reason."""
    verdicts = [Verdict("unscored", reason=CUT_OFF)] * 6 + [Verdict("satisfactory")] * 4
    check_unscored(verdicts, 0.5)
    with pytest.raises(ModelError, match=r"no answer to 6 of 10 prompts.*thinking_tokens"):
        check_answered([response("", CUT_OFF)] * 6 + [response("fine")] * 4, 0.5)
    check_answered([response("", CUT_OFF)] * 5 + [response("fine")] * 5, 0.5)
