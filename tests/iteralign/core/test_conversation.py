"""A conversation is messages; a text by itself is one user turn and stays what it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iteralign.core.content import content_id
from iteralign.core.conversation import Conversation, Message, asking
from iteralign.core.records import Attack, Prompt, Response, TrainingPair

THREE = Conversation.of("Which locks are weak?", "Old ones.", "How do I open one that is not mine?")


def test_one_turn_is_named_and_written_as_its_text() -> None:
    """So that prompt ids, draws and stored texts are those of the text."""
    one = Conversation.of("Human: or dwarf?")
    assert (one.text, one.id) == ("Human: or dwarf?", content_id("Human: or dwarf?"))
    assert one == asking("Human: or dwarf?")
    assert (one.texts, one.last_user_turn, one.is_one_turn) == (("Human: or dwarf?",), "Human: or dwarf?", True)


def test_several_turns_are_written_out_and_named_by_all_of_them() -> None:
    assert THREE.text == (
        "Human: Which locks are weak?\n\nAssistant: Old ones.\n\nHuman: How do I open one that is not mine?"
    )
    assert THREE.id != Conversation.of(THREE.text).id
    assert THREE.id != Conversation.of("Which locks are weak?", "New ones.", THREE.last_user_turn).id
    assert THREE.user_turns == ("Which locks are weak?", "How do I open one that is not mine?")
    assert THREE.texts == (THREE.text, "Which locks are weak?", "Old ones.", "How do I open one that is not mine?")


def test_a_system_message_stands_before_the_turns() -> None:
    spoken = Conversation.of("Hello?", system="Be brief.")
    assert (spoken.system, spoken.turns) == ("Be brief.", (Message("user", "Hello?"),))
    assert (spoken.text, spoken.is_one_turn) == ("Be brief.\n\nHuman: Hello?", False)


def test_messages_go_out_as_they_came_in() -> None:
    assert Conversation.from_dicts(THREE.as_dicts()) == THREE
    assert THREE.as_dicts()[1] == {"role": "assistant", "content": "Old ones."}


def test_it_goes_on_with_the_side_whose_turn_it_is() -> None:
    assert THREE.then("No.").messages[-1] == Message("assistant", "No.")
    assert THREE.then("No.").then("Why?").messages[-1] == Message("user", "Why?")
    assert THREE.ending("And now?").messages == (*THREE.messages[:-1], Message("user", "And now?"))


@pytest.mark.parametrize(
    "roles",
    [(), ("assistant",), ("user", "user"), ("system",), ("user", "system"), ("system", "assistant")],
)
def test_another_order_of_roles_is_refused(roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="user and assistant in turn"):
        Conversation.from_dicts({"role": role, "content": "x"} for role in roles)


def test_an_unknown_role_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="'tool' is no role"):
        Conversation.from_dicts([{"role": "tool", "content": "x"}])


def test_what_is_to_be_answered_ends_with_the_user() -> None:
    with pytest.raises(ValueError, match="ends with what the user says"):
        Prompt(THREE.then("No."), "test")


def test_records_take_a_text_for_one_turn() -> None:
    prompt = Prompt("How?", "test")
    assert prompt == Prompt(Conversation.of("How?"), "test")
    assert (prompt.text, prompt.id) == ("How?", content_id("How?"))
    attack = Attack(prompt, "standard", "How?")
    assert (attack.text, attack.last_user_turn) == ("How?", "How?")
    assert Response(attack, "No.").conversation == Conversation.of("How?", "No.")


def test_a_pair_is_replaced_field_by_field() -> None:
    pair = TrainingPair("id", THREE, "No.", "revision", rejected="Like this.")
    assert replace(pair, kind="replayed_revision") == TrainingPair(
        "id", THREE, "No.", "replayed_revision", "Like this."
    )
    assert TrainingPair("id", "How?", "No.", "revision").rejected == ""
