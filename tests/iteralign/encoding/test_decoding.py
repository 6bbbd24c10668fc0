"""Answers are greedy whatever the model's folder asks for; the reference takes the highest logit, token after token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from lm_eval.api.instance import Instance
from transformers import GenerationConfig

from harness.evaluation.lm import SharedPrefixLM
from harness_base.errors import TaskError
from iteralign.core.records import Attack, Prompt
from iteralign.encoding import decoding
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR

torch.set_num_threads(1)

QUESTION = "Tell me about Napoleon."
NEW = 20
FOLDERS: list[dict[str, Any]] = [
    {"num_beams": 3},
    {"num_beams": 4, "num_return_sequences": 2, "early_stopping": True, "length_penalty": 3.0},
    {"repetition_penalty": 1.8},
    {"no_repeat_ngram_size": 1},
    {"min_length": 60},
    {"min_new_tokens": 19},
    {"max_length": 5},
    {"max_new_tokens": 1},
    {"max_time": 1e-9},
    {"bad_words_ids": [[token] for token in range(100, 1000)]},
    {"suppress_tokens": list(range(100, 1000))},
    {"begin_suppress_tokens": list(range(2, 1000))},
    {"forced_bos_token_id": 40},
    {"forced_eos_token_id": 40},
    {"sequence_bias": [[[40], 100.0]]},
    {"exponential_decay_length_penalty": [0, 50.0]},
    {"do_sample": True, "temperature": 5.0, "top_k": 500},
    {"do_sample": True, "top_p": 0.1, "min_p": 0.2, "typical_p": 0.3},
    {"use_cache": False},
    {"cache_implementation": "static"},
    {"prompt_lookup_num_tokens": 3},
    {"stop_strings": [" "]},
    {"watermarking_config": {"greenlist_ratio": 0.1, "bias": 30.0}},
    {"guidance_scale": 3.0},
    {"renormalize_logits": True, "remove_invalid_values": True},
    {"encoder_repetition_penalty": 3.0, "encoder_no_repeat_ngram_size": 2},
    {"return_dict_in_generate": True, "output_scores": True},
    {"token_healing": True},
    {"assistant_early_exit": 1},
]


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> CausalModel:
    settings = ModelSettings(path=str(PRACTICE_MODEL_DIR), max_new_tokens=NEW)
    return CausalModel.load(settings, tmp_path_factory.mktemp("adapters"))


@pytest.fixture
def model(practice: CausalModel) -> Iterator[CausalModel]:
    own = practice.network.generation_config
    yield practice
    practice.network.generation_config = own


def argmax_loop(network: Any, ids: list[int], ends: set[int], new: int = NEW) -> list[int]:
    """The new tokens, its end token not among them."""
    start = len(ids)
    with torch.inference_mode():
        for _ in range(new):
            token = int(network(torch.tensor([ids])).logits[0, -1].argmax())
            if token in ends:
                break
            ids = [*ids, token]
    return ids[start:]


def answer(model: CausalModel) -> str:
    return model.generate([Attack(Prompt(QUESTION, "test"), "standard", QUESTION)])[0].text


def expected(model: CausalModel, ends: set[int], new: int = NEW) -> str:
    ids = model.tokenizer(f"Human: {QUESTION}\n\nAssistant:")["input_ids"]
    return str(model.tokenizer.decode(argmax_loop(model.network, ids, ends, new))).strip()


def folder_says(model: CausalModel, **settings: Any) -> None:
    model.network.generation_config = GenerationConfig(**({"eos_token_id": 1, "pad_token_id": 0} | settings))


@pytest.mark.parametrize("settings", FOLDERS, ids=lambda settings: "-".join(settings))
def test_an_answer_is_greedy_whatever_the_folder_asks_for(model: CausalModel, settings: dict[str, Any]) -> None:
    right = expected(model, {1})
    folder_says(model, **settings)
    assert answer(model) == right


@pytest.mark.parametrize("settings", FOLDERS, ids=lambda settings: "-".join(settings))
def test_a_tasks_answer_is_greedy_whatever_the_folder_asks_for(model: CausalModel, settings: dict[str, Any]) -> None:
    right = expected(model, {1}, 8)
    folder_says(model, **settings)
    asked = {"until": ["\nHuman:"], "max_gen_toks": 8, "do_sample": False, "temperature": 0.0}
    request = Instance("generate_until", {}, (f"Human: {QUESTION}\n\nAssistant:", asked), 0, metadata=("t", 0, 1))
    lm = SharedPrefixLM(model.network, tokenizer=model.tokenizer, batch_size=2, max_length=128)
    assert lm.generate_until([request])[0].strip() == right


def test_the_folders_end_tokens_end_an_answer_beside_the_tokenizers(model: CausalModel) -> None:
    third = argmax_loop(model.network, model.tokenizer(f"Human: {QUESTION}\n\nAssistant:")["input_ids"], {1})[2]
    folder_says(model, eos_token_id=[500, third])
    assert decoding.end_tokens(model.network, model.tokenizer) == tuple(sorted({1, 500, third}))
    assert answer(model) == expected(model, {1, third}) != expected(model, {1})


def test_padding_behind_an_answer_is_no_text_of_it_whatever_token_it_is(model: CausalModel) -> None:
    """As where a tokenizer has none to spare and id 0 is an exclamation mark."""
    short, long = "Tell me about Napoleon.", "How do I cook soup for my sister?"
    attacks = [Attack(Prompt(text, "test"), "standard", text) for text in (short, long)]
    right = [response.text for response in model.generate(attacks)]
    before = model.tokenizer.pad_token_id
    mark = model.tokenizer("!")["input_ids"][-1]
    try:
        model.tokenizer.pad_token_id = mark
        assert [response.text for response in model.generate(attacks)] == right
    finally:
        model.tokenizer.pad_token_id = before


def test_a_network_keeps_its_folders_configuration_for_when_it_is_saved(model: CausalModel) -> None:
    folder_says(model, num_beams=3)
    answer(model)
    assert model.network.generation_config.num_beams == 3


def test_sampling_is_from_the_whole_distribution(model: CausalModel) -> None:
    folder_says(model, top_k=1, top_p=0.01, repetition_penalty=3.0)
    config = decoding.configuration(model.network, model.tokenizer, new_tokens=4, temperature=0.7)
    assert (config.do_sample, config.temperature, config.top_k, config.top_p) == (True, 0.7, 0, 1.0)
    assert config.repetition_penalty is None


def test_a_task_that_asks_to_be_sampled_is(model: CausalModel) -> None:
    task = {"do_sample": True, "temperature": 0.4, "top_p": 0.9}
    config = decoding.configuration(model.network, model.tokenizer, new_tokens=4, of_task=task)
    assert (config.do_sample, config.temperature, config.top_p) == (True, 0.4, 0.9)


def test_a_task_that_is_sampled_gives_the_same_answer_again(model: CausalModel) -> None:
    asked = {"until": ["\nHuman:"], "max_gen_toks": 8, "do_sample": True, "temperature": 3.0}
    request = Instance("generate_until", {}, (f"Human: {QUESTION}\n\nAssistant:", asked), 0, metadata=("t", 0, 1))
    lm = SharedPrefixLM(model.network, tokenizer=model.tokenizer, batch_size=2, max_length=128)
    before = torch.random.get_rng_state()
    first = lm.generate_until([request])
    assert lm.generate_until([request]) == first != [expected(model, {1}, 8)]
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_task_with_a_temperature_alone_is_greedy_as_in_lm_eval(model: CausalModel) -> None:
    config = decoding.configuration(model.network, model.tokenizer, new_tokens=4, of_task={"temperature": 0.4})
    assert (config.do_sample, config.temperature) == (False, None)


def test_a_task_that_asks_for_beams_is_refused(model: CausalModel) -> None:
    with pytest.raises(TaskError, match="beam"):
        decoding.configuration(model.network, model.tokenizer, new_tokens=4, of_task={"num_beams": 4})


def test_what_decoding_is_can_be_read(model: CausalModel) -> None:
    folder_says(model, eos_token_id=[7, 5], num_beams=3)
    assert decoding.describe(model.network, model.tokenizer)["end_tokens"] == "1 5 7"


def test_the_folders_wishes_are_no_part_of_what_decoding_is(model: CausalModel) -> None:
    folder_says(model)
    plain = decoding.describe(model.network, model.tokenizer)
    folder_says(model, num_beams=3, repetition_penalty=2.0)
    assert decoding.describe(model.network, model.tokenizer) == plain
