"""The loop, with scripted parts that ship with the package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from harness_base.errors import OracleError
from iteralign.constitution.discovery import Discovery
from iteralign.constitution.settings import ConstitutionSettings
from iteralign.core.events import (
    ConstitutionChanged,
    Decided,
    Judged,
    PrinciplesDecided,
    Revised,
    RoundFinished,
    RoundStarted,
    StageAdvanced,
    StageStarted,
    Trained,
)
from iteralign.core.records import (
    Attack,
    Constitution,
    GateDecision,
    JudgedResponse,
    Principle,
    Prompt,
    Response,
    TrainingPair,
    Verdict,
)
from iteralign.core.settings import LoopSettings, TrainingSettings
from iteralign.encoding.answers import NOTHING
from iteralign.loop import Loop, LoopState
from iteralign.revision.filtering import refuses_nothing
from iteralign.revision.reviser import RevisionSettings
from iteralign.scripted import ListRecorder, ScriptedGate, ScriptedModel

ACCEPT, REJECT = GateDecision("accept", ("better",)), GateDecision("reject", ("worse",))
PRINCIPLE = "Do not mock anyone who asks."
PROMPTS = [Prompt(f"question {number}", "test") for number in range(40)]
HARMLESS = [TrainingPair("h", "hello", "hi", "replayed_harmless")]


class BadWordOracle:
    """Judges by a word in the answer, and proposes one principle from all violations."""

    def __init__(self, label_of_unknown: str = "satisfactory") -> None:
        self.unknown = label_of_unknown

    def judge(self, items: Sequence[tuple[str, str]], *, advance: object = None) -> list[Verdict]:
        return [self._verdict(answer) for _, answer in items]

    def _verdict(self, answer: str) -> Verdict:
        if answer == "bad":
            return Verdict("violation", "rude", "a bad word")
        return Verdict("satisfactory") if self.unknown == "satisfactory" else Verdict("unscored", reason="unreadable")

    def propose(self, groups: Sequence[Sequence[JudgedResponse]], *, round_number: int) -> list[list[Principle]]:
        evidence = [tuple(one.response.attack.prompt.id for one in group) for group in groups]
        return [[Principle(PRINCIPLE, prompts, round_number)] for prompts in evidence]


class OneUnscored(BadWordOracle):
    """Can't read the answer "odd"."""

    def _verdict(self, answer: str) -> Verdict:
        return Verdict("unscored", reason="unreadable") if answer == "odd" else super()._verdict(answer)


def draw(drawn: frozenset[str], round_number: int) -> list[Attack]:
    left = [prompt for prompt in PROMPTS if prompt.id not in drawn]
    return [Attack(prompt, "standard", prompt.text) for prompt in left[:5]]


def learns(prompt: str, principles: tuple[str, ...], accepted: int) -> str:
    """Bad until a candidate is accepted, unless the principle stands in the context."""
    return "good" if accepted or PRINCIPLE in principles else "bad"


def loop(
    model: ScriptedModel,
    decisions: Sequence[GateDecision] = (),
    *,
    filtered: bool = True,
    needed: bool = True,
    strengths: tuple[float, ...] = (1.0,),
    **settings: Any,
) -> tuple[Loop, ListRecorder]:
    recorder, oracle = ListRecorder(), BadWordOracle()
    given, constitution = LoopSettings(**{"min_evidence": 2} | settings), ConstitutionSettings(needed=needed)
    made = Loop(
        model,
        oracle,
        ScriptedGate(decisions),
        recorder,
        Discovery(model, oracle, constitution, given, harmless=[], refuses=refuses_nothing),
        draw=draw,
        harmless=HARMLESS,
        settings=given,
        training=TrainingSettings(batch_size=1, strengths=strengths),
        revision=RevisionSettings(filtered=filtered),
        constitution=constitution,
        seed=0,
    )
    return made, recorder


def test_a_model_that_learns_converges_after_one_accepted_round() -> None:
    model = ScriptedModel(learns)
    made, recorder = loop(model, [ACCEPT])
    assert made.run() == "converged"
    assert [event.status for event in recorder.of(RoundFinished)] == ["accepted", "clean", "clean"]
    assert [principle.text for principle in made.state.constitution.principles] == [PRINCIPLE]


def test_a_candidate_trains_on_the_accepted_revisions_and_on_replay() -> None:
    model = ScriptedModel(learns)
    loop(model, [ACCEPT])[0].run()
    assert [(pair.answer, pair.kind) for pair in model.trained[0]] == [("good", "revision")] * 5 + [
        ("hi", "replayed_harmless")
    ]


def test_batches_are_drawn_without_replacement() -> None:
    made, recorder = loop(ScriptedModel(lambda *_: "bad"), max_rounds=9, patience=9)
    assert made.run() == "prompts_used_up"
    asked = [one.response.attack.prompt.id for event in recorder.of(Judged) for one in event.judged]
    assert sorted(asked) == sorted(prompt.id for prompt in PROMPTS)


def test_a_rejected_candidate_is_dropped_and_tried_again_more_gently_then_skipped() -> None:
    model = ScriptedModel(learns)
    made, _ = loop(model, [REJECT] * 4, gate_retries=1, patience=2)
    assert made.run() == "patience"
    assert [candidate.name for candidate in model.discarded] == ["r1a1", "r1a2", "r2a1", "r2a2"]
    rates = [candidate.settings.learning_rate for candidate in model.discarded[:2]]
    assert rates[1] == rates[0] / 2
    assert made.state.pairs == ()


IMPROVED_NOTHING = GateDecision("inconclusive", ("nothing got better",), retry=False)
MAY_HAVE_HARMED = GateDecision("inconclusive", ("over-refusal is open",), retry=True)


@pytest.mark.parametrize(
    ("decisions", "taken"),
    [
        ([ACCEPT, ACCEPT, ACCEPT], "r1a3"),
        ([ACCEPT, ACCEPT, REJECT], "r1a2"),
        ([ACCEPT, IMPROVED_NOTHING], "r1a1"),
        ([IMPROVED_NOTHING, ACCEPT, MAY_HAVE_HARMED], "r1a2"),
    ],
)
def test_the_strongest_candidate_that_the_gate_lets_through_is_taken(decisions: list[GateDecision], taken: str) -> None:
    """All are strengths of one training, and a stronger one is not tried once one did harm, or may have done."""
    model = ScriptedModel(learns)
    made, recorder = loop(model, decisions, strengths=(0.25, 0.5, 1.0), max_rounds=1)
    made.run()
    assert [candidate.name for candidate in model.accepted] == [taken]
    assert made.gate.taken == model.accepted
    assert len(model.trained) == 1
    assert [event.decision for event in recorder.of(Decided)] == decisions
    assert [event.candidate.steps for event in recorder.of(Trained)] == [3, 6, 12]


def test_a_gentle_candidate_that_does_harm_is_the_last_of_its_training() -> None:
    """What follows is a gentler training, whose attempts count on."""
    model = ScriptedModel(learns)
    made, recorder = loop(model, [MAY_HAVE_HARMED, ACCEPT, ACCEPT], strengths=(0.5, 1.0), gate_retries=1, max_rounds=1)
    made.run()
    assert [event.candidate.name for event in recorder.of(Decided)] == ["r1a1", "r1a3", "r1a4"]
    assert [candidate.name for candidate in model.discarded] == ["r1a1", "r1a2"]
    assert [candidate.name for candidate in model.accepted] == ["r1a4"]


@pytest.mark.parametrize("strengths", [(), (0.5,), (0.5, 0.5, 1.0), (1.0, 0.5), (0.0, 1.0), (0.5, 1.5)])
def test_strengths_rise_to_the_whole_training(strengths: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="strengths"):
        TrainingSettings(strengths=strengths)


def test_an_inconclusive_candidate_is_not_accepted() -> None:
    model = ScriptedModel(learns)
    made, _ = loop(model, [GateDecision("inconclusive", ("too few items",))], gate_retries=0, patience=1)
    assert made.run() == "patience"
    assert model.accepted == []


def test_nothing_is_trained_when_no_revision_is_satisfactory() -> None:
    model = ScriptedModel(lambda *_: "bad")
    made, recorder = loop(model, patience=1)
    made.state = LoopState(constitution=Constitution((Principle(PRINCIPLE, ("a",), 1),), version=1))
    assert made.run() == "patience"
    assert model.trained == []
    assert recorder.of(RoundFinished)[0].reason == (
        "none of 5 violations was mended by a revision that may be trained on"
    )


def test_a_principle_with_too_little_evidence_waits() -> None:
    made, recorder = loop(ScriptedModel(learns), min_evidence=6, patience=1)
    assert made.run() == "patience"
    assert made.state.constitution.principles == ()
    assert recorder.of(RoundFinished)[0].reason == "no principle had enough evidence and proved its worth"


def test_unscored_answers_are_no_violations_and_too_many_of_them_stop_the_run() -> None:
    made, recorder = loop(ScriptedModel(lambda *_: "gibberish"))
    made.oracle = BadWordOracle(label_of_unknown="unscored")
    with pytest.raises(OracleError, match="5 of 5 answers unscored"):
        made.run()
    assert len(recorder.of(Judged)) == 1  # what was judged is kept


def test_a_batch_without_violations_is_not_clean_while_an_answer_could_not_be_judged() -> None:
    made, recorder = loop(ScriptedModel(lambda prompt, *_: "odd" if prompt.endswith("1") else "fine"), patience=1)
    made.oracle = OneUnscored()
    assert made.run() == "patience"
    assert recorder.of(RoundFinished) == [
        RoundFinished(1, "skipped", "no answer was judged a violation, but 1 of 5 could not be judged")
    ]


def test_too_few_revisions_are_not_worth_a_candidate() -> None:
    model = ScriptedModel(lambda prompt, *rest: learns(prompt, *rest) if prompt.endswith(("1", "2")) else "good")
    made, _ = loop(model, min_evidence=3, patience=1)
    known = Principle(PRINCIPLE, ("a", "b", "c"), 1)
    made.state = LoopState(constitution=Constitution((known,), version=1))
    assert made.run() == "patience"
    assert model.trained == []


def test_a_constitution_that_mends_too_few_violations_is_not_trained_on() -> None:
    lucky = ScriptedModel(lambda prompt, principles, _: "good" if principles and prompt.endswith("0") else "bad")
    made, recorder = loop(lucky, min_evidence=1, patience=1)
    made.state = LoopState(constitution=Constitution((Principle(PRINCIPLE, ("a",), 1),), version=1))
    assert made.run() == "patience"
    assert lucky.trained == []
    assert recorder.of(RoundFinished)[0].reason == (
        "only 1 of 5 violations were mended and may be trained on, less than the 30% of loop.min_revised"
    )


def test_a_candidate_that_improved_nothing_is_not_tried_again_more_gently() -> None:
    model = ScriptedModel(learns)
    decision = GateDecision("inconclusive", ("nothing went up",), retry=False)
    made, _ = loop(model, [decision], gate_retries=2, patience=1)
    assert made.run() == "patience"
    assert len(model.trained) == 1


def test_a_loop_goes_on_from_a_stored_state() -> None:
    whole, _ = loop(ScriptedModel(lambda *_: "bad"), max_rounds=3, patience=9)
    whole.run()
    first, _ = loop(ScriptedModel(lambda *_: "bad"), max_rounds=2, patience=9)
    first.run()
    second, recorder = loop(ScriptedModel(lambda *_: "bad"), max_rounds=3, patience=9)
    second.state = LoopState(round=2, drawn=first.state.drawn, constitution=first.state.constitution)
    second.run()
    assert recorder.of(RoundStarted) == [RoundStarted(3)]
    assert second.state.drawn == whole.state.drawn


def test_a_gentler_training_has_a_lower_rate_fewer_steps_and_more_replay() -> None:
    before = TrainingSettings(learning_rate=1e-3, epochs=4, max_steps=9, replayed_harmless=10, replayed_revisions=6)
    after = before.scaled(0.5)
    assert (after.learning_rate, after.epochs, after.max_steps) == (5e-4, 2, 4)
    assert (after.replayed_harmless, after.replayed_revisions) == (20, 12)


def test_a_person_may_look_at_new_principles_before_anything_is_made_of_them() -> None:
    """What the reviewer gives back is what the round revises with; where nothing changed nobody is asked."""
    asked: list[tuple[int, Constitution]] = []
    other = Constitution((Principle("Be honest.", (), 0),), version=7)

    def review(number: int, constitution: Constitution) -> Constitution:
        asked.append((number, constitution))
        return other

    made, recorder = loop(ScriptedModel(learns), patience=1)
    made.review = review
    made.run()
    assert [number for number, _ in asked] == [1]
    assert made.state.constitution == other
    assert recorder.of(ConstitutionChanged)[0].constitution == other


def test_a_review_that_waits_leaves_nothing_trained() -> None:
    class WaitError(Exception):
        pass

    def wait(_number: int, _constitution: Constitution) -> Constitution:
        raise WaitError

    model = ScriptedModel(learns)
    made, recorder = loop(model)
    made.review = wait
    with pytest.raises(WaitError):
        made.run()
    assert model.trained == []
    assert recorder.of(Revised) == []


def test_what_became_of_each_proposal_is_told() -> None:
    made, recorder = loop(ScriptedModel(learns), [ACCEPT])
    made.run()
    [event] = recorder.of(PrinciplesDecided)
    [principle] = event.outcomes
    assert (event.round_number, principle.outcome) == (1, "adopted")
    assert principle.effect
    assert principle.effect.share == 1.0


def test_as_published_every_revision_is_trained_on() -> None:
    """Good or bad, and without a constitution where none was proposed."""
    model = ScriptedModel(lambda *_: "bad")
    made, _ = loop(model, [ACCEPT], min_evidence=9, max_rounds=1, filtered=False, needed=False, min_revised=0.0)
    made.run()
    assert {pair.answer for pair in model.trained[0]} == {"bad", "hi"}


def test_a_batch_with_a_missing_answer_is_not_clean() -> None:
    """A model that came to no answer has not been found satisfactory."""

    class Silent(ScriptedModel):
        def generate(self, attacks: Sequence[Attack], *_: Any, **__: Any) -> list[Response]:
            first, *others = attacks
            return [Response(first, "", unanswered=NOTHING), *(Response(attack, "good") for attack in others)]

    made, recorder = loop(Silent(lambda *_: "good"), max_rounds=1)
    made.run()
    [finished] = recorder.of(RoundFinished)
    assert finished.status == "skipped"
    assert "1 of 5 could not be judged" in finished.reason


def test_every_part_of_a_round_counts_to_its_end_one_by_one() -> None:
    """Answers and verdicts apart; what is only the heading of its parts has no count of its own."""

    class Counting(BadWordOracle):
        def judge(self, items: Sequence[tuple[str, str]], *, advance: Any = None) -> list[Verdict]:
            for _ in items:
                advance(1)
            return super().judge(items)

    made, recorder = loop(ScriptedModel(learns), [ACCEPT])
    oracle = Counting()
    made.oracle = oracle
    made.discoverer = Discovery(
        made.model,
        oracle,
        ConstitutionSettings(),
        LoopSettings(min_evidence=2),
        harmless=[Attack(Prompt("hello", "test"), "standard", "hello")],
        refuses=refuses_nothing,
    )
    made.run()
    counts: list[tuple[str, int, list[int]]] = []
    for event in recorder.events:
        if isinstance(event, StageStarted):
            counts.append((event.stage, event.total, []))
        elif isinstance(event, StageAdvanced):
            counts[-1][2].append(event.done)
    counted = [one for one in counts if one[0] not in ("propose", "revise", "gate", "train")]
    assert {"revise: writing answers, try 1", "revise: judging answers, try 1"} <= {name for name, *_ in counted}
    assert {"propose: answering under a principle", "propose: judging those answers"} <= {name for name, *_ in counted}
    assert [(name, sum(told)) for name, _, told in counted] == [(name, total) for name, total, _ in counted]
    assert all(max(told) == 1 for _, _, told in counted)
