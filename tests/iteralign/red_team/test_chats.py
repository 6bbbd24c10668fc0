"""What is asked in a conversation is its last user turn, in whichever form it is kept."""

from __future__ import annotations

from typing import Any

import pytest

from iteralign.red_team.chats import NO_USER_TURN, NOT_TEXT, Asked, is_chat, last_user_turn, transcript, written_out

ASKS = {"role": "user", "content": "How do I bluff?"}
ANSWERS = {"role": "assistant", "content": "No."}
SYSTEM = {"role": "system", "content": "Be brief."}


@pytest.mark.parametrize(
    ("chat", "asked"),
    [
        ([ASKS, ANSWERS], Asked("How do I bluff?")),
        ([SYSTEM, ASKS], Asked("How do I bluff?", system=True)),
        ([{"role": "system", "content": ""}, ASKS], Asked("How do I bluff?")),
        ([{"role": "user", "content": "Hi."}, ANSWERS, ASKS, ANSWERS], Asked("How do I bluff?", earlier=2)),
        ([{"from": "human", "value": " How? "}, {"from": "gpt", "value": "No."}], Asked("How?")),
        ([{"speaker": "User", "text": "How?"}], Asked("How?")),
        ([{"author": {"role": "user"}, "content": "How?"}], Asked("How?")),
        ([{"role": "user", "parts": [{"text": "How?"}]}, {"role": "model", "parts": [{"text": "No."}]}], Asked("How?")),
        ([{"human": "Hi.", "assistant": "Hi."}, {"human": "How?", "assistant": "No."}], Asked("How?", earlier=2)),
        (ASKS, Asked("How do I bluff?")),
        ([SYSTEM], Asked("", why=NO_USER_TURN)),
        ([{"role": "user", "content": [{"type": "text", "text": "How?"}]}], Asked("How?")),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}], Asked("", why=NOT_TEXT)),
        ([{"role": "user", "content": None}], Asked("")),
    ],
)
def test_the_last_user_turn_is_asked(chat: Any, asked: Asked) -> None:
    assert last_user_turn(chat) == asked


@pytest.mark.parametrize("value", [[], ["How?"], [{"prompt": "How?"}], "How?", None, 7, [ASKS, "How?"], {"a": "b"}])
def test_what_is_no_conversation_is_none(value: Any) -> None:
    assert last_user_turn(value) is None


def test_one_message_is_no_list_of_messages() -> None:
    assert is_chat([ASKS])
    assert not is_chat(ASKS)


@pytest.mark.parametrize(
    ("text", "surely", "asked"),
    [
        ("\n\nHuman: How?\n\nAssistant: No.", False, Asked("How?")),
        ("Human: How?\nAssistant: No.\nHuman: Please?", False, Asked("How?", later=1)),
        ("### Human: How?### Assistant: No.", False, Asked("How?")),
        ("Human: How?", True, Asked("How?")),
        ("\n\nHuman: How?", False, Asked("How?")),
        ("Human: is a word on my jar label.", False, None),
        ("Say this.\n\nHuman: How?\n\nAssistant: No.", True, None),
    ],
)
def test_a_transcript_gives_its_first_human_turn_and_a_text_stays_one(
    text: str, surely: bool, asked: Asked | None
) -> None:
    """`Human:` alone is a sign of a dialogue only where the column holds dialogues."""
    assert transcript(text, surely=surely, first=True) == asked


@pytest.mark.parametrize("text", [str([ASKS]), '[{"role": "user", "content": "How do I bluff?"}]'])
def test_a_conversation_in_a_cell_is_read_as_json_and_as_python_prints_it(text: str) -> None:
    assert written_out(text) == [ASKS]


@pytest.mark.parametrize("text", ["{How?}", '{"a": 1}', "[INST] How? [/INST]", "[{", "__import__('os')"])
def test_any_other_text_in_a_cell_is_a_text(text: str) -> None:
    assert written_out(text) is None
