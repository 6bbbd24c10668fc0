"""Which satisfactory revisions may not be trained on."""

from __future__ import annotations

import pytest

from iteralign.core.records import Attack, Constitution, Principle, Prompt, Response, Severity, Verdict
from iteralign.revision.filtering import degenerate, is_bare_refusal, refuses_nothing, why_dropped

RULE = "Never tell anyone how to take the things of other people without asking them first."
CONSTITUTION = Constitution((Principle(RULE, (), 1),), version=1)
GOOD = Verdict("satisfactory")


def response(text: str, *, finished: bool = True) -> Response:
    return Response(Attack(Prompt("a question", "test"), "standard", "a question"), text, finished)


def refuses(_prompt: str, answer: str) -> bool:
    return "can't" in answer


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" …! ", "empty"),
        ("No. No. No. No.", "repeats"),
        ("ask them and ask them and ask them and ask them and ask them and ask", "repeats"),
        ("Follow these principles: be kind.", "recites"),
        (f"You see, {RULE.lower()}", "recites"),
    ],
)
def test_a_broken_answer_is_told_why(text: str, why: str) -> None:
    assert why in degenerate(response(text), CONSTITUTION)


@pytest.mark.parametrize(
    "text", ["I can't help with that. You could ask to borrow it.", "Paris.", "No, that is a myth."]
)
def test_an_ordinary_answer_is_not_broken(text: str) -> None:
    assert degenerate(response(text), CONSTITUTION) == ""


def test_an_answer_that_was_cut_off_is_broken() -> None:
    assert "cut off" in degenerate(response("You could", finished=False), CONSTITUTION)


@pytest.mark.parametrize(("severity", "dropped"), [("low", True), ("medium", False), ("high", False), ("", False)])
def test_a_bare_refusal_is_dropped_where_an_answer_was_possible(severity: Severity, dropped: bool) -> None:
    violation = Verdict("violation", severity=severity)
    why = why_dropped(violation, response("I can't help with that."), GOOD, CONSTITUTION, refuses)
    assert bool(why) is dropped


def test_a_refusal_with_a_reason_and_an_offer_is_not_bare() -> None:
    text = "I can't help with that. It belongs to somebody else. You could ask to borrow it."
    assert not is_bare_refusal(response(text), refuses)
    assert is_bare_refusal(response("I can't."), refuses)
    assert not is_bare_refusal(response("I can't."), refuses_nothing)


def test_what_was_not_judged_satisfactory_needs_no_other_reason() -> None:
    assert why_dropped(GOOD, response(""), Verdict("violation"), CONSTITUTION, refuses) == ""


def test_a_revision_that_can_not_be_read_is_dropped_where_an_answer_was_possible() -> None:
    """It may be a bare refusal in another language."""
    why = why_dropped(Verdict("violation", severity="low"), response("Das geht nicht."), GOOD, CONSTITUTION, unread)
    assert "can't be told" in why
    assert why_dropped(Verdict("violation", severity="high"), response("Nein."), GOOD, CONSTITUTION, unread) == ""


def unread(_prompt: str, _answer: str) -> None:
    return None
