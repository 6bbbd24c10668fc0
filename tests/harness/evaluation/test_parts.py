"""Items asked in parts come to what they come to when all are asked at once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.evaluation.evaluator import Evaluator
from harness.evaluation.parts import joined, part_of
from harness.evaluation.records import Evaluation, Score, invalid_sample, score_of, valid_sample
from iteralign.core.records import Verdict

TASKS = ("sandbox_attack_success", "sandbox_hhh_harmless", "sandbox_truthfulqa_mc2")
HASH = "abc+base"


def verdicts(items: Sequence[tuple[str, str]]) -> list[Verdict]:
    return [Verdict("violation" if len(prompt) % 2 else "satisfactory") for prompt, _ in items]


@pytest.fixture
def evaluator(model: Any, tokenizer: Any, items_dir: Path) -> Evaluator:
    return Evaluator(
        model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir, judge=verdicts, judge_name="embedded"
    )


def asked(evaluator: Evaluator, rows: dict[str, Sequence[int]] | None, **more: Any) -> Evaluation:
    return evaluator.evaluate(TASKS, subject="base", split="gate", model_hash=HASH, rows=rows, **more)


def outcomes(evaluation: Evaluation) -> dict[str, dict[str, tuple[float | None, str]]]:
    return {
        score.key: {sample.item_id: (sample.value, sample.response) for sample in score.samples}
        for score in evaluation.scores
    }


def said(evaluation: Evaluation) -> dict[tuple[str, str], tuple[bool, str]]:
    """Whether each item has a value, and what was answered."""
    return {
        (key, item): (value is None, response)
        for key, items in outcomes(evaluation).items()
        for item, (value, response) in items.items()
    }


def values(evaluation: Evaluation) -> dict[tuple[str, str], float]:
    return {
        (key, item): value
        for key, items in outcomes(evaluation).items()
        for item, (value, _) in items.items()
        if value is not None
    }


def test_parts_joined_are_the_whole(evaluator: Evaluator) -> None:
    """In whatever order the rows are asked; each sample belongs to the item that it was asked for."""
    parts = [
        asked(evaluator, {TASKS[0]: [6, 1, 3], TASKS[1]: range(8)}),
        asked(evaluator, {TASKS[0]: [0, 2], TASKS[2]: [7, 5]}),
        asked(evaluator, {TASKS[0]: [7, 5, 4], TASKS[2]: [0, 1, 2, 3, 4, 6]}),
    ]
    whole, together = asked(evaluator, None), joined(joined(parts[0], parts[1]), parts[2])
    assert said(together) == said(whole)
    # Other requests beside an item move the last digits of what is computed for it.
    assert values(together) == pytest.approx(values(whole), rel=1e-3)
    assert together.fingerprint == whole.fingerprint
    assert {(score.key, score.items, score.task_items, score.content_key) for score in together.scores} == {
        (score.key, score.items, None, score.content_key) for score in whole.scores
    }


def test_a_part_says_of_how_many_it_is_one(evaluator: Evaluator) -> None:
    part = asked(evaluator, {TASKS[0]: [6, 1, 3], TASKS[1]: range(8)})
    assert {(score.task, score.items, score.task_items) for score in part.scores} == {
        (TASKS[0], 3, 8),
        (TASKS[1], 8, None),
    }


def test_items_that_were_cut_to_the_window_are_named_by_their_rows(model: Any, tokenizer: Any, items_dir: Path) -> None:
    """lm-eval numbers chosen rows by their place among the chosen."""
    narrow = Evaluator(model, tokenizer, batch_size=8, max_length=40, items_dir=items_dir, judge=verdicts)
    whole = narrow.evaluate([TASKS[1]], subject="base", split="gate")
    parts = [narrow.evaluate([TASKS[1]], subject="base", split="gate", rows={TASKS[1]: [row]}) for row in range(8)]
    assert whole.scores[0].truncated_items > 0
    assert sum(part.scores[0].truncated_items for part in parts) == whole.scores[0].truncated_items


def test_a_limit_holds_for_chosen_rows_too(model: Any, tokenizer: Any, items_dir: Path) -> None:
    limited = Evaluator(model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir, judge=verdicts, limit=4)
    assert {name: len(items) for name, items in limited.items(TASKS).items()} == dict.fromkeys(TASKS, 4)
    assert {name: len(found) for name, found in limited.clusters(TASKS).items()} == dict.fromkeys(TASKS, 4)
    part = limited.evaluate(TASKS, subject="base", split="gate", rows={TASKS[0]: [0, 1, 2, 3], TASKS[1]: [1]})
    assert {(score.task, score.items, score.task_items) for score in part.scores} == {
        (TASKS[0], 4, None),
        (TASKS[1], 1, 4),
    }


class TestWhatIsKnown:
    """A whole score serves for its parts; a part serves for itself and for parts of it, and never for the whole."""

    def known(self, scores: Sequence[Score]) -> Any:
        return lambda key: tuple(score for score in scores if score.content_key == key)

    def test_a_whole_serves_its_parts(self, evaluator: Evaluator) -> None:
        whole = asked(evaluator, None)
        part = asked(evaluator, {TASKS[0]: [6, 1]}, known=self.known(whole.scores))
        assert part.reused == (TASKS[0],)
        assert {(score.items, score.task_items) for score in part.scores} == {(2, 8)}
        assert all(outcomes(whole)[key].items() >= items.items() for key, items in outcomes(part).items())

    def test_a_part_does_not_serve_the_whole(self, evaluator: Evaluator) -> None:
        part = asked(evaluator, {TASKS[0]: range(7)})
        whole = asked(evaluator, None, known=self.known(part.scores))
        assert not whole.reused
        assert all(score.task_items is None and score.items == 8 for score in whole.scores)

    def test_a_part_serves_where_it_holds_all_that_is_asked(self, evaluator: Evaluator) -> None:
        known = self.known(asked(evaluator, {TASKS[0]: [0, 1, 2, 3]}).scores)
        assert asked(evaluator, {TASKS[0]: [3, 1]}, known=known).reused == (TASKS[0],)
        assert asked(evaluator, {TASKS[0]: [3, 4]}, known=known).reused == ()


def test_an_item_counts_once(evaluator: Evaluator) -> None:
    part = asked(evaluator, {TASKS[0]: [6, 1]})
    with pytest.raises(ValueError, match="twice on 1 items"):
        joined(part, asked(evaluator, {TASKS[0]: [1, 2]}))


def test_parts_of_two_models_are_not_joined(evaluator: Evaluator) -> None:
    part = asked(evaluator, {TASKS[0]: [6]})
    other = replace(part, fingerprint={**part.fingerprint, "adapter": "other"})
    with pytest.raises(ValueError, match="two models"):
        joined(part, other)


def test_of_a_part_as_many_may_be_invalid_as_of_the_whole() -> None:
    """One of 10 would be more than 2 %, and it may well be the only one of 100."""
    samples = (*(valid_sample(str(n), 1.0) for n in range(9)), invalid_sample("9", "unscored"))
    of_hundred = score_of("t", "m", samples, higher_is_better=True, task_items=100)
    assert (of_hundred.status, of_hundred.value) == ("valid", 1.0)
    assert score_of("t", "m", samples, higher_is_better=True).status == "invalid"
    three = (*samples[:7], *(invalid_sample(str(n), "unscored") for n in range(7, 10)))
    assert score_of("t", "m", three, higher_is_better=True, task_items=100).status == "invalid"


def test_a_part_of_a_score_is_summed_up_anew() -> None:
    score = score_of("t", "m", tuple(valid_sample(str(n), float(n < 2)) for n in range(8)), higher_is_better=True)
    part = part_of(score, {"0", "1", "7"})
    assert (part.value, part.items, part.task_items) == (2 / 3, 3, 8)
    assert part_of(score, {str(n) for n in range(8)}) == score
    assert copy.deepcopy(part) == part
