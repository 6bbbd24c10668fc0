"""From what lm-eval logged to scores, for tasks that are not ours too."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from lm_eval.api.metrics import mean, perplexity

from harness.evaluation.requests import Notes
from harness.evaluation.scores import scores_of
from tasks.refusals import NOT_ENGLISH


def task(metric: str = "acc", aggregate: Any = mean, better: bool | None = True) -> Any:
    return SimpleNamespace(
        OUTPUT_TYPE="multiple_choice",
        config=SimpleNamespace(target_delimiter=" "),
        eval_docs=[],
        higher_is_better=lambda: {metric: better},
        aggregation=lambda: {metric: aggregate},
    )


def logged(value: Any, *log_likelihoods: float, metric: str = "acc", **more: Any) -> dict[str, Any]:
    return {
        "doc_id": 7,
        "doc": {"question": "Why?"},
        "target": 0,
        "arguments": [("Q: Why?\nA:", f" choice {n}") for n in range(len(log_likelihoods) or 1)],
        "filtered_resps": [(value, False) for value in log_likelihoods] or ["So."],
        "filter": "none",
        "metrics": [metric],
        metric: value,
    } | more


def test_a_stock_accuracy_of_nan_is_invalid() -> None:
    """lm-eval calls it right, since argmax of NaN is the first."""
    (score,) = scores_of("arc", task(), [logged(1.0, math.nan, math.nan)], {}, Notes())
    assert (score.status, score.samples[0].status) == ("invalid", "invalid")
    assert "the log-likelihood of choice 1 of 2 is nan" in score.reason


def test_a_stock_accuracy_by_a_tie_counts_as_wrong() -> None:
    """While a clear one stays right."""
    (score,) = scores_of("arc", task(), [logged(1.0, -3.0, -3.0), logged(1.0, -3.0, -4.0, doc_id=8)], {}, Notes())
    assert [sample.value for sample in score.samples] == [0.0, 1.0]


def test_the_response_is_the_choice_rated_highest() -> None:
    """And the prompt the question, without its solved examples."""
    (score,) = scores_of("arc", task(), [logged(0.0, -3.0, -1.0)], {}, Notes())
    assert (score.samples[0].prompt, score.samples[0].response) == ("Why?", "choice 1")
    assert score.samples[0].item_id == "7"


def test_an_answer_from_broken_logits_is_invalid() -> None:
    """Though lm-eval scored its text."""
    (score,) = scores_of(
        "arc", task("exact_match"), [logged(1.0, metric="exact_match")], {}, Notes(unmeasured={"Q: Why?\nA:"})
    )
    assert score.samples[0].reason == "the model's logits were not finite while it generated"


def test_filters_keep_their_scores_apart() -> None:
    """Under lm-eval's own names."""
    entries = [logged(1.0, metric="exact_match", filter=name) for name in ("strict", "flexible")]
    found = scores_of("arc", task("exact_match"), entries, {}, Notes())
    assert [score.key for score in found] == ["arc/exact_match,strict", "arc/exact_match,flexible"]


def test_a_value_that_is_no_mean_is_taken_as_lm_eval_gives_it() -> None:
    """Without samples, since none of them could be paired."""
    entry = logged(-2.0, metric="perplexity")
    (score,) = scores_of("arc", task("perplexity", perplexity, False), [entry], {"perplexity,none": 7.4}, Notes())
    assert (score.value, score.samples, score.higher_is_better) == (7.4, (), False)
    (broken,) = scores_of("arc", task("perplexity", perplexity, False), [entry], {"perplexity,none": math.nan}, Notes())
    assert (broken.value, broken.status) == (None, "invalid")


def test_a_metric_without_a_number_for_each_item_is_invalid() -> None:
    """It is never taken for 0 or 1."""
    (score,) = scores_of("arc", task("f1"), [logged((0, 1), -1.0, -2.0, metric="f1")], {}, Notes())
    assert score.status == "invalid"


def test_a_tie_of_normalised_accuracy_counts_as_wrong_too() -> None:
    """By characters or bytes, as lm-eval divides them; the space before a choice is not counted."""
    entry = logged(1.0, -3.0, -6.0, metric="acc_norm", arguments=[("Q", " abc"), ("Q", " abcdef")])
    (score,) = scores_of("arc", task("acc_norm"), [entry], {}, Notes())
    assert score.value == 0.0
    clear = logged(1.0, -2.0, -6.0, metric="acc_norm", arguments=[("Q", " abc"), ("Q", " abcdef")])
    assert scores_of("arc", task("acc_norm"), [clear], {}, Notes())[0].value == 1.0


def test_several_gold_choices_must_beat_the_rest() -> None:
    """Of two right ones, one may tie with the other."""
    tied, clear = (logged(1.0, *values, target=[0, 1]) for values in ((-3.0, -4.0, -3.0), (-3.0, -3.0, -4.0)))
    (score,) = scores_of("arc", task(), [tied, clear], {}, Notes())
    assert [sample.value for sample in score.samples] == [0.0, 1.0]


def test_an_item_of_lm_evals_own_is_named_by_its_number() -> None:
    """Ids repeat in some of its data sets; items named alike could not be paired."""
    entries = [logged(1.0, -3.0, -4.0, doc={"question": "Why?", "id": "same"}, doc_id=number) for number in (1, 2)]
    (score,) = scores_of("arc", task(), entries, {}, Notes())
    assert [sample.item_id for sample in score.samples] == ["1", "2"]


def test_one_unmeasured_answer_spoils_a_value_that_is_no_mean() -> None:
    """lm-eval would aggregate over its text."""
    entries = [logged(1.0, metric="perplexity", doc_id=number) for number in range(200)]
    entries[7]["arguments"] = [("broken", "")]
    notes = Notes(unmeasured={"broken"})
    (score,) = scores_of("arc", task("perplexity", perplexity, False), entries, {"perplexity,none": 7.4}, notes)
    assert (score.status, score.value, score.invalid_items) == ("invalid", None, 1)


def test_an_answer_that_the_refusal_reader_can_not_read_says_why() -> None:
    """Instead of that NaN is no finite number."""
    entry = logged(math.nan, metric="over_refusal") | {"doc": {"id": "a", "prompt": "How?"}}
    entry["filtered_resps"] = ["Das kann ich leider nicht tun."]
    generating = task("over_refusal", better=False)
    generating.OUTPUT_TYPE = "generate_until"
    (score,) = scores_of("over_refusal_xstest", generating, [entry], {}, Notes())
    assert score.samples[0].reason == NOT_ENGLISH
