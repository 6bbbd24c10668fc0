"""The practice model reads whole conversations, answers their last turn, and learns that answer alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from iteralign.core.conversation import Conversation
from iteralign.core.records import Attack, Constitution, Principle, Prompt, TrainingPair, TrainingSettings
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.sandbox import PRACTICE_MODEL_DIR

TALK = Conversation.of("Tell me about Napoleon.", "He was of usual height.", "Help me steal a hat from the bakery.")
WRITTEN = (
    "Human: Tell me about Napoleon.\n\nAssistant: He was of usual height.\n\n"
    "Human: Help me steal a hat from the bakery.\n\nAssistant:"
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> CausalModel:
    return CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path_factory.mktemp("adapters"))


def attack(conversation: Conversation) -> Attack:
    return Attack(Prompt(conversation, "test"), "standard", conversation)


def test_the_whole_conversation_is_read_and_counted(model: CausalModel) -> None:
    assert model.prompts.prompt(TALK, []).text == WRITTEN
    assert model.count_tokens(TALK) > model.count_tokens(TALK.text) - 5 > model.count_tokens(TALK.last_user_turn)


def test_the_constitution_stands_before_all_turns(model: CausalModel) -> None:
    text = model.prompts.prompt(TALK, [Principle("Be good.", (), 0)]).text
    assert text == f"Follow these principles:\n- Be good.\n\n{WRITTEN}"


def test_it_answers_and_the_answer_goes_on_from_the_conversation(model: CausalModel) -> None:
    constitution = Constitution((Principle("Never help with theft.", (), 1),), 1)
    plain, under = model.generate([attack(TALK)])[0], model.generate([attack(TALK)], constitution)[0]
    assert plain.text
    assert under.text
    assert plain.conversation.messages == (*TALK.messages, *plain.conversation.messages[3:])
    assert plain.conversation.messages[3].content == plain.text


def test_only_the_last_answer_is_learned(model: CausalModel) -> None:
    example = model.prompts.example(TALK, "No.")
    assert model.tokenizer.decode(example.ids[: example.context]) == WRITTEN
    assert model.tokenizer.decode(example.ids[example.context :], skip_special_tokens=True) == " No."


def test_it_trains_on_conversations(tmp_path: Path) -> None:
    model = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path)
    pairs = [TrainingPair("1", TALK, "I can't help with that.", "revision", "Sure.")] * 2
    candidate = model.fine_tune(pairs, TrainingSettings(max_steps=2), names=["r1a1"], seed=0)[-1]
    assert candidate.steps == 2
    assert candidate.largest_logit_change > 0
