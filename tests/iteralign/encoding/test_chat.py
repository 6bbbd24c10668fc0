"""How questions and constitutions become text."""

from __future__ import annotations

from typing import Any

import pytest
from transformers import AutoTokenizer

from iteralign.encoding import chat
from iteralign.sandbox import PRACTICE_MODEL_DIR

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
