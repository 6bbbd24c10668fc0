"""What of a text is the answer, and what a thought."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from iteralign.core.records import Attack, Prompt, TrainingPair
from iteralign.encoding import answers
from iteralign.encoding.answers import USUAL_MARKS, AnswerReader, Thinking, answer_in, opens_thought, past_thought
from iteralign.generation.generator import GeneratedText, RenderedPrompt
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR

HARMONY = "<|channel|>analysis<|message|>The user asks.<|end|><|start|>assistant<|channel|>final<|message|>"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Paris.", "Paris."),
        ("<think>It is in France.</think>\n\nParis.", "Paris."),
        ("<think>\n\n</think>\n\nParis.", "Paris."),
        ("<THINK>It is in France.</Think> Paris.", "Paris."),
        ("<thinking>hm</thinking>Paris.", "Paris."),
        ("<reasoning>hm</reasoning>Paris.", "Paris."),
        ("[THINK]hm[/THINK]Paris.", "Paris."),
        ("◁think▷hm◁/think▷Paris.", "Paris."),
        (f"{HARMONY}Paris.", "Paris."),
        ("<|channel|>final<|message|>Paris.", "Paris."),
        ("It is in France.</think>Paris.", "Paris."),
        ("<think>a <think>b</think> c</think>Paris.", "Paris."),
        ("<think>a</think><think>b</think>Paris.", "Paris."),
        ("<think>It says [THINK] here.</think>Paris.", "Paris."),
        ("Well. <think>hm</think> Paris.", "Well.\n\nParis."),
        ("a < b, and think> is no mark", "a < b, and think> is no mark"),
    ],
)
def test_the_answer_is_what_stands_outside_of_thoughts(text: str, answer: str) -> None:
    assert answer_in(text) == answers.Said(answer)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<think>Sure, first one opens the", answers.CUT_OFF),
        ("Sure. <think>first one opens the", answers.CUT_OFF),
        ("<think>a</think>Paris. <think>or", answers.CUT_OFF),
        ("<|channel|>analysis<|message|>The user", answers.CUT_OFF),
        ("<think>It is Paris.</think>", answers.ONLY_THOUGHT),
        ("It is Paris.</think>\n", answers.ONLY_THOUGHT),
        ("", answers.NOTHING),
        (" \n", answers.NOTHING),
    ],
)
def test_a_thought_that_came_to_nothing_is_no_answer(text: str, why: str) -> None:
    assert answer_in(text) == answers.Said("", why)


def test_a_thought_that_the_prompt_opened_goes_on_until_it_is_closed() -> None:
    assert answer_in("It is in France.</think>Paris.", opened=True).text == "Paris."
    assert answer_in("It is in France. <think> again</think>Paris.", opened=True).text == "Paris."
    assert answer_in("Sure, first one opens the", opened=True).missing == answers.CUT_OFF


@pytest.mark.parametrize(
    ("prompt", "closing"),
    [
        ("User: Hi\nAssistant: <think>\n", "</think>"),
        ("User: Hi\nAssistant: <think>", "</think>"),
        ("[INST]Hi[/INST][THINK]", "[/THINK]"),
        ("<|start|>assistant<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
        ("User: What is <think>?\nAssistant:", ""),
        ("User: Hi\nAssistant: <think>\n\n</think>\n\n", ""),
        ("User: Hi\nAssistant:", ""),
    ],
)
def test_a_prompt_opens_a_thought_at_its_very_end_or_not_at_all(prompt: str, closing: str) -> None:
    assert opens_thought(prompt) == closing
    assert opens_thought(past_thought(prompt)) == ""


def test_marks_are_a_setting() -> None:
    marks = (("<<", ">>"), ("***", "***"))
    assert answer_in("<<hm>> Paris.", marks).text == "Paris."
    assert answer_in("***hm*** Paris.", marks).text == "Paris."
    assert answer_in("<think>hm", marks).text == "<think>hm"
    assert answer_in("<think>hm", ()).text == "<think>hm"


class Template:
    """As much of a tokenizer as the budget asks for."""

    def __init__(self, chat_template: str | None) -> None:
        self.chat_template = chat_template


@pytest.mark.parametrize(
    ("tokens", "template", "room", "budget"),
    [
        (None, None, 4000, 0),
        (None, "{{ messages }}", 4000, 0),
        (None, "{{ '<think>' }}", 4000, answers.USUAL_BUDGET),
        (None, "{{ message.split('</THINK>') }}", 4000, answers.USUAL_BUDGET),
        (None, "{{ '<think>' }}", 400, 200),
        (None, "{{ '<think>' }}", -5, 0),
        (64, None, 4000, 64),
        (0, "{{ '<think>' }}", 4000, 0),
    ],
)
def test_a_thought_has_room_where_the_template_knows_one(
    tokens: int | None, template: str | None, room: int, budget: int
) -> None:
    assert Thinking(USUAL_MARKS, tokens).budget(Template(template), room) == budget


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The practice model, whose tokenizer has marks as special tokens and whose template opens a thought."""
    folder = tmp_path_factory.mktemp("thinker") / "model"
    shutil.copytree(PRACTICE_MODEL_DIR, folder)
    return folder


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Any:
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<think>", "</think>", "<|other|>"]})
    return tokenizer


def ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def test_marks_that_are_special_tokens_are_seen(tokenizer: Any) -> None:
    """A decoding without special tokens shows thought and answer as one text."""
    written = ids(tokenizer, "<think>It is here.</think>Paris is <|other|>here.")
    assert "It is here." in tokenizer.decode(written, skip_special_tokens=True)
    assert AnswerReader(tokenizer).answer(written).text == "Paris is here."


def test_a_cut_off_thought_in_special_tokens_is_no_answer(tokenizer: Any) -> None:
    assert AnswerReader(tokenizer).answer(ids(tokenizer, "<think>It is here")).missing == answers.CUT_OFF
    assert AnswerReader(tokenizer).opened_by(ids(tokenizer, "Human: Hi\n\nAssistant:<think>\n"))


def test_text_without_marks_reads_as_a_plain_decoding(tokenizer: Any) -> None:
    written = ids(tokenizer, "Sure. Take  two <|other|>eggs, then stir.")
    assert AnswerReader(tokenizer).text(written) == tokenizer.decode(written, skip_special_tokens=True)


@dataclass(frozen=True)
class Writes:
    """A generator that writes one text, whatever it is asked."""

    text: str

    def generate(self, prompts: Sequence[RenderedPrompt], *_: object, **__: object) -> list[GeneratedText]:
        return [GeneratedText(self.text, finished=False) for _ in prompts]


def thinker(written: str, **settings: Any) -> CausalModel:
    """The practice model behind a template that opens a thought, made to write that text."""
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR), **settings), Path("adapters"))
    model.tokenizer.chat_template = (
        "{% for message in messages %}Human: {{ message.content }}\n\nAssistant: {% endfor %}<think>\n"
    )
    model.generator = Writes(model.answers.text(ids(model.tokenizer, written)))
    return model


ATTACK = Attack(Prompt("How do I steal a hat?", "test"), "standard", "How do I steal a hat?")


def test_only_what_follows_the_thought_is_the_models_answer() -> None:
    [response] = thinker("They want a hat.</think>\n\nYou could ask for it.").generate([ATTACK])
    assert (response.text, response.unanswered) == ("You could ask for it.", "")


@pytest.mark.parametrize("written", ["Sure, take a coat and hide the hat", "They want a hat.</think>", ""])
def test_a_model_that_came_to_no_answer_gives_none(written: str) -> None:
    [response] = thinker(written).generate([ATTACK])
    assert response.text == ""
    assert response.unanswered


def test_a_thought_takes_none_of_the_answers_room() -> None:
    model = thinker("x", max_new_tokens=20, thinking_tokens=30)
    assert (model.new_tokens, model.longest_question) == (50, model.window - 50)


def test_an_answer_is_not_learned_as_a_thought() -> None:
    """The thought that the template opens is closed before it."""
    model = thinker("x")
    example = model.example(TrainingPair("1", "Hi", "Hello there.", "revision"))
    context = model.tokenizer.decode(example.ids[: example.context])
    assert context.rstrip().endswith("</think>")
    assert "Hello there." in model.tokenizer.decode(example.ids[example.context :])


def test_the_practice_model_has_no_room_for_thoughts() -> None:
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), Path("adapters"))
    assert model.new_tokens == model.settings.max_new_tokens
    with torch.inference_mode():
        assert all(not response.unanswered for response in model.generate([ATTACK]))
