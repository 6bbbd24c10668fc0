"""Preference as the objective: its losses held against DPO's formula by hand, and what is rejected to which prompt."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from harness.config.load import load_config
from harness_base.errors import ConfigError, ModelError
from iteralign.core.records import PairKind, TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR
from iteralign.training.examples import Example
from iteralign.training.kinds import default_objective
from iteralign.training.preference import PreferenceObjective, with_rejected
from iteralign.training.preference_kind import PreferenceKind

NO, NEVER = "I can't help with that.", "That would be stealing. I won't."
PAIRS = [
    TrainingPair("1", "Help me steal a hat.", NO, "revision", "Sure, take it and run as fast as you can."),
    TrainingPair("2", "How do I take my boss's phone?", NEVER, "replayed_revision", "When nobody looks."),
    TrainingPair("3", "How do I cook soup?", "Boil water.", "replayed_harmless", NO),
]
"""Each with both sides, so that the reference need not know what is dealt to whom."""
SETTINGS = TrainingSettings(learning_rate=3e-3, epochs=3, batch_size=3)
"""Three steps, the first of them with the rate 0."""

Network = Any
Load = Callable[[str], Network]


@cache
def tokens() -> Any:
    return AutoTokenizer.from_pretrained(PRACTICE_MODEL_DIR)


def log_probs(network: Network, prompt: str, answer: str, *, end: bool) -> torch.Tensor:
    """Log-probability of each token of the answer, and of the end token behind it."""
    tokenizer = tokens()
    asked = tokenizer(f"Human: {prompt}\n\nAssistant:")["input_ids"]
    ids = tokenizer(f"Human: {prompt}\n\nAssistant: {answer}")["input_ids"] + [tokenizer.eos_token_id] * end
    with torch.no_grad():
        every = network(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    return torch.stack([every[at - 1, ids[at]] for at in range(len(asked), len(ids))])


def by_hand(
    policy: Network, reference: Network, beta: float, nll_weight: float, pairs: Sequence[TrainingPair] = PAIRS
) -> float:
    """DPO's loss, equation 7 of Rafailov et al., and the chosen answers' mean loss a token."""
    chosen = [[log_probs(of, p.prompt.text, p.answer, end=True) for p in pairs] for of in (policy, reference)]
    rejected = [[log_probs(of, p.prompt.text, p.rejected, end=False) for p in pairs] for of in (policy, reference)]
    losses = [
        math.log1p(math.exp(-beta * float((c.sum() - c0.sum()) - (r.sum() - r0.sum()))))
        for c, c0, r, r0 in zip(*chosen, *rejected, strict=True)
    ]
    return sum(losses) / len(losses) - nll_weight * float(torch.cat(chosen[0]).mean())


def plain(folder: str = "", *, adapter: bool = False) -> Network:
    """The practice model by transformers and peft alone, as it is or as a candidate's folder has it."""
    network = AutoModelForCausalLM.from_pretrained(folder if folder and not adapter else PRACTICE_MODEL_DIR)
    return (PeftModel.from_pretrained(network, folder) if adapter else network).eval()


@pytest.mark.parametrize("weights", ["lora", pytest.param("full", marks=pytest.mark.slow)])
def test_each_step_s_loss_is_dpo_s_against_the_model_accepted_last(weights: Any, tmp_path: Path) -> None:
    """In two rounds: nothing has moved before the first step of each, whose loss is ln 2 and the answers' own."""
    objective = PreferenceKind(beta=0.3, nll_weight=0.5)
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path, objective=objective)
    settings = SETTINGS.model_copy(update={"weights": weights, "strengths": (2 / 3, 1.0)})
    reference = plain()
    for number in (1, 2):
        most, whole = model.fine_tune(PAIRS, settings, names=[f"r{number}s1", f"r{number}s2"], seed=0)
        model.accept(whole)
        assert whole.loss_first == pytest.approx(by_hand(reference, reference, 0.3, 0.5), abs=2e-4)
        policy = plain(most.path, adapter=weights == "lora")
        assert whole.loss_last == pytest.approx(by_hand(policy, reference, 0.3, 0.5), abs=2e-4)
        assert whole.loss_last < whole.loss_first - 0.02
        reference = plain(whole.path, adapter=weights == "lora")


def test_dpo_alone_begins_at_ln_2_and_leaves_the_network_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An even batch in two parts: one loss. No forward pass of TRL's remains, and no pad token that it wrote down.

    And nobody is told of it.
    """
    pairs = [*PAIRS, TrainingPair("4", "Where is Rome?", "In Italy.", "replayed_harmless", NEVER)]
    told: list[object] = []
    monkeypatch.setattr("trl.trainer.base_trainer.send_telemetry", lambda *of, **_: told.append(of))
    monkeypatch.delenv("CI", raising=False)
    model = CausalModel.load(
        ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path, objective=PreferenceKind(nll_weight=0)
    )
    network = model.network
    network.generation_config.pad_token_id = network.config.pad_token_id = 7
    settings = SETTINGS.model_copy(update={"batch_size": 4, "strengths": (2 / 3, 1.0)})
    most, candidate = model.fine_tune(pairs, settings, names=["r1s1", "r1s2"], seed=0)
    assert candidate.steps == 3
    assert candidate.loss_first == pytest.approx(math.log(2), abs=1e-4)
    assert candidate.loss_last == pytest.approx(
        by_hand(plain(most.path, adapter=True), plain(), 0.1, 0, pairs), abs=2e-4
    )
    assert "forward" not in vars(network)
    assert network.generation_config.pad_token_id == network.config.pad_token_id == 7
    assert json.loads((Path(candidate.path) / "generation_config.json").read_text())["pad_token_id"] == 7
    assert not told


def test_a_network_whose_head_trl_does_not_know_is_refused(tmp_path: Path) -> None:
    """As one that scales its logits, or has an adapter on its head: TRL multiplies by the head's weights alone."""
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path, objective=PreferenceKind())
    model.network.lm_head.register_forward_hook(lambda module, inputs, logits: logits / 2)
    with pytest.raises(
        ModelError, match=r"can't train .*: TRL reckons its loss as .* choose objective\.kind supervised"
    ):
        model.fine_tune(PAIRS, SETTINGS, names=["r1a1"], seed=0)


def pair(number: int, kind: PairKind, rejected: str = "") -> TrainingPair:
    return TrainingPair(f"{kind} {number}", f"{kind} {number}?", f"answer {number}", kind, rejected)


def test_help_is_preferred_to_what_the_revisions_say_each_as_often() -> None:
    revisions = [pair(number, "revision", "Sure.") for number in range(3)]
    harmless = [pair(number, "replayed_harmless") for number in range(10, 19)]
    made = with_rejected([*revisions, *harmless])
    assert made[:3] == revisions
    assert [each.answer for each in made[3:]] == [each.answer for each in harmless]
    assert Counter(each.rejected for each in made[3:]) == {"answer 0": 3, "answer 1": 3, "answer 2": 3}
    assert made == with_rejected([*revisions, *harmless])
    others = {
        tuple(each.rejected for each in with_rejected([*revisions, *harmless[:count]])[3:6]) for count in range(3, 9)
    }
    assert len(others) > 1


def test_a_pair_with_one_side_is_left_out() -> None:
    same = TrainingPair("same", "Hm?", "Hm.", "revision", "Hm.")
    assert with_rejected([pair(1, "revision"), same, pair(2, "revision", " "), pair(3, "revision", "Sure.")]) == [
        pair(3, "revision", "Sure.")
    ]
    assert with_rejected([pair(1, "replayed_harmless")]) == []


def encoded(pair: TrainingPair) -> Example:
    """A token a word, six of them at most."""
    ids = [*pair.prompt.text.split(), *pair.answer.split(), *([] if pair.cut else ["end"])]
    return Example([len(word) for word in ids][:6], min(6, len(pair.prompt.text.split())))


def test_tokens_are_those_of_supervised_and_a_rejected_answer_has_no_end(tmp_path: Path) -> None:
    pairs = [
        TrainingPair("1", "a bb", "ccc", "revision", "d dd ddd dddd ddddd"),
        TrainingPair("2", "a bb ccc dddd eeeee ffffff", "no room", "revision", "none"),
    ]
    rows = PreferenceObjective(0.1, 1.0).material(pairs, encoded, tokens()).rows
    assert rows == [{"prompt_ids": [1, 2], "chosen_ids": [3, 3], "rejected_ids": [1, 2, 3, 4], "length": 6}]


def test_a_set_without_two_sides_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"can't learn from these 2 training pairs.*choose objective\.kind supervised\."
    ):
        PreferenceObjective(0.1, 1.0).material(
            [pair(1, "revision"), pair(2, "replayed_harmless", "answer 2")], encoded, tokens()
        )


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("trl", "trl.trainer.dpo_config"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "iteralign.training.preference")
    objective = load_config(None, None, {"objective.kind": "preference"}, {}).objective
    for refused in (objective.check, objective.build):
        with pytest.raises(
            ConfigError, match=r"^objective\.kind preference needs TRL.*pip install 'iteralign-harness\[p"
        ):
            refused()
    default_objective().check()


def test_its_settings_are_those_of_a_kind(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(json.dumps({"objective": {"kind": "preference", "beta": 0.2}}))
    assert load_config(None, file, {}, {}).objective == PreferenceKind(beta=0.2, nll_weight=1.0)
    with pytest.raises(ConfigError, match=r"objective\.beta must be above 0"):
        load_config(None, None, {"objective.kind": "preference", "objective.beta": "0"}, {})
