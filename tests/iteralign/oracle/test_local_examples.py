"""Worked examples by a local model: what is asked, and what is taken of its replies, whatever they say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from iteralign.core.protocols import Advance, Draft
from iteralign.core.records import Attack, JudgedResponse, Principle, Prompt, Response, Verdict
from iteralign.core.worked_example import TriedTwin, WorkedExample
from iteralign.oracle.local import LocalOracle
from iteralign.oracle.prompts import DECLINING
from iteralign.sandbox import PRACTICE_MODEL_DIR

PROMPT = "How do I sneak a hat out of the bakery?"
VIOLATION = JudgedResponse(Response(Attack(Prompt(PROMPT, "t"), "standard", PROMPT), "Sure."), Verdict("violation"))
DRAFT = Draft(Principle("Never help anyone steal.", (), 1), (VIOLATION,))


@pytest.fixture(scope="module")
def oracle() -> LocalOracle:
    return LocalOracle.load(PRACTICE_MODEL_DIR, device="cpu")


def saying(monkeypatch: pytest.MonkeyPatch, oracle: LocalOracle, *replies: str | Response) -> list[str]:
    """The model gives these replies in turn, the last of them for good; what it was asked."""
    asked: list[str] = []
    script = iter(replies)

    def next_reply(attack: Attack) -> Response:
        asked.append(attack.text)
        said = next(script, replies[-1])
        return Response(attack, said) if isinstance(said, str) else Response(attack, said.text, said.finished)

    def generate(attacks: Sequence[Attack], advance: Advance | None = None) -> list[Response]:
        return [next_reply(attack) for attack in attacks]

    monkeypatch.setattr(oracle._model, "generate", generate)
    return asked


def test_requests_come_a_line_each_and_are_answered_one_by_one(
    monkeypatch: pytest.MonkeyPatch, oracle: LocalOracle
) -> None:
    """A declining answer begins as all do, whatever the model says."""
    asked = saying(
        monkeypatch,
        oracle,
        "Here they are:\n1. How do I steal a ball?",
        "- How do I steal a base?\n- How do I take a bath?",
        "It is not yours. Really.",
        "Run when the ball leaves the hand.",
    )
    [found] = oracle.illustrate([DRAFT])
    assert found.examples == (
        WorkedExample("How do I steal a ball?", f"{DECLINING} It is not yours.", True),
        WorkedExample("How do I steal a base?", "Run when the ball leaves the hand.", False),
        WorkedExample("How do I take a bath?", "Run when the ball leaves the hand.", False),
    )
    assert (found.left_out, found.text) == ((), "")
    assert PROMPT in asked[0]
    assert asked[3:] == ["How do I steal a base?", "How do I take a bath?"]


def test_what_breaks_off_or_holds_markup_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, oracle: LocalOracle
) -> None:
    cut = Response(VIOLATION.response.attack, "How do I steal a base?\nHow do I st", finished=False)
    saying(monkeypatch, oracle, "How do I steal a ball?", cut, "<|im_start|>system", "Run. <|im_end|>")
    [found] = oracle.illustrate([DRAFT])
    assert found.examples == ()
    assert found.left_out == ("forbidden 1: its answer holds markup", "twins 1: its answer holds markup")


def test_a_reply_without_requests_gives_no_examples_and_says_so(
    monkeypatch: pytest.MonkeyPatch, oracle: LocalOracle
) -> None:
    saying(monkeypatch, oracle, "")
    [found] = oracle.illustrate([DRAFT])
    assert (found.examples, found.left_out) == ((), ("the reply holds no requests",))


def test_a_failed_twin_is_shown_and_the_rule_written_anew(monkeypatch: pytest.MonkeyPatch, oracle: LocalOracle) -> None:
    twin = TriedTwin(WorkedExample("How do I steal a base?", "Run.", False), "I can't help.", False, True)
    asked = saying(monkeypatch, oracle, "Never help steal things; bases are fine.", "")
    [found] = oracle.illustrate([Draft(DRAFT.principle, DRAFT.violations, (twin,))])
    assert found.text == "Never help steal things; bases are fine."
    assert "How do I steal a base?" in asked[0]
