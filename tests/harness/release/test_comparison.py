"""Models side by side, as plain data."""

from __future__ import annotations

import pytest

from harness.evaluation.records import Evaluation, Score, score_of, valid_sample
from harness.release.comparison import Subject, compare
from reports.data.comparison import ComparedModels, Difference


def scored(task: str, right: int, items: int = 200, metric: str = "acc") -> Score:
    samples = tuple(
        valid_sample(f"item {n}", float(n < right), prompt=f"question {n}", response=f"{task} {right}")
        for n in range(items)
    )
    return score_of(task, metric, samples, higher_is_better=True)


def subject(name: str, *scores: Score, **fingerprint: str) -> Subject:
    return Subject(name, Evaluation("model", "other", scores, {"torch": "2.13", "model": name, **fingerprint}, 1.0))


def found(compared: ComparedModels, name: str, metric: str = "help/acc") -> Difference:
    return next(one for one in compared.differences if (one.name, one.metric) == (name, metric))


def test_every_model_is_held_against_the_first() -> None:
    compared = compare([subject(name, scored("help", right)) for name, right in (("a", 100), ("b", 130), ("c", 90))])
    assert compared.names == ("a", "b", "c")
    better, worse = found(compared, "b"), found(compared, "c")
    assert (better.change, better.better, better.worse) == (pytest.approx(0.15), 30, 0)
    assert (worse.change, worse.better, worse.worse) == (pytest.approx(-0.05), 0, 10)
    assert better.change_low is not None
    assert better.change_low > 0.0


def test_p_values_are_corrected_for_everything_that_is_compared() -> None:
    """Ten flips of which all are for the worse: 2 · 2⁻¹⁰, times two."""
    compared = compare([subject(name, scored("help", right)) for name, right in (("a", 100), ("b", 100), ("c", 90))])
    assert found(compared, "c").p == pytest.approx(2 * 2 * 2**-10)
    assert found(compared, "b").p == 1.0


def test_flips_name_the_item_its_question_and_both_answers_the_losses_first() -> None:
    mixed = score_of(
        "help", "acc",
        tuple(valid_sample(f"item {n}", float(n in (1, 2)), prompt=f"question {n}", response="new") for n in range(3)),
        higher_is_better=True,
    )  # fmt: skip
    first, second = found(compare([subject("a", scored("help", 1, 3)), subject("b", mixed)]), "b").flips[:2]
    assert (first.item, first.better, first.prompt, first.before, first.after) == (
        "item 0", False, "question 0", "help 1", "new",
    )  # fmt: skip
    assert second.better


def test_what_was_measured_differently_or_by_one_alone_has_no_difference() -> None:
    a = subject("a", scored("help", 100), scored("honest", 10))
    b = subject("b", scored("help", 130), torch="2.14")
    compared = compare([a, b])
    assert found(compared, "b").change is None
    assert "torch is 2.14 in one and 2.13 in the other" in found(compared, "b").problem
    assert found(compared, "b", "honest/acc").problem == "honest/acc is missing from b's evaluation"
    assert compared.settings["b"] == (
        "the model is b and not a",
        "torch is 2.14 in one and 2.13 in the other",
    )


def test_where_one_was_asked_a_part_both_count_on_the_same_items() -> None:
    whole = scored("help", 100)
    part = score_of("help", "acc", scored("help", 130).samples[80:160], higher_is_better=True, task_items=200)
    difference = found(compare([subject("a", whole), subject("b", part)]), "b")
    assert (difference.before, difference.after) == (20 / 80, 50 / 80)
    assert (difference.items, difference.task_items, difference.better, difference.worse) == (80, 200, 30, 0)
