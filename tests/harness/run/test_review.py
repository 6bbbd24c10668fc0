"""A constitution that a person has to approve before the run goes on."""

from __future__ import annotations

import pytest

from harness.config.schema import RunConfig
from harness.run.review import StoredReview, check_not_pending
from harness.store import Store
from harness_base.errors import ReviewPendingError
from iteralign.core.records import Constitution, Principle

CONFIG = RunConfig.model_validate({"model": {"path": "sandbox"}})
PROPOSED = Constitution((Principle("Do not steal.", (), 1),), version=1)


@pytest.fixture
def run_id(store: Store) -> int:
    return store.runs.start(name="calm-owl", model="m", oracle="o", seed=0, config={}, environment={}, practice=False)


def test_a_new_constitution_waits_for_a_person(store: Store, run_id: int) -> None:
    with pytest.raises(ReviewPendingError, match="calm-owl waits in round 1"):
        StoredReview(CONFIG, store, run_id)(1, PROPOSED)
    assert store.constitutions.review(run_id, 1).state == "pending"
    with pytest.raises(ReviewPendingError):
        check_not_pending(CONFIG, store, run_id)


def test_what_was_approved_takes_its_place(store: Store, run_id: int) -> None:
    review = StoredReview(CONFIG, store, run_id)
    with pytest.raises(ReviewPendingError):
        review(1, PROPOSED)
    store.constitutions.edit(
        run_id, action="approve", principles=PROPOSED.principles, round_number=1, made_by="ann", why="good"
    )
    check_not_pending(CONFIG, store, run_id)
    assert review(1, Constitution()).principles == PROPOSED.principles
