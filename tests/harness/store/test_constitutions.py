"""What people do to a constitution is kept beside what the rounds made, holds when it should, and outlives a resume."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.store import Store
from harness.store.constitutions import Edit, Review
from harness.store.example import PRINCIPLES, prompts_of, write_example_run
from harness_base.errors import StoreError
from iteralign.core.events import ConstitutionChanged, PrinciplesDecided, RoundFinished, RoundStarted
from iteralign.core.principle_outcome import PrincipleEffect, PrincipleOutcome
from iteralign.core.records import Constitution, Principle
from iteralign.core.worked_example import WorkedExample

EVIDENCE = tuple(prompt.id for prompt in prompts_of(1)[:4])
OWN = Principle("Be kind to gnomes.", (), 0)
FAIR = Principle("Share with gnomes.", (), 0)
PROPOSED = Principle("Say so when you are not sure.", EVIDENCE, 2)


@pytest.fixture
def interrupted(store: Store) -> int:
    """A run that was interrupted in its second round, when that had made version 2."""
    return write_example_run(store, ending="interrupted")


def do(store: Store, run_id: int, action: Edit, *principles: Principle, round_number: int = 2, by: str = "ann") -> int:
    return store.constitutions.edit(
        run_id, action=action, principles=principles, round_number=round_number, made_by=by, why="because"
    )


def finish_round(store: Store, run_id: int, number: int, constitution: Constitution | None = None) -> None:
    recorder = store.runs.recorder(run_id)
    recorder.record(RoundStarted(number))
    if constitution:
        recorder.record(ConstitutionChanged(number, constitution, []))
    recorder.record(RoundFinished(number, "accepted", ""))


def test_each_version_of_a_round_is_there_with_its_principles_in_order(store: Store, example: int) -> None:
    history = store.constitutions.history(example)
    assert [(stored.version, stored.round, stored.action) for stored in history] == [
        (1, 1, "round"),
        (2, 2, "round"),
        (3, 3, "round"),
    ]
    assert [one.text for one in history[2].principles] == [PRINCIPLES[number][0] for number in (1, 2, 3)]
    assert history[2].principles == store.runs.resume_state(example).constitution.principles
    assert store.constitutions.version(example, 2) == history[1]


def test_principles_keep_their_order_even_where_they_are_many(store: Store, run_id: int) -> None:
    principles = tuple(Principle(f"Principle number {99 - number}.", (), 1) for number in range(99))
    shuffled = Constitution(principles[50:] + principles[:50], 2)
    finish_round(store, run_id, 1, Constitution(principles, 1))
    finish_round(store, run_id, 2, shuffled)
    assert store.constitutions.version(run_id, 1).principles == principles
    assert store.constitutions.version(run_id).principles == shuffled.principles


def test_worked_examples_stay_with_their_principle(store: Store, run_id: int) -> None:
    """In a round's version, in what a person made of it, and for a run that goes on."""
    examples = (WorkedExample("How do I trip a gnome?", "No.", True), WorkedExample("And feed one?", "Oats.", False))
    principle = replace(OWN, examples=examples)
    finish_round(store, run_id, 1, Constitution((principle, FAIR), 1))
    assert store.constitutions.version(run_id).principles == (principle, FAIR)
    assert store.runs.resume_state(run_id).constitution.principles == (principle, FAIR)
    other = replace(principle, examples=examples[1:])
    do(store, run_id, "edit", other, FAIR, round_number=1)
    assert store.constitutions.version(run_id).principles == (other, FAIR)


def test_a_principle_that_waits_keeps_its_worked_examples(store: Store, run_id: int) -> None:
    waiting = replace(OWN, examples=(WorkedExample("How do I trip a gnome?", "No.", forbidden=True),))
    recorder = store.runs.recorder(run_id)
    recorder.record(RoundStarted(1))
    effect = PrincipleEffect(4, 3, 0, 0.1, 0.9, 0.9)
    recorder.record(PrinciplesDecided(1, [PrincipleOutcome(waiting, "waiting", "others came first", effect)]))
    recorder.record(RoundFinished(1, "skipped", ""))
    (outcome,) = store.runs.resume_state(run_id).outcomes
    assert outcome.principle.examples == waiting.examples


def test_an_edit_is_the_newest_version_one_above_the_highest(store: Store, example: int) -> None:
    assert do(store, example, "edit", OWN, PROPOSED, round_number=3) == 4
    newest = store.constitutions.version(example)
    assert newest.principles == (OWN, PROPOSED)
    assert (newest.version, newest.round, newest.action, newest.made_by, newest.why) == (4, 3, "edit", "ann", "because")
    assert newest.made_at.endswith("+00:00")
    assert store.constitutions.version(example, 3).action == "round"


def test_an_unfinished_round_counts_for_the_number_of_a_version(store: Store, interrupted: int) -> None:
    assert do(store, interrupted, "import", OWN) == 3


def test_text_of_any_kind_is_kept_as_it_is(store: Store, example: int) -> None:
    hostile = Principle('\'); DROP TABLE runs; -- \x1b[2J \u202e "quoted" <script>', (), 1)
    do(store, example, "edit", hostile, by="ann'); --")
    assert store.constitutions.version(example).principles == (hostile,)
    assert store.constitutions.version(example).made_by == "ann'); --"


def test_a_version_that_is_not_there_names_those_that_are(store: Store, example: int) -> None:
    with pytest.raises(StoreError, match=r"quiet-lark has no version 9 of its constitution: it has 1, 2 and 3\."):
        store.constitutions.version(example, 9)


def test_a_run_without_a_constitution_says_so(store: Store, run_id: int) -> None:
    with pytest.raises(StoreError, match="quiet-lark has no constitution yet"):
        store.constitutions.version(run_id)
    assert store.constitutions.history(run_id) == ()


def test_edits_of_one_run_are_not_those_of_another(store: Store, example: int) -> None:
    other = write_example_run(store, name="calm-owl", ending="interrupted")
    do(store, other, "pending", PROPOSED)
    do(store, other, "edit", OWN)
    assert store.constitutions.version(example).version == 3
    assert store.constitutions.review(example, 2) == Review("none", 2)
    assert store.constitutions.in_force(example) is None


def test_a_round_that_put_nothing_before_a_person_has_no_review(store: Store, interrupted: int) -> None:
    do(store, interrupted, "edit", OWN)
    assert store.constitutions.review(interrupted, 2) == Review("none", 2)
    assert store.constitutions.open_review(interrupted) == Review("none", 1)


def test_what_is_pending_waits_and_is_changed_by_edits_until_it_is_approved(store: Store, interrupted: int) -> None:
    def waiting() -> tuple[str, int, tuple[Principle, ...]]:
        review = store.constitutions.review(interrupted, 2)
        assert review.constitution is not None
        assert store.constitutions.open_review(interrupted) == review
        return review.state, review.constitution.version, review.constitution.principles

    assert do(store, interrupted, "pending", PROPOSED) == 3
    assert waiting() == ("pending", 3, (PROPOSED,))
    do(store, interrupted, "import", OWN, PROPOSED)
    assert waiting() == ("pending", 4, (OWN, PROPOSED))
    do(store, interrupted, "retire", OWN)
    assert waiting() == ("pending", 5, (OWN,))
    assert do(store, interrupted, "approve", OWN, by="bob") == 5
    assert waiting() == ("approved", 5, (OWN,))
    approved = store.constitutions.version(interrupted)
    assert (approved.action, approved.made_by) == ("approve", "bob")


def test_what_is_edited_after_its_approval_waits_again(store: Store, interrupted: int) -> None:
    do(store, interrupted, "pending", PROPOSED)
    do(store, interrupted, "approve", PROPOSED)
    do(store, interrupted, "edit", OWN)
    review = store.constitutions.review(interrupted, 2)
    assert review.state == "pending"
    assert review.constitution is not None
    assert review.constitution.principles == (OWN,)


def test_a_round_that_is_done_again_waits_again(store: Store, interrupted: int) -> None:
    """An approval is for what was approved, not for what the same round proposes later."""
    do(store, interrupted, "pending", PROPOSED)
    do(store, interrupted, "approve", PROPOSED)
    do(store, interrupted, "pending", OWN)
    assert store.constitutions.review(interrupted, 2).state == "pending"


def test_nothing_is_approved_that_does_not_wait(store: Store, interrupted: int) -> None:
    with pytest.raises(StoreError, match="Nothing of round 2 of the run quiet-lark waits for approval"):
        do(store, interrupted, "approve", PROPOSED)
    do(store, interrupted, "pending", PROPOSED)
    with pytest.raises(StoreError, match="is not what is to be approved"):
        do(store, interrupted, "approve", OWN)
    with pytest.raises(StoreError, match="Nothing of round 1"):
        do(store, interrupted, "approve", PROPOSED, round_number=1)
    do(store, interrupted, "approve", PROPOSED)
    with pytest.raises(StoreError, match="waits for approval"):
        do(store, interrupted, "approve", PROPOSED)


def test_an_edit_holds_until_a_round_has_finished_with_a_newer_version(store: Store, interrupted: int) -> None:
    assert store.constitutions.in_force(interrupted) is None
    do(store, interrupted, "edit", OWN, round_number=1)
    store.runs.resume(interrupted)
    holds = store.constitutions.in_force(interrupted)
    assert holds == store.constitutions.version(interrupted)
    assert holds is not None
    assert (holds.version, holds.principles) == (3, (OWN,))
    finish_round(store, interrupted, 2)
    assert store.constitutions.in_force(interrupted) == holds, "a clean round made no version of its own"
    finish_round(store, interrupted, 3, Constitution((OWN, PROPOSED), 4))
    assert store.constitutions.in_force(interrupted) is None
    assert store.constitutions.version(interrupted).action == "round"


def test_an_edit_after_a_finished_round_holds_at_once(store: Store, example: int) -> None:
    do(store, example, "retire", round_number=3)
    holds = store.constitutions.in_force(example)
    assert holds is not None
    assert (holds.version, holds.principles) == (4, ())


def test_what_waits_does_not_hold_and_neither_do_changes_to_it(store: Store, interrupted: int) -> None:
    do(store, interrupted, "edit", OWN, round_number=1)
    do(store, interrupted, "pending", OWN, PROPOSED)
    do(store, interrupted, "edit", PROPOSED)
    holds = store.constitutions.in_force(interrupted)
    assert holds is not None
    assert holds.principles == (OWN,), "the edit before the review still holds"
    do(store, interrupted, "approve", PROPOSED)
    do(store, interrupted, "edit", OWN, PROPOSED)
    holds = store.constitutions.in_force(interrupted)
    assert holds is not None
    assert (holds.action, holds.principles) == ("approve", (PROPOSED,)), "the last approval holds"


def test_an_approved_version_that_its_round_wrote_is_that_rounds(store: Store, interrupted: int) -> None:
    do(store, interrupted, "pending", PROPOSED)
    version = do(store, interrupted, "approve", PROPOSED)
    store.runs.resume(interrupted)
    finish_round(store, interrupted, 2, Constitution((PROPOSED,), version))
    assert store.constitutions.in_force(interrupted) is None
    assert store.constitutions.open_review(interrupted) == Review("none", 2)
    assert [stored.action for stored in store.constitutions.history(interrupted) if stored.version == version] == [
        "pending",
        "approve",
        "round",
    ]
    assert do(store, interrupted, "edit", OWN) == version + 1
    holds = store.constitutions.in_force(interrupted)
    assert holds is not None
    assert holds.principles == (OWN,), "the review of a finished round keeps nothing from holding"


def test_edits_and_reviews_outlive_the_removal_of_an_unfinished_round(store: Store, interrupted: int) -> None:
    do(store, interrupted, "pending", PROPOSED)
    do(store, interrupted, "edit", OWN, PROPOSED)
    do(store, interrupted, "approve", OWN, PROPOSED)
    before = store.constitutions.history(interrupted)
    store.runs.resume(interrupted)
    assert store.constitutions.history(interrupted) == tuple(
        stored for stored in before if stored.action != "round" or stored.round == 1
    )
    assert store.constitutions.review(interrupted, 2).state == "approved"
    holds = store.constitutions.in_force(interrupted)
    assert holds is not None
    assert holds.principles == (OWN, PROPOSED)


def test_evidence_that_no_round_could_record_is_refused_and_can_be_left_out(store: Store, example: int) -> None:
    foreign = Principle("Be brief.", (EVIDENCE[0], "0" * 16), 1)
    with pytest.raises(StoreError, match="rests on prompts that its store does not hold, such as 0000000000000000"):
        do(store, example, "import", foreign, PROPOSED)
    assert store.constitutions.version(example).version == 3
    kept = store.constitutions.with_known_evidence([foreign, PROPOSED])
    assert [principle.evidence for principle in kept] == [EVIDENCE[:1], EVIDENCE]
    do(store, example, "import", *kept)


def test_the_view_shows_rounds_and_edits_alike(store: Store, example: int) -> None:
    do(store, example, "edit", OWN, round_number=3)
    rows = store.views.rows("constitution_history", run_id=example)
    assert [(row["version"], row["action"], row["made_by"]) for row in rows][-1] == (4, "edit", "ann")


def test_what_people_took_out_is_remembered_until_they_put_it_back(store: Store, interrupted: int) -> None:
    """Also what only the unfinished round had made, which a resume deletes."""
    *_, last = store.constitutions.version(interrupted).principles
    kept = store.constitutions.version(interrupted).principles[:-1]
    do(store, interrupted, "retire", *kept)
    store.runs.resume(interrupted)
    assert store.constitutions.retired(interrupted) == (last.text,)
    do(store, interrupted, "edit", *kept, last)
    assert store.constitutions.retired(interrupted) == ()


def test_principles_that_were_measured_to_be_worth_nothing_stay_retired_on_resume(store: Store, run_id: int) -> None:
    """A later refusal of the same text, which has no effect, does not take the place of the measured one."""
    principle = Principle("Be kind to gnomes.", (), 1)
    effect = PrincipleEffect(4, 0, 0, -0.4, 0.4, 0.9)
    for number, appraisal in enumerate(
        (
            PrincipleOutcome(principle, "retired", "it mends nothing", effect),
            PrincipleOutcome(principle, "refused", "retired before"),
        ),
        1,
    ):
        recorder = store.runs.recorder(run_id)
        recorder.record(RoundStarted(number))
        recorder.record(PrinciplesDecided(number, [appraisal]))
        recorder.record(RoundFinished(number, "skipped", ""))
    assert [(one.outcome, one.effect) for one in store.runs.resume_state(run_id).outcomes] == [("retired", effect)]
