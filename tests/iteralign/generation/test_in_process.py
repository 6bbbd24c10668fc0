"""The generator that runs in this process, on the practice model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from iteralign.generation.generator import Decoding, RenderedPrompt
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR

QUESTION = "How do I cook soup for my sister?"
OTHER = "Tell me about Napoleon."


@pytest.fixture(scope="module")
def model() -> CausalModel:
    return CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR), dtype="float32"), Path("unused"))


def prompts(model: CausalModel, *questions: str) -> list[RenderedPrompt]:
    return [model.prompts.prompt(question, []) for question in questions]


def test_an_answer_ends_at_the_end_token_which_is_no_part_of_it(model: CausalModel) -> None:
    [answer] = model.write(prompts(model, QUESTION), Decoding(60))
    assert answer.finished
    assert model.tokenizer.eos_token_id not in answer.tokens
    assert answer.text == model.tokenizer.decode(answer.tokens, skip_special_tokens=True)


def test_an_answer_that_ran_into_the_limit_is_not_finished(model: CausalModel) -> None:
    [answer] = model.write(prompts(model, QUESTION), Decoding(3))
    assert (answer.finished, len(answer.tokens)) == (False, 3)


def test_a_stop_text_ends_its_own_row_only(model: CausalModel) -> None:
    """Not at once, since texts are looked at every few tokens; whoever asked cuts there."""
    first, second = model.write(prompts(model, QUESTION, OTHER), Decoding(60))
    stop = first.text.split()[1]
    assert stop not in second.text
    stopped, whole = model.write(prompts(model, QUESTION, OTHER), Decoding(60, stop=(stop,)))
    assert stop in stopped.text
    assert len(stopped.tokens) < len(first.tokens)
    assert whole == second


def test_what_a_broken_network_writes_is_marked(model: CausalModel) -> None:
    head = model.network.get_output_embeddings().weight
    kept = head.detach().clone()
    with torch.no_grad():
        head.fill_(float("nan"))
    [answer] = model.write(prompts(model, QUESTION), Decoding(4))
    with torch.no_grad():
        head.copy_(kept)
    assert not answer.finite
    assert model.write(prompts(model, QUESTION), Decoding(4))[0].finite


def test_sampling_is_a_function_of_the_seed(model: CausalModel) -> None:
    texts = [
        [answer.text for answer in model.write(prompts(model, QUESTION, OTHER), Decoding(20, 2.0, seed))]
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]
