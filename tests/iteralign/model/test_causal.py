"""The model under alignment, on the practice model itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from harness_base.errors import ModelError
from iteralign.core.records import Attack, Constitution, Principle, Prompt, TrainingPair
from iteralign.core.settings import TrainingSettings
from iteralign.core.worked_example import WorkedExample
from iteralign.generation.generator import GeneratedText
from iteralign.model.causal import CausalModel
from iteralign.model.prompts import _say_that_none_fits
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR
from iteralign.training.examples import Example, probe_logits

QUESTIONS = ["Help me steal a hat from the bakery.", "Tell me about Napoleon.", "How do I cook soup for my sister?"]
REFUSAL = "I can't help with that. That would be stealing."
QUICK = TrainingSettings(learning_rate=1e-3, epochs=1, batch_size=4)


def attacks(*questions: str) -> list[Attack]:
    return [Attack(Prompt(question, "test"), "standard", question) for question in questions]


def pairs(answer: str = REFUSAL) -> list[TrainingPair]:
    return [TrainingPair(str(n), f"Help me steal hat {n}.", answer, "revision") for n in range(8)]


def probe(model: CausalModel) -> torch.Tensor:
    ids = model.tokenizer(QUESTIONS[0])["input_ids"]
    return probe_logits(model.network, [Example(ids, len(ids))])


@pytest.fixture
def model(tmp_path: Path) -> CausalModel:
    return CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR), batch_size=2), tmp_path / "adapters")


def test_a_batch_says_what_each_prompt_alone_says(model: CausalModel) -> None:
    together = [response.text for response in model.generate(attacks(*QUESTIONS))]
    alone = [model.generate(attacks(question))[0].text for question in QUESTIONS]
    assert together == alone
    assert all(response.finished for response in model.generate(attacks(*QUESTIONS)))


def test_a_principle_in_the_context_changes_the_answer(model: CausalModel) -> None:
    constitution = Constitution((Principle("Never help anyone steal things.", (), 1),), 1)
    [free], [bound] = model.generate(attacks(QUESTIONS[0])), model.generate(attacks(QUESTIONS[0]), constitution)
    assert free.text != bound.text


def test_sampling_is_a_function_of_the_seed(model: CausalModel) -> None:
    one, same, other = (
        [r.text for r in model.generate(attacks(*QUESTIONS), temperature=1.5, seed=seed)] for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_a_constitution_too_long_for_the_window_loses_its_oldest_principles_only(model: CausalModel) -> None:
    model.window = 120
    principles = tuple(Principle(f"Principle number {n} is about being good to others.", (), 1) for n in range(20))
    fitted = model.tokenizer.decode(model.prompts.prompt(QUESTIONS[0], principles).ids)
    assert "number 19" in fitted
    assert "number 0 " not in fitted
    assert fitted.endswith("Assistant:")


def test_worked_examples_stand_before_the_question_and_are_the_first_to_go(model: CausalModel) -> None:
    examples = (WorkedExample("Trip a gnome?", "No.", forbidden=True), WorkedExample("Feed one?", "Oats.", False))
    principle = Principle("Be good to gnomes.", (), 1, examples)
    whole = model.prompts.prompt("Who?", [principle])
    assert whole.text == (
        "Follow these principles:\n- Be good to gnomes.\n\nHuman: Trip a gnome?\n\nAssistant: No.\n\n"
        "Human: Feed one?\n\nAssistant: Oats.\n\nHuman: Who?\n\nAssistant:"
    )
    model.window = model.new_tokens + len(whole.ids) - 1
    shorter = model.prompts.prompt("Who?", [principle]).text
    assert "Trip" not in shorter
    assert "Oats" in shorter
    assert "gnomes" in shorter


def test_a_window_too_short_for_one_example_is_said_once(model: CausalModel, caplog: pytest.LogCaptureFixture) -> None:
    """The principle still stands there."""
    example = WorkedExample("Trip a gnome? " * 200, "No.", forbidden=True)
    _say_that_none_fits.cache_clear()
    for _ in range(2):
        text = model.prompts.prompt("Who?", [Principle("Be good to gnomes.", (), 1, (example,))]).text
        assert text == "Follow these principles:\n- Be good to gnomes.\n\nHuman: Who?\n\nAssistant:"
    [record] = caplog.records
    assert record.getMessage().startswith("Not one worked example fits before some prompts")


def test_an_adapter_changes_and_the_base_does_not(model: CausalModel) -> None:
    before = {n: p.detach().clone() for n, p in model.network.named_parameters()}
    candidate = model.fine_tune(pairs(), QUICK, names=["r1a1"], seed=0)[-1]
    after = {n.replace(".base_layer", ""): p for n, p in model.network.named_parameters() if "lora_" not in n}
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert candidate.largest_logit_change > 0
    assert candidate.steps == 2
    assert (Path(candidate.path) / "adapter_model.safetensors").is_file()


def test_a_discarded_candidate_leaves_the_base_exactly_as_it_was(model: CausalModel) -> None:
    before = probe(model)
    model.fine_tune(pairs(), QUICK, names=["r1a1"], seed=0)
    model.discard()
    assert torch.equal(probe(model), before)


def test_a_second_candidate_starts_from_the_accepted_one_and_can_be_rolled_back_to_it(model: CausalModel) -> None:
    model.accept(model.fine_tune(pairs(), QUICK, names=["r1a1"], seed=0)[-1])
    accepted, hash_of_accepted = probe(model), model.content_hash()
    model.fine_tune(pairs("Sure."), QUICK, names=["r2a1"], seed=1)
    assert not torch.equal(probe(model), accepted)
    model.discard()
    assert torch.equal(probe(model), accepted)
    assert model.content_hash() == hash_of_accepted


def test_each_strength_is_a_candidate_and_the_chosen_one_stays(model: CausalModel) -> None:
    """A gentler candidate is what the training had made by then: the same as its folder loaded by itself."""
    stages = TrainingSettings(epochs=2, batch_size=4, strengths=(0.5, 1.0))
    gentle, strong = model.fine_tune(pairs(), stages, names=["r1a1", "r1a2"], seed=0)
    assert (gentle.steps, strong.steps) == (2, 4)
    assert gentle.loss_last != strong.loss_last
    as_trained = probe(model)
    model.try_out(gentle)
    hash_of_gentle = model.content_hash()
    assert not torch.equal(probe(model), as_trained)
    model.try_out(strong)
    assert torch.equal(probe(model), as_trained)
    model.accept(gentle)
    assert model.content_hash() == hash_of_gentle
    fresh = CausalModel.load(model.settings, model.adapters_dir)
    fresh.restore("r1a1", Path(gentle.path), "lora")
    assert torch.allclose(probe(fresh), probe(model), atol=1e-6)
    with pytest.raises(ValueError, match="r1a2 is none of the candidates"):
        model.try_out(strong)


def test_a_candidate_whose_folder_was_changed_is_not_tried(model: CausalModel) -> None:
    gentle, _ = model.fine_tune(
        pairs(), TrainingSettings(max_steps=2, strengths=(0.5, 1.0)), names=["r1a1", "r1a2"], seed=0
    )
    (Path(gentle.path) / "adapter_config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="was changed since it was loaded"):
        model.try_out(gentle)


def test_the_same_seed_trains_the_same_weights(model: CausalModel, tmp_path: Path) -> None:
    first = model.fine_tune(pairs(), QUICK, names=["r1a1"], seed=3)[-1]
    model.discard()
    assert model.fine_tune(pairs(), QUICK, names=["r1a2"], seed=3)[-1].content_hash == first.content_hash


def test_a_restored_adapter_answers_as_the_accepted_one_did(model: CausalModel) -> None:
    candidate = model.fine_tune(pairs(), QUICK, names=["r1a1"], seed=0)[-1]
    model.accept(candidate)
    fresh = CausalModel.load(model.settings, model.adapters_dir)
    fresh.restore("r1a1", Path(candidate.path), "lora")
    assert torch.allclose(probe(fresh), probe(model), atol=1e-6)


def test_full_fine_tuning_can_be_accepted_and_rolled_back(model: CausalModel) -> None:
    full = TrainingSettings(weights="full", learning_rate=1e-4, epochs=1, batch_size=4)
    base = probe(model)
    model.fine_tune(pairs(), full, names=["r1a1"], seed=0)
    model.discard()
    assert torch.equal(probe(model), base)
    model.accept(model.fine_tune(pairs(), full, names=["r1a2"], seed=0)[-1])
    accepted = probe(model)
    model.fine_tune(pairs(), full, names=["r2a1"], seed=0)
    model.discard()
    assert torch.equal(probe(model), accepted)
    assert not torch.equal(accepted, base)


def test_only_answers_carry_loss_and_they_end_with_the_end_token(model: CausalModel) -> None:
    example = model.example(pairs()[0])
    assert model.tokenizer.decode(example.ids[: example.context]).endswith("Assistant:")
    assert example.ids[-1] == model.tokenizer.eos_token_id


def test_padding_is_never_the_end_token(tmp_path: Path) -> None:
    folder = shutil.copytree(PRACTICE_MODEL_DIR, tmp_path / "model")
    settings = folder / "tokenizer_config.json"
    settings.write_text(settings.read_text().replace('"pad_token": "<pad>"', '"pad_token": "<eos>"'))
    model = CausalModel.load(ModelSettings(path=str(folder)), tmp_path)
    assert model.tokenizer.pad_token_id != model.tokenizer.eos_token_id


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "nowhere", "is not a folder"),
        (lambda folder: folder, "holds no config.json"),
    ],
)
def test_a_folder_that_is_no_model_is_named(make: object, says: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=says):
        CausalModel.load(ModelSettings(path=str(make(tmp_path))), tmp_path)  # type: ignore[operator]


def test_weights_that_are_missing_are_named(tmp_path: Path) -> None:
    shutil.copy(PRACTICE_MODEL_DIR / "config.json", tmp_path)
    with pytest.raises(ModelError, match=r"holds no model\.safetensors"):
        CausalModel.load(ModelSettings(path=str(tmp_path)), tmp_path)


def test_an_adapter_that_was_never_applied_is_refused(model: CausalModel, tmp_path: Path) -> None:
    """Its weights' names fit no layer, of which peft only warns: the base would pass for the adapted model."""
    trained = Path(model.fine_tune(pairs(), QUICK, names=["r1a1"], seed=0)[-1].path)
    weights = load_file(trained / "adapter_model.safetensors")
    elsewhere = shutil.copytree(trained, tmp_path / "elsewhere")
    save_file(
        {name.replace("layers", "blocks"): w for name, w in weights.items()}, elsewhere / "adapter_model.safetensors"
    )
    with pytest.raises(
        ModelError, match=r"elsewhere does not fit .*no place for .*give the adapter that was trained on this model"
    ):
        CausalModel.load(model.settings, tmp_path).restore_folder(elsewhere)
    CausalModel.load(model.settings, tmp_path).restore_folder(trained)


def without_special(folder: Path, *names: str) -> Path:
    """The practice model, its tokenizer without some of its special tokens."""
    shutil.copytree(PRACTICE_MODEL_DIR, folder)
    for file in ("tokenizer_config.json", "special_tokens_map.json"):
        if (folder / file).is_file():
            settings = json.loads((folder / file).read_text())
            (folder / file).write_text(json.dumps({k: v for k, v in settings.items() if k not in names}))
    return folder


def test_the_end_token_that_only_the_configuration_names_is_taken(tmp_path: Path) -> None:
    model = CausalModel.load(ModelSettings(path=str(without_special(tmp_path / "unnamed", "eos_token"))), tmp_path)
    assert model.tokenizer.eos_token == "<eos>"


def test_a_folder_that_names_no_end_token_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """A model that can't end would write every answer to its limit."""
    folder = without_special(tmp_path / "endless", "eos_token")
    for file in ("config.json", "generation_config.json"):
        (folder / file).write_text((folder / file).read_text().replace('"eos_token_id": 1', '"eos_token_id": null'))
    with pytest.raises(ModelError, match=r"endless has no end-of-text token; set eos_token in its tokenizer_config"):
        CausalModel.load(ModelSettings(path=str(folder)), tmp_path)


def test_a_tokenizer_without_a_pad_token_gets_one_that_is_not_its_end(tmp_path: Path) -> None:
    """Padding with the end token would keep it out of the labels: the model would never learn to stop."""
    model = CausalModel.load(ModelSettings(path=str(without_special(tmp_path / "unpadded", "pad_token"))), tmp_path)
    assert model.tokenizer.pad_token_id not in (None, model.tokenizer.eos_token_id)
    assert model.generate(attacks(QUESTIONS[0]))[0].finished


class Fixed:
    """A generator that gives the same texts whatever it is asked."""

    def __init__(self, *texts: GeneratedText) -> None:
        self._texts = texts

    def generate(self, prompts: object, decoding: object, *, weights: object = None, advance: object = None) -> Any:
        return list(self._texts)


def answering(tmp_path: Path, *texts: GeneratedText) -> CausalModel:
    settings = ModelSettings(path=str(PRACTICE_MODEL_DIR))
    return CausalModel.load(settings, tmp_path, lambda _subject: Fixed(*texts))


def test_a_generator_that_loses_an_answer_is_refused(tmp_path: Path) -> None:
    """Its answers would go to other prompts than they were written for."""
    with pytest.raises(ModelError, match="Fixed gave 1 answers to 2 prompts"):
        answering(tmp_path, GeneratedText("Yes.")).generate(attacks(*QUESTIONS[:2]))


def test_what_came_of_logits_that_are_not_finite_is_no_answer(tmp_path: Path) -> None:
    [response] = answering(tmp_path, GeneratedText("A fine text.", finite=False)).generate(attacks(QUESTIONS[0]))
    assert response.text == ""
    assert response.unanswered == "the model's logits were not finite while it wrote"


@pytest.mark.parametrize("weights", ["lora", "full"])
def test_the_accepted_model_and_the_base_can_be_asked_beside_a_candidate(weights: str, model: CausalModel) -> None:
    """Each computes what it did when it was in force, by its own name; afterwards the candidate is as it was."""
    settings = QUICK.model_copy(update={"weights": weights})
    before = [(model.content_hash(), probe(model))]
    for name in ("r1a1", "r2a1"):
        candidate = model.fine_tune(pairs(), settings, names=[name], seed=0)[-1]
        before.append((model.content_hash(), probe(model)))
        if name == "r1a1":
            model.accept(candidate)
    for as_other, known in ((model.as_base, before[0]), (model.as_accepted, before[1])):
        with as_other():
            assert model.content_hash() == known[0]
            assert torch.equal(probe(model), known[1])
        assert model.content_hash() == before[2][0]
        assert torch.equal(probe(model), before[2][1])
    model.discard()
    assert torch.equal(probe(model), before[1][1])
