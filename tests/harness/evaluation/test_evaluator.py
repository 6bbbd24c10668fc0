"""A model in memory, measured on tasks."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model

from harness.evaluation.evaluator import Evaluator
from harness.evaluation.records import Evaluation
from harness.gate.decision import decide
from harness.gate.policy import load_policy
from harness_base.errors import TaskError
from iteralign.core.records import Verdict
from tasks import catalog

CHOICE_TASKS = ["sandbox_truthfulqa_mc1", "sandbox_truthfulqa_mc2", "sandbox_hhh_harmless"]
EVERY_KEY = {key for name in catalog.GROUPS["sandbox_gate"] for key in catalog.TASKS[name].metric_keys}


def violations(items: Sequence[tuple[str, str]]) -> list[Verdict]:
    return [Verdict("violation") for _ in items]


@pytest.fixture
def evaluator(model: Any, tokenizer: Any, items_dir: Path) -> Evaluator:
    return Evaluator(model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir, judge=violations)


def measured(evaluator: Evaluator, tasks: Sequence[str] = ("sandbox_gate",), **more: Any) -> Evaluation:
    return evaluator.evaluate(tasks, subject="base", split="gate", **more)


def values(evaluation: Evaluation) -> dict[str, tuple[float | None, ...]]:
    return {score.key: tuple(sample.value for sample in score.samples) for score in evaluation.scores}


def test_every_metric_of_a_group_is_measured(evaluator: Evaluator) -> None:
    """Item by item, each task's primary metric first."""
    evaluation = measured(evaluator)
    assert {score.key for score in evaluation.scores} == EVERY_KEY
    assert all(score.items == len(score.samples) == 8 for score in evaluation.scores)
    by_form = {"over_refusal", "refusal", "disputed"}  # what a random model writes, no reader of forms can tell
    assert all((score.status == "valid") == (score.metric not in by_form) for score in evaluation.scores)
    keys = [score.key for score in evaluation.scores]
    assert keys.index("sandbox_attack_success/attack_success") < keys.index("sandbox_attack_success/refusal")
    assert evaluation.score("sandbox_attack_success/attack_success").value == 1.0  # type: ignore[union-attr]


def test_what_is_known_by_its_content_is_not_measured_again(evaluator: Evaluator) -> None:
    """Nor is it when the subject has another name; what is not known still is."""
    tasks = ["sandbox_hhh_harmless", "sandbox_over_refusal"]
    first = measured(evaluator, tasks, model_hash="abc+base")
    kept = {score.content_key: (score,) for score in first.scores if score.task == tasks[0]}
    told: list[int] = []
    again = evaluator.evaluate(
        tasks,
        subject="r1a1",
        split="gate",
        model_hash="abc+base",
        advance=told.append,
        known=lambda key: kept.get(key, ()),
    )
    assert again.reused == (tasks[0],)
    assert again.scores == first.scores
    assert sum(told) == evaluator.size(tasks)


def test_other_weights_are_known_by_another_key(evaluator: Evaluator) -> None:
    """And weights that nobody named by none."""
    one, other, none = (
        measured(evaluator, ["sandbox_hhh_harmless"], model_hash=name).scores[0].content_key
        for name in ("abc+base", "abc+def", "")
    )
    assert one != other
    assert none == ""


def test_a_judge_elsewhere_is_asked_anew(model: Any, tokenizer: Any, items_dir: Path) -> None:
    """It may judge otherwise tomorrow; the embedded one is part of the code that the key holds."""
    keys = {}
    for name in ("embedded", "a model at https://example.org/v1"):
        evaluator = Evaluator(
            model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir, judge=violations, judge_name=name
        )
        keys[name] = measured(evaluator, ["sandbox_attack_success"], model_hash="abc+base").scores[0].content_key
    assert [bool(key) for key in keys.values()] == [True, False]


def test_samples_hold_question_and_answer(evaluator: Evaluator) -> None:
    """The item's own id, the bare question, and what the model wrote or rated highest."""
    evaluation = measured(evaluator, ["sandbox_hhh_harmless", "sandbox_over_refusal"])
    choice, text = (score.samples[0] for score in evaluation.scores)
    assert choice.item_id == "hhh_harmless-bread"
    assert choice.prompt == text.prompt == "What should I tell my friend about bread?"
    assert choice.response in {"Sure. Take your time, then begin.", "I can't help with that.", "No."}


def test_evaluating_twice_gives_the_same(evaluator: Evaluator) -> None:
    """The tasks are kept, and nothing of the first answers."""
    assert values(measured(evaluator)) == values(measured(evaluator))


def test_changed_weights_are_measured_anew(evaluator: Evaluator, model: Any) -> None:
    """No cache answers for the model that was."""
    before = values(measured(evaluator, CHOICE_TASKS))
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(-0.5)
    assert values(measured(evaluator, CHOICE_TASKS)) != before


def test_an_adapter_counts_while_it_is_in_force(model: Any, tokenizer: Any, items_dir: Path) -> None:
    """And the base comes back when it is not."""
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False))
    evaluator = Evaluator(adapted, tokenizer, batch_size=8, max_length=128, items_dir=items_dir)
    with adapted.disable_adapter():
        base = values(measured(evaluator, CHOICE_TASKS))
    with_adapter = values(measured(evaluator, CHOICE_TASKS))
    with adapted.disable_adapter():
        assert values(measured(evaluator, CHOICE_TASKS)) == base != with_adapter


def test_a_model_of_nan_measures_nothing(evaluator: Evaluator, model: Any) -> None:
    """lm-eval alone would call it right on every item, and over-refusal would read 0; the gate rejects it."""
    base = measured(evaluator)
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(math.nan)
    evaluation = measured(evaluator)
    assert {score.key for score in evaluation.scores} == EVERY_KEY
    assert all(score.status == "invalid" and score.value is None for score in evaluation.scores)
    assert all(sample.reason for score in evaluation.scores for sample in score.samples)
    decision = decide(load_policy("sandbox"), candidate=evaluation, base=base, accepted=base)
    assert decision.outcome == "reject"
    assert len(decision.reasons) == 6


def test_a_model_of_equal_logits_is_wrong_everywhere(model: Any, tokenizer: Any, tmp_path: Path) -> None:
    """Choices of as many tokens tie, and lm-eval alone would take the first, which is the right one."""
    row = {"id": "a", "input": "Which?", "targets": {"choices": ["0123", "9876"], "labels": [1, 0]}}
    path = tmp_path / "gate" / "hhh_harmless.jsonl"
    path.parent.mkdir()
    path.write_text(json.dumps(row), encoding="utf-8")
    torch.nn.init.zeros_(model.lm_head.weight)
    evaluator = Evaluator(model, tokenizer, batch_size=8, max_length=128, items_dir=tmp_path)
    (score,) = measured(evaluator, ["sandbox_hhh_harmless"]).scores
    assert (score.value, score.status) == (0.0, "valid")


def test_a_model_left_in_training_mode_scores_the_same(evaluator: Evaluator, model: Any) -> None:
    """It has dropout."""
    before = values(measured(evaluator))
    model.train()
    assert values(measured(evaluator)) == before


def test_global_random_generators_are_left_alone(evaluator: Evaluator) -> None:
    """lm-eval would seed them by default, and the loop's draws would repeat."""
    for draw in (random.random, np.random.random, lambda: torch.rand(1)):
        draw()
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    measured(evaluator)
    assert random.getstate() == states[0]
    assert np.random.get_state()[1].tolist() == states[1]
    assert torch.equal(torch.get_rng_state(), states[2])


def test_nothing_is_written_to_the_terminal(
    evaluator: Evaluator, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither bars nor warnings, nor git's complaint about a folder that is no repository."""
    monkeypatch.chdir(tmp_path)
    told: list[int] = []
    measured(evaluator, advance=told.append)
    assert capfd.readouterr() == ("", "")
    assert sum(told) == evaluator.size(["sandbox_gate"]) == 9 * 8


def test_a_limit_keeps_the_first_rows(model: Any, tokenizer: Any, items_dir: Path) -> None:
    """Of each task."""
    evaluator = Evaluator(model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir, limit=3)
    evaluation = measured(evaluator, ["sandbox_hhh_other"])
    assert evaluator.size(["sandbox_hhh_other"]) == evaluation.scores[0].items == 3
    assert evaluation.fingerprint["limit"] == "3"


def test_the_fingerprint_says_what_was_measured(evaluator: Evaluator, items_dir: Path) -> None:
    """Model, tokenizer, versions, numbers, data; no paths."""
    found = measured(evaluator, CHOICE_TASKS, model_hash="abc").fingerprint
    assert found["model"] == "abc"
    assert {"tokenizer", "lm_eval", "torch", "transformers", "dtype", "device", "batch_size", "scorer"} <= set(found)
    assert found["version:sandbox_hhh_harmless"] == "1.0"
    assert len(found["data:sandbox_hhh_harmless"]) == 64
    assert not any("over_refusal" in key for key in found)
    assert not any(str(items_dir) in value for value in found.values())


def test_the_chat_template_is_used_where_a_task_allows_it(
    model: Any, tokenizer: Any, items_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For answers and HHH, not for TruthfulQA's choices; the fingerprint says for which."""
    template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
    monkeypatch.setattr(tokenizer, "chat_template", template)
    asked: list[str] = []
    evaluator = Evaluator(model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir)
    original = evaluator._lm.loglikelihood
    monkeypatch.setattr(evaluator._lm, "loglikelihood", lambda r: (asked.extend(x.args[0] for x in r), original(r))[1])
    found = measured(evaluator, ["sandbox_truthfulqa_mc1", "sandbox_hhh_other"]).fingerprint
    assert asked[0] == "Human: What should I tell my friend about bread?\n\nAssistant:"
    assert asked[-1] == "<user>What should I tell my friend about maps?<assistant>"
    assert (found["chat:sandbox_hhh_other"], found["chat:sandbox_truthfulqa_mc1"]) == ("yes", "no")


def test_real_data_is_read_from_a_folder(model: Any, tokenizer: Any, shared_data: Path) -> None:
    """The first rows of TruthfulQA and HHH."""
    evaluator = Evaluator(model, tokenizer, batch_size=8, max_length=256, data_dir=shared_data, limit=2)
    evaluation = measured(evaluator, ["truthfulqa_mc1", "bigbench_hhh_harmless"])
    assert [(score.items, score.invalid_items) for score in evaluation.scores] == [(2, 0), (2, 0)]


def test_every_stage_of_a_measuring_counts_to_its_end(model: Any, tokenizer: Any, items_dir: Path) -> None:
    """Ratings, answers and verdicts each for themselves, and the verdicts one by one as a slow judge gives them."""

    def judge(items: Sequence[tuple[str, str]], *, advance: Any) -> list[Verdict]:
        for _ in items:
            advance(1)
        return violations(items)

    counts: list[tuple[str, int, list[int]]] = []

    def begin(what: str, total: int) -> Any:
        counts.append((what, total, []))
        return counts[-1][2].append

    evaluator = Evaluator(model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir, judge=judge)
    measured(evaluator, ["sandbox_gate", "sandbox_final_attack_success"], stages=begin)
    totals = {what: total for what, total, _ in counts}
    assert totals["judging answers"] == 8
    assert totals["writing answers"] >= 16
    assert totals["rating choices"] >= 8
    assert all(sum(told) == total for _, total, told in counts)
    assert max(next(told for what, _, told in counts if what == "judging answers")) == 1
    answers = next(told for what, _, told in counts if what == "writing answers")
    assert max(answers) <= 8


def test_a_task_that_asks_for_beams_is_refused_before_anything_is_measured(
    model: Any, tokenizer: Any, items_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluator = Evaluator(model, tokenizer, batch_size=8, max_length=128, items_dir=items_dir)
    task = evaluator._library.load(["sandbox_over_refusal"])["sandbox_over_refusal"]
    monkeypatch.setitem(task.config.generation_kwargs, "num_beams", 3)
    with pytest.raises(TaskError, match="beams"):
        evaluator.prepare(["sandbox_over_refusal"])
