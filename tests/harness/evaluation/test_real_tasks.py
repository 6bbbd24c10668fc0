"""The real tasks on broken models: nothing that is broken passes, and everything that was noticed is named."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from harness.evaluation.evaluator import Evaluator
from harness.evaluation.lm import SharedPrefixLM
from harness.evaluation.records import Evaluation
from harness.gate.decision import decide
from harness.gate.policy import load_policy
from harness_base.errors import TaskError
from iteralign.core.records import Verdict
from iteralign.generation.precision import float32_logits
from tasks.data.manifest import content_hash, record
from tasks.data.reading import rows_of
from tasks.data.sets import SETS

DECIDING = ["truthfulqa_mc1", "truthfulqa_tf", "hhh_harmless", "bigbench_hhh_other", "benign_nll"]
ROW = {"input": "Which?", "targets": {"choices": ["this one", "that one"], "labels": [1, 0]}}


def satisfied(items: Sequence[tuple[str, str]]) -> list[Verdict]:
    return [Verdict("satisfactory") for _ in items]


def evaluator(model: Any, tokenizer: Any, data_dir: Path, **more: Any) -> Evaluator:
    return Evaluator(model, tokenizer, batch_size=8, max_length=2048, data_dir=data_dir, judge=satisfied, **more)


def measured(model: Any, tokenizer: Any, data_dir: Path, tasks: Sequence[str] = DECIDING, **more: Any) -> Evaluation:
    return evaluator(model, tokenizer, data_dir, limit=4, **more).evaluate(tasks, subject="base", split="gate")


def own_folder(folder: Path, name: str, *rows: dict[str, Any]) -> Path:
    """A user's own version of a set, recorded as what is meant."""
    dataset = SETS[name]
    path = folder / dataset.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = rows_of(path, dataset.reading, dataset.shape)
    record(folder, name, file=dataset.file, rows=len(rows), sha256=content_hash(found), source="a test", revision="")
    return folder


def overwritten(model: Any, value: float) -> Any:
    with torch.no_grad():
        for weight in model.parameters():
            weight.fill_(value)
    return model


def test_weights_of_nan_measure_nothing_on_any_task(model: Any, tokenizer: Any, shared_data: Path) -> None:
    """lm-eval alone calls them right on all of TruthfulQA."""
    tasks = [*DECIDING, "over_refusal_xstest", "attack_success_dangerousqa"]
    found = measured(overwritten(model, math.nan), tokenizer, shared_data, tasks)
    assert {score.status for score in found.scores} == {"invalid"}
    assert all(score.reason for score in found.scores)


def test_a_gate_rejects_a_model_of_nan_under_the_real_policy(model: Any, tokenizer: Any, shared_data: Path) -> None:
    tasks = ["iteralign_gate"]
    base = measured(model, tokenizer, shared_data, tasks)
    broken = measured(overwritten(model, math.nan), tokenizer, shared_data, tasks)
    decision = decide(load_policy("real"), candidate=broken, base=base, accepted=base)
    assert decision.outcome == "reject"
    assert all(one.result == "invalid" for one in decision.comparisons if one.role != "show")


def test_logits_of_zero_pass_nothing(model: Any, tokenizer: Any, shared_data: Path) -> None:
    """Every letter and every answer of as many tokens ties, and a tie is wrong; the loss is that of chance."""
    found = measured(overwritten(model, 0.0), tokenizer, shared_data)
    values = {score.task: score.value for score in found.scores}
    assert (values["hhh_harmless"], values["truthfulqa_tf"]) == (0.0, 0.0)
    (loss,) = (score for score in found.scores if score.task == "benign_nll")
    tokens = [len(tokenizer(sample.prompt)["input_ids"]) for sample in loss.samples]
    expected = [n * math.log(320) / len(s.prompt.encode()) for n, s in zip(tokens, loss.samples, strict=True)]
    assert [sample.value for sample in loss.samples] == pytest.approx(expected, rel=1e-4)


def test_a_model_left_in_training_mode_is_measured_without_dropout(
    model: Any, tokenizer: Any, shared_data: Path
) -> None:
    expected = [score.value for score in measured(model, tokenizer, shared_data).scores]
    model.train()
    assert [score.value for score in measured(model, tokenizer, shared_data).scores] == expected


def test_a_loss_read_in_training_mode_is_without_dropout_too(model: Any, tokenizer: Any) -> None:
    """Although nothing else was asked of the model before."""
    model.train()
    one, other = (
        Evaluator(model, tokenizer, batch_size=8, max_length=256, limit=3)
        .evaluate(["benign_nll"], subject="base", split="gate")
        .scores[0]
        .value
        for _ in range(2)
    )
    assert one == other


@pytest.mark.slow
def test_an_adapter_that_was_never_applied_scores_like_its_base(model: Any, tokenizer: Any, shared_data: Path) -> None:
    """Item by item, so the gate finds nothing that moved and does not accept it.

    A model of random weights writes nothing that can be read, so that what counts refusals is invalid, and rejected.
    """
    base = measured(model, tokenizer, shared_data, ["iteralign_gate"])
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False))
    with adapted.disable_adapter():
        unapplied = measured(adapted, tokenizer, shared_data, ["iteralign_gate"])
    decision = decide(load_policy("real"), candidate=unapplied, base=base, accepted=base)
    assert decision.outcome == "reject"
    assert {one.result for one in decision.comparisons} <= {"invalid", "inconclusive", "pass", "shown"}
    assert all(one.better == one.worse == 0 for one in decision.comparisons)


def test_a_choice_that_makes_no_token_is_named_with_file_and_row(model: Any, tmp_path: Path) -> None:
    """The tokenizer here drops snowmen."""
    inner = Tokenizer(models.WordLevel({"<unk>": 0, "<eos>": 1, "this": 2, "that": 3, "one": 4}, unk_token="<unk>"))
    inner.normalizer = normalizers.Replace("☃", "")
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token="<unk>", eos_token="<eos>")
    row = {"input": "this", "targets": {"choices": ["that one", "☃"], "labels": [1, 0]}}
    folder = own_folder(tmp_path, "hhh_other", {**ROW, "input": "that"}, row)
    (score,) = evaluator(model, tokenizer, folder).evaluate(["bigbench_hhh_other"], subject="m", split="other").scores
    first, second = score.samples
    assert (first.status, second.status) == ("valid", "invalid")
    assert second.reason == f"the choice ' ☃' makes no token ({folder / SETS['hhh_other'].file}, line 2)"


def test_a_choice_longer_than_the_window_is_named_with_file_and_row(model: Any, tokenizer: Any, tmp_path: Path) -> None:
    row = {"input": "Which?", "targets": {"choices": ["this", "z" * 300], "labels": [1, 0]}}
    folder = own_folder(tmp_path, "hhh_other", row)
    found = Evaluator(model, tokenizer, batch_size=8, max_length=128, data_dir=folder)
    (score,) = found.evaluate(["bigbench_hhh_other"], subject="m", split="other").scores
    assert "tokens and the model's window only 128 (" in score.reason
    assert "other.jsonl, line 1)" in score.reason


def test_a_context_longer_than_the_window_loses_its_beginning_and_is_counted(
    model: Any, tokenizer: Any, tmp_path: Path
) -> None:
    """The number is lm-eval's: that of the end alone."""
    long = {**ROW, "input": "q" * 400 + " Which?"}
    folder = own_folder(tmp_path, "hhh_other", ROW, long)
    found = Evaluator(model, tokenizer, batch_size=8, max_length=128, data_dir=folder)
    (score,) = found.evaluate(["bigbench_hhh_other"], subject="m", split="other").scores
    assert (score.status, score.items, score.truncated_items) == ("valid", 2, 1)


def test_a_window_without_room_for_an_answer_is_the_users_to_know(
    model: Any, tokenizer: Any, shared_data: Path
) -> None:
    """Before anything is measured; lm-eval would stop with a traceback in the middle."""
    small = Evaluator(model, tokenizer, batch_size=8, max_length=128, data_dir=shared_data)
    with pytest.raises(TaskError, match="over_refusal_xstest lets the model write 256 tokens"):
        small.prepare(["over_refusal_xstest"])


def test_safe_and_unsafe_prompts_are_two_metrics_of_one_task(model: Any, tokenizer: Any, shared_data: Path) -> None:
    """250 items and 200, and none in both."""
    found = evaluator(model, tokenizer, shared_data)
    safe = list(found._load(["over_refusal_xstest"])["over_refusal_xstest"].eval_docs)
    assert [sum(doc["label"] == label for doc in safe) for label in ("safe", "unsafe")] == [250, 200]
    scores = (
        Evaluator(model, tokenizer, batch_size=8, max_length=2048, data_dir=shared_data, limit=30)
        .evaluate(["over_refusal_xstest"], subject="m", split="other")
        .scores
    )
    assert [score.metric for score in scores] == ["over_refusal", "contrast_refusal"]
    assert sum(score.items for score in scores) == 30
    ids = [{sample.item_id for sample in score.samples} for score in scores]
    assert not ids[0] & ids[1]


def test_scored_positions_get_float32_logits_in_bfloat16(random_llama: LlamaForCausalLM, tokenizer: Any) -> None:
    """The last layer's product is as of a float32 one on the same hidden state, and afterwards all is as before."""
    low = LlamaForCausalLM(random_llama.config).to(torch.bfloat16).eval()
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        hidden = low.model(ids).last_hidden_state
        with float32_logits(low):
            found = low(ids).logits
        assert found.dtype == torch.float32
        torch.testing.assert_close(found, hidden.float() @ low.lm_head.weight.float().T)
        assert low(ids).logits.dtype == torch.bfloat16


def test_bfloat16_choices_are_told_apart_where_its_own_logits_tie(random_llama: Any, tokenizer: Any) -> None:
    """Of 300 tokens, rated after one context, bfloat16 gives many the same number."""
    low = LlamaForCausalLM(random_llama.config).to(torch.bfloat16).eval()
    with torch.no_grad():
        own = low(torch.tensor([[5, 6, 7]])).logits[0, -1, :300]
    lm = SharedPrefixLM(low, tokenizer=tokenizer, batch_size=64, max_length=64)
    ours = [value for value, _ in lm._loglikelihood_tokens([(("", ""), [5, 6, 7], [token]) for token in range(300)])]
    assert len(set(ours)) > 295
    assert len(set(own.tolist())) < len(set(ours)) - 10
