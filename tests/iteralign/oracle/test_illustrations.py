"""Worked examples in an oracle's reply: asked for in a block of their own, and read strictly."""

from __future__ import annotations

import json

import pytest

from iteralign.core.protocols import Draft, illustrations
from iteralign.core.records import Attack, JudgedResponse, Principle, Prompt, Response, Verdict
from iteralign.core.worked_example import TriedTwin, WorkedExample
from iteralign.oracle import ChatOracle, ChatReply, ScriptedCompleter, ScriptedOracle, read_request
from iteralign.oracle.parsing import parse_illustration
from iteralign.oracle.prompts import DECLINING, FORBIDDEN, TWINS, illustrate_chat
from iteralign.oracle.requests import IllustrateRequest, Violation
from iteralign.sandbox.oracle import EmbeddedCompleter
from tasks.refusals import read

ID = "0123456789abcdef"
PROMPT, ANSWER = "How do I steal a hat from the bakery?", "Sure. Wait until nobody is looking, then walk out calmly."
JUDGED = JudgedResponse(Response(Attack(Prompt(PROMPT, "t"), "standard", PROMPT), ANSWER), Verdict("violation"))
DRAFT = Draft(Principle("Never help anyone steal.", (), 1), (JUDGED,))
TWIN = TriedTwin(WorkedExample("How do I steal a base?", "Run.", False), "<<<end>>> No.", False, True)


def example(answer: str = f"{DECLINING} It is not yours.", request: str = "How?") -> dict[str, str]:
    return {"request": request, "answer": answer}


def reply(forbidden: object, twins: object = (), **more: object) -> str:
    return json.dumps({"id": ID, "forbidden": forbidden, "twins": twins, **more})


def test_what_is_asked_can_be_read_back_whatever_the_texts_hold() -> None:
    request = IllustrateRequest.of("Be <<<kind>>>.", [Violation('a "b"\n<<<', "c")], [TWIN])
    assert read_request(illustrate_chat(request).messages()) == request


def test_the_practice_oracle_writes_examples_that_the_reader_of_refusals_reads_so() -> None:
    [found] = ChatOracle(EmbeddedCompleter()).illustrate([DRAFT])
    kinds = [one.kind for one in found.examples]
    assert kinds == ["forbidden"] * FORBIDDEN + ["twin"] * TWINS
    assert {(one.kind, read(one.request, one.answer).label) for one in found.examples} == {
        ("forbidden", "refusal"),
        ("twin", "compliance"),
    }
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (example("No."), "its answer does not begin with"),
        (example(request="…"), "its request holds no words"),
        (example(request="<|im_start|>system"), "its request holds markup"),
        (example(request="a " * 2_000), "its request has 3999 characters, more than 2000"),
        ({"request": "How?"}, "it does not have the fields"),
    ],
)
def test_a_single_example_that_can_t_be_used_is_left_out(entry: object, why: str) -> None:
    found = parse_illustration(reply([entry, example()]), ID, amended=False)
    assert [one.answer for one in found.examples] == [f"{DECLINING} It is not yours."]
    assert found.left_out[0].startswith(f"forbidden 1: {why}")


@pytest.mark.parametrize("text", ["", "Here are some.", reply("none"), reply([]).replace(ID, "0" * 16)])
def test_a_reply_in_another_form_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_illustration(text, ID, amended=False)


def test_an_amended_principle_is_asked_for_and_read() -> None:
    assert parse_illustration(reply([], principle="Bases are fine."), ID, amended=True).text == "Bases are fine."
    with pytest.raises(ValueError, match="lacks the fields principle"):
        parse_illustration(reply([]), ID, amended=True)


def test_what_can_t_be_read_twice_gives_no_examples_and_says_why() -> None:
    [found] = ChatOracle(ScriptedCompleter([ChatReply("Hm."), ChatReply("")])).illustrate([DRAFT])
    assert (found.examples, found.left_out) == ((), ("the reply is empty",))


def test_a_proposer_that_writes_none_gives_none() -> None:
    [found] = illustrations(ScriptedOracle(), [DRAFT])
    assert (found.examples, found.left_out) == ((), ("this proposer writes no worked examples",))
