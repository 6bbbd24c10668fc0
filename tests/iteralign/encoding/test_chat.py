"""How questions and constitutions become text."""

from __future__ import annotations

from typing import Any

import pytest
from transformers import AutoTokenizer

from iteralign.core.conversation import Conversation
from iteralign.core.worked_example import WorkedExample
from iteralign.encoding import chat
from iteralign.sandbox import PRACTICE_MODEL_DIR

TALK = Conversation.of("One?", "Two.", "Three?")
SYSTEM_AND_USER = (
    "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
USER_ONLY = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + SYSTEM_AND_USER


@pytest.fixture
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(PRACTICE_MODEL_DIR)


def test_without_a_chat_template_plain_turns_are_used(tokenizer: Any) -> None:
    assert chat.render(tokenizer, "Hi?") == "Human: Hi?\n\nAssistant:"
    assert chat.answer_text(tokenizer, "Yes.") == " Yes."


def test_the_constitution_stands_before_plain_turns(tokenizer: Any) -> None:
    assert chat.render(tokenizer, "Hi?", ["Be kind."]) == (
        "Follow these principles:\n- Be kind.\n\nHuman: Hi?\n\nAssistant:"
    )


def test_with_a_chat_template_the_constitution_is_the_system_message(tokenizer: Any) -> None:
    tokenizer.chat_template = SYSTEM_AND_USER
    assert chat.render(tokenizer, "Hi?", ["Be kind."]) == (
        "[system]Follow these principles:\n- Be kind.[user]Hi?[assistant]"
    )
    assert chat.answer_text(tokenizer, "Yes.") == "Yes."


def test_a_template_without_a_system_role_gets_the_constitution_in_the_question(tokenizer: Any) -> None:
    tokenizer.chat_template = USER_ONLY
    assert chat.render(tokenizer, "Hi?", ["Be kind."]) == (
        "[user]Follow these principles:\n- Be kind.\n\nHi?[assistant]"
    )


EXAMPLES = [WorkedExample("Trip a gnome?", "No.", forbidden=True), WorkedExample("Feed one?", "Oats.", forbidden=False)]


def test_worked_examples_are_turns_between_the_constitution_and_the_question(tokenizer: Any) -> None:
    heading = "Follow these principles:\n- Be kind."
    turns = "Human: Trip a gnome?\n\nAssistant: No.\n\nHuman: Feed one?\n\nAssistant: Oats."
    assert chat.render(tokenizer, "Hi?", ["Be kind."], EXAMPLES) == f"{heading}\n\n{turns}\n\nHuman: Hi?\n\nAssistant:"
    tokenizer.chat_template = SYSTEM_AND_USER
    marked = "[user]Trip a gnome?[assistant]No.[user]Feed one?[assistant]Oats."
    assert chat.render(tokenizer, "Hi?", ["Be kind."], EXAMPLES) == f"[system]{heading}{marked}[user]Hi?[assistant]"
    assert chat.render(tokenizer, TALK, [], EXAMPLES[1:]) == (
        "[user]Feed one?[assistant]Oats.[user]One?[assistant]Two.[user]Three?[assistant]"
    )


def test_without_a_system_role_the_constitution_stands_before_the_first_example(tokenizer: Any) -> None:
    tokenizer.chat_template = USER_ONLY
    assert chat.render(tokenizer, "Hi?", ["Be kind."], EXAMPLES[:1]) == (
        "[user]Follow these principles:\n- Be kind.\n\nTrip a gnome?[assistant]No.[user]Hi?[assistant]"
    )


def test_one_turn_is_written_as_its_text_is(tokenizer: Any) -> None:
    assert chat.render(tokenizer, Conversation.of("One?")) == chat.render(tokenizer, "One?")


def test_every_turn_of_a_conversation_is_written(tokenizer: Any) -> None:
    assert chat.render(tokenizer, TALK) == "Human: One?\n\nAssistant: Two.\n\nHuman: Three?\n\nAssistant:"
    tokenizer.chat_template = SYSTEM_AND_USER
    assert chat.render(tokenizer, TALK) == "[user]One?[assistant]Two.[user]Three?[assistant]"


def test_a_conversations_own_system_message_follows_the_constitution(tokenizer: Any) -> None:
    conversation = Conversation.of("One?", system="Be brief.")
    heading = "Follow these principles:\n- Be kind.\n\nBe brief."
    assert chat.render(tokenizer, conversation, ["Be kind."]) == f"{heading}\n\nHuman: One?\n\nAssistant:"
    tokenizer.chat_template = SYSTEM_AND_USER
    assert chat.render(tokenizer, conversation, ["Be kind."]) == f"[system]{heading}[user]One?[assistant]"
    assert chat.render(tokenizer, conversation) == "[system]Be brief.[user]One?[assistant]"


def test_without_a_system_role_the_constitution_stands_before_the_first_turn(tokenizer: Any) -> None:
    tokenizer.chat_template = USER_ONLY
    assert chat.render(tokenizer, TALK, ["Be kind."]) == (
        "[user]Follow these principles:\n- Be kind.\n\nOne?[assistant]Two.[user]Three?[assistant]"
    )
