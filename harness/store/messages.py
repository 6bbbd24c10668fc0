"""How a conversation is kept: its text in one column, and its messages in another where it has several turns."""

from __future__ import annotations

import json

from harness.store.rows import json_text
from iteralign.core.conversation import Conversation


def stored_messages(conversation: Conversation) -> str:
    """The messages as a JSON list of objects with role and content; "" for a single user turn, which its text says."""
    return "" if conversation.is_one_turn else json_text(conversation.as_dicts())


def stored_conversation(text: str, messages: str) -> Conversation:
    """The conversation that was kept as this text and these messages."""
    return Conversation.from_dicts(json.loads(messages)) if messages else Conversation.of(text)
