"""What was measured, and when two measurements can't be compared."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from harness.evaluation import fingerprint
from harness.evaluation.evaluator import Evaluator
from harness.evaluation.loading import TaskLibrary

ONE = {"model": "a", "adapter": "none", "torch": "2.13.0", "data:t": "x" * 64, "yaml:u": "1", "scorer": "shared-prefix"}


def test_the_same_measurement_of_another_model_can_be_compared() -> None:
    """Model and adapter are what is compared."""
    assert fingerprint.difference(ONE, {**ONE, "model": "b", "adapter": "r1a1"}) == ""


def test_a_difference_is_named_with_both_values() -> None:
    found = fingerprint.difference(ONE, {**ONE, "torch": "2.14.0"})
    assert found == "torch is 2.13.0 in one and 2.14.0 in the other"


def test_long_hashes_are_named_by_their_beginning() -> None:
    found = fingerprint.difference(ONE, {**ONE, "data:t": "y" * 64})
    assert found == "the data of t is xxxxxxxxxxxx… in one and yyyyyyyyyyyy… in the other"


def test_what_is_known_of_one_only_is_a_difference() -> None:
    """A fingerprint that says nothing is no match for one that does."""
    less = {key: value for key, value in ONE.items() if key != "yaml:u"}
    assert fingerprint.difference(ONE, less) == "the definition of u is 1 in one and not known in the other"


def test_another_tasks_data_does_not_concern_a_task() -> None:
    changed = {**ONE, "yaml:u": "2"}
    assert fingerprint.difference(ONE, changed, "t") == ""
    assert fingerprint.difference(ONE, changed, "u") != ""


def test_a_scorer_that_is_not_chosen_yet_is_no_difference() -> None:
    assert fingerprint.difference(ONE, {**ONE, "scorer": "undecided"}) == ""
    assert fingerprint.difference(ONE, {**ONE, "scorer": "stock"}) != ""


def test_a_content_key_is_of_one_task_and_of_the_weights() -> None:
    """What another task was measured on does not concern it; another model or version does."""
    key = fingerprint.content_key(ONE, "t")
    assert key == fingerprint.content_key({**ONE, "yaml:u": "2"}, "t")
    others = [
        fingerprint.content_key(ONE, "u"),
        *(
            fingerprint.content_key({**ONE, **changed}, "t")
            for changed in ({"model": "b"}, {"adapter": "r1a1"}, {"torch": "2.14.0"}, {"data:t": "y"}, {"dtype": "x"})
        ),
    ]
    assert key not in others
    assert len(set(others)) == len(others)


def test_without_known_weights_there_is_no_content_key() -> None:
    assert fingerprint.content_key({**ONE, "model": ""}, "t") == ""


def test_which_scorer_was_used_does_not_change_the_content_key() -> None:
    """One that is used has shown that it gives the other's numbers."""
    assert fingerprint.content_key({**ONE, "scorer": "stock"}, "t") == fingerprint.content_key(ONE, "t")


def test_the_subject_is_model_and_adapter() -> None:
    assert fingerprint.of_subject("abc+def") == {"model": "abc", "adapter": "def"}


def test_a_tasks_fingerprint_does_not_depend_on_where_its_data_is(items_dir: Path, tmp_path: Path) -> None:
    """Version, definition and rows, and no path."""
    elsewhere = shutil.copytree(items_dir, tmp_path / "elsewhere")
    names = ["sandbox_hhh_harmless", "sandbox_over_refusal"]
    one, other = (fingerprint.of_tasks(TaskLibrary(items_dir=folder).load(names)) for folder in (items_dir, elsewhere))
    assert one == other
    assert set(one) == {f"{kind}:{name}" for kind in ("version", "yaml", "data") for name in names}


def test_another_definition_shows(items_dir: Path) -> None:
    """Here another limit of what may be written."""
    task = TaskLibrary(items_dir=items_dir).load(["sandbox_over_refusal"])["sandbox_over_refusal"]
    before = fingerprint.of_tasks({"t": task})
    task.config.generation_kwargs["max_gen_toks"] = 12
    after = fingerprint.of_tasks({"t": task})
    assert {key for key in before if before[key] != after[key]} == {"yaml:t"}


def test_an_evaluation_says_everything_that_its_scores_depend_on(model: Any, tokenizer: Any, items_dir: Path) -> None:
    evaluator = Evaluator(model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir)
    found = evaluator.evaluate(["sandbox_hhh_other"], subject="base", split="gate", model_hash="abc+base")
    assert set(found.fingerprint) == {
        "model", "adapter", "tokenizer", "chat_template", "dtype", "device", "hardware", "batch_size", "max_length",
        "limit", "seed", "scorer", "scoring_code", "iteralign-harness", "lm_eval", "torch", "transformers", "peft",
        "tokenizers", "version:sandbox_hhh_other", "yaml:sandbox_hhh_other", "data:sandbox_hhh_other",
        "chat:sandbox_hhh_other", "decoding", "end_tokens", "tokens_added", "thinking",
    }  # fmt: skip
    assert str(items_dir) not in str(found.fingerprint)
    (score,) = found.scores
    assert (score.items, score.higher_is_better, score.unit, score.family) == (8, True, "share", "sandbox_hhh_other")
