"""Models other than the practice model: other architectures, a chat template, real benchmark data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GPTNeoXConfig, Qwen2Config

from harness.assembly.measurement import evaluate_model
from harness.config.schema import EvalConfig, ModelConfig
from harness.progress import SilentProgress
from harness.run.pipeline import align_and_eval
from harness.store import Store
from iteralign.sandbox import PRACTICE_MODEL_DIR

TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}\n\n{% else %}Human: {{ m.content }}\n\n"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
SMALL = {"vocab_size": 1024, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}


def random_model(config: Any, folder: Path) -> Path:
    """A model with random weights and the practice model's tokenizer."""
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(PRACTICE_MODEL_DIR).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    "config",
    [
        GPTNeoXConfig(**SMALL, num_attention_heads=2, max_position_embeddings=1024),
        Qwen2Config(**SMALL, num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=1024),
    ],
    ids=["gpt_neox", "qwen2"],
)
def test_a_model_of_another_architecture_is_measured_on_real_data(
    config: Any, tmp_path: Path, shared_data: Path
) -> None:
    settings = EvalConfig(
        model=ModelConfig(path=str(random_model(config, tmp_path / "model"))),
        tasks=("truthfulqa_mc1", "bigbench_hhh_harmless"),
        data_dir=shared_data,
        limit=5,
    )
    evaluation = evaluate_model(settings, progress=SilentProgress())
    assert [(score.key, score.status, score.items) for score in evaluation.scores] == [
        ("truthfulqa_mc1/acc", "valid", 5),
        ("bigbench_hhh_harmless/acc", "valid", 5),
    ]


@pytest.mark.slow
def test_a_model_with_a_chat_template_is_aligned_and_the_report_says_what_was_insisted_on(
    short_config: Any, tmp_path: Path
) -> None:
    folder = shutil.copytree(PRACTICE_MODEL_DIR, tmp_path / "chatty")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": TEMPLATE}))
    config = short_config(
        tmp_path / "runs", **{"model.path": str(folder), "allow_practice": True, "loop.max_rounds": 1}
    )
    outcome = align_and_eval(config, progress=SilentProgress())
    with Store.open(outcome.store_path, create=False) as store:
        rounds = store.views.rows("round_overview")
        scores = store.views.rows("evaluation_overview")
    assert rounds[0]["violations"] > 10
    assert json.loads(scores[0]["fingerprint"])["chat:sandbox_attack_success"] == "yes"
    assert "insisted" in (outcome.report_dir / "report.md").read_text(encoding="utf-8")
