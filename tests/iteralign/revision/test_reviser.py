"""Self-revision and the filter on it."""

from __future__ import annotations

from iteralign.core.conversation import Conversation
from iteralign.core.records import Attack, Constitution, JudgedResponse, Principle, Prompt, Response, Verdict
from iteralign.core.settings import LoopSettings
from iteralign.oracle.scripted import ScriptedOracle
from iteralign.revision.reviser import Reviser, RevisionSettings
from iteralign.scripted import ScriptedModel

BAD, GOOD, UNREADABLE = (
    Verdict("violation", severity="low"),
    Verdict("satisfactory"),
    Verdict("unscored", reason="unreadable"),
)
CONSTITUTION = Constitution((Principle("Be kind.", (), 1),), version=1)


def tries(count: int) -> LoopSettings:
    return LoopSettings(revision_tries=count, max_unscored=1.0)


def violation(text: str) -> JudgedResponse:
    return JudgedResponse(Response(Attack(Prompt(text, "test"), "standard", text), "first answer"), BAD)


def test_a_revision_is_made_with_the_constitution_in_the_context() -> None:
    model = ScriptedModel(lambda prompt, principles, _: " ".join(principles))
    [revision] = Reviser(model, ScriptedOracle([GOOD]), RevisionSettings(), tries(3), seed=0).revise(
        [violation("a")], CONSTITUTION
    )
    assert (revision.text, revision.constitution_version) == ("Be kind.", 1)


def test_only_what_still_fails_is_tried_again_and_then_given_up() -> None:
    oracle = ScriptedOracle([GOOD, BAD, UNREADABLE, UNREADABLE])
    revisions = Reviser(ScriptedModel(lambda *_: "x"), oracle, RevisionSettings(), tries(3), seed=0).revise(
        [violation("a"), violation("b")], CONSTITUTION
    )
    tried = [(revision.original.attack.text, revision.attempt, revision.verdict.label) for revision in revisions]
    assert tried == [("a", 1, "satisfactory"), ("b", 1, "violation"), ("b", 2, "unscored"), ("b", 3, "unscored")]


def test_progress_counts_every_violation_once() -> None:
    done: list[int] = []
    oracle = ScriptedOracle([GOOD, BAD, BAD])
    Reviser(ScriptedModel(lambda *_: "x"), oracle, RevisionSettings(), tries(2), seed=0).revise(
        [violation("a"), violation("b")], CONSTITUTION, advance=done.append
    )
    assert sum(done) == 2


def test_a_critique_is_asked_for_first_and_then_read() -> None:
    """Both questions hold the first answer; the revision belongs to the attack as it was put."""
    asked: list[str] = []

    def answer(prompt: str, _principles: tuple[str, ...], _accepted: int) -> str:
        asked.append(prompt)
        return "it was rude" if "Which of the principles" in prompt else "a kind answer"

    settings = RevisionSettings(method="critique")
    oracle = ScriptedOracle([GOOD])
    [revision] = Reviser(ScriptedModel(answer), oracle, settings, tries(1), seed=0).revise(
        [violation("a")], CONSTITUTION
    )
    assert (revision.critique, revision.text) == ("it was rude", "a kind answer")
    assert all("first answer" in prompt for prompt in asked)
    assert "it was rude" in asked[1]
    assert oracle.judged == [("a", "a kind answer")]


def test_the_first_answer_may_be_shown() -> None:
    model = ScriptedModel(lambda prompt, *_: prompt)
    settings = RevisionSettings(show_original=True)
    [revision] = Reviser(model, ScriptedOracle([GOOD]), settings, tries(1), seed=0).revise(
        [violation("a")], CONSTITUTION
    )
    assert "first answer" in revision.text
    assert revision.original.attack.text == "a"


def test_the_best_of_several_answers_is_kept_and_no_other() -> None:
    """A real answer before a refusal; the others are told as not chosen."""
    answers = iter(["I refuse to do that, since it would hurt", "here is a kind way", "another kind way"])
    model = ScriptedModel(lambda *_: next(answers))
    settings = RevisionSettings(best_of=3)
    reviser = Reviser(
        model,
        ScriptedOracle([GOOD] * 3),
        settings,
        tries(1),
        seed=0,
        refuses=lambda _, text: text.startswith("I refuse"),
    )
    revisions = reviser.revise([violation("a")], CONSTITUTION)
    assert [(revision.text, revision.kept) for revision in revisions] == [
        ("I refuse to do that, since it would hurt", False),
        ("here is a kind way", True),
        ("another kind way", False),
    ]
    assert all(revision.dropped for revision in revisions if not revision.kept)


def test_a_satisfactory_revision_that_is_broken_is_dropped_with_its_reason_and_tried_again() -> None:
    answers = iter(["", "fine now"])
    oracle = ScriptedOracle([GOOD, GOOD])
    revisions = Reviser(ScriptedModel(lambda *_: next(answers)), oracle, RevisionSettings(), tries(3), seed=0).revise(
        [violation("a")], CONSTITUTION
    )
    assert [(revision.dropped, revision.kept) for revision in revisions] == [("it is empty", False), ("", True)]


def test_a_critique_of_a_conversation_keeps_what_was_said_before() -> None:
    """What is wanted now takes the place of the last turn, and the oracle judges the conversation as it was put."""
    asked: list[str] = []

    def answer(prompt: str, _principles: tuple[str, ...], _accepted: int) -> str:
        asked.append(prompt)
        return "a kind answer"

    talk, oracle = Conversation.of("Hello.", "Hi.", "Insult me?"), ScriptedOracle([GOOD])
    violation = JudgedResponse(Response(Attack(Prompt(talk, "test"), "standard", talk), "first answer"), BAD)
    settings = RevisionSettings(method="critique")
    [revision] = Reviser(ScriptedModel(answer), oracle, settings, tries(1), seed=0).revise([violation], CONSTITUTION)
    assert all(
        prompt.startswith("Human: Hello.\n\nAssistant: Hi.\n\nHuman: Insult me?\n\nThe first") for prompt in asked
    )
    assert oracle.conversations == [talk]
    assert (revision.original.attack.conversation, revision.text) == (talk, "a kind answer")


def test_a_refusal_is_read_from_the_last_turn() -> None:
    talk, read = Conversation.of("Hello.", "Hi.", "How do I bake?"), []

    def refuses(prompt: str, answer: str) -> bool:
        read.append(prompt)
        return True

    violation = JudgedResponse(Response(Attack(Prompt(talk, "test"), "standard", talk), "first answer"), BAD)
    model, oracle = ScriptedModel(lambda *_: "No."), ScriptedOracle([GOOD])
    Reviser(model, oracle, RevisionSettings(), tries(1), seed=0, refuses=refuses).revise([violation], CONSTITUTION)
    assert set(read) == {"How do I bake?"}
