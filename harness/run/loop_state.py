"""Where a run's loop begins: at its start, or after the last finished round and what people did since."""

from __future__ import annotations

from harness.run.open_run import OpenRun
from harness.store.resume import ResumeState
from iteralign.core.principle_outcome import PrincipleOutcome
from iteralign.core.records import Constitution, Principle
from iteralign.loop import LoopState


def starting_state(
    run: OpenRun, start: Constitution, stored: ResumeState | None
) -> tuple[LoopState, tuple[PrincipleOutcome, ...]]:
    """The loop's state, and what is known of principles: people may have changed an interrupted run's.

    `stored` is None for a new run, which starts from `start`.
    """
    if stored is None:
        return LoopState(constitution=start), ()
    state = _stored_state(stored)
    edited = run.store.constitutions.in_force(run.run_id)
    approved = run.store.constitutions.review(run.run_id, state.round + 1).state == "approved"
    if edited and not approved:
        state.constitution = Constitution(edited.principles, edited.version)
    # With an approval the round is gone through again from where it began, and comes to what was approved.
    texts = run.store.constitutions.retired(run.run_id)
    retired = [PrincipleOutcome(Principle(text, (), 0), "retired", "a person retired it") for text in texts]
    return state, (*stored.outcomes, *retired)


def _stored_state(stored: ResumeState) -> LoopState:
    return LoopState(
        round=stored.last_round,
        drawn=frozenset(stored.drawn_prompts),
        constitution=stored.constitution,
        pairs=stored.training_pairs,
        accepted_rounds=stored.accepted_rounds,
        skipped_in_a_row=stored.skipped_rounds,
        clean_in_a_row=stored.clean_batches,
    )
