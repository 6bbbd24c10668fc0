"""What a run learnt from: each violating answer with the revision that was kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import itemgetter

from harness.store.messages import stored_conversation
from harness_base.types import Fields
from iteralign.core.conversation import Conversation, Message, asking

Exported = str | list[dict[str, str]]
"""A text, or messages with role and content."""


@dataclass(frozen=True, init=False)
class Pair:
    """What the model was asked, its answer that was a violation, and its revision that was kept.

    A text as `prompt` is one user turn.
    """

    prompt: Conversation
    rejected: str
    chosen: str

    def __init__(self, prompt: Conversation | str, rejected: str, chosen: str) -> None:
        object.__setattr__(self, "prompt", asking(prompt))
        object.__setattr__(self, "rejected", rejected)
        object.__setattr__(self, "chosen", chosen)


def kept_pairs(revisions: Iterable[Fields], measured: Collection[str] = ()) -> list[Pair]:
    """One pair a response, with the last of its revisions that may be trained on.

    `revisions` are rows of the view `revision_history`; a response whose revisions were all dropped has no pair. Texts
    that a task measures (`measured`, from the view `contamination`) are left out, as the run left them out.
    """
    kept = sorted((row for row in revisions if row["kept"] == 1), key=itemgetter("response_id", "attempt"))
    last = {row["response_id"]: row for row in kept}
    pairs = [
        Pair(stored_conversation(row["attack"], row["attack_messages"]), row["response"], row["revision"])
        for row in last.values()
    ]
    return [pair for pair in pairs if not {*pair.prompt.texts, pair.chosen}.intersection(measured)]


def prompt_of(pair: Pair, *, conversational: bool) -> Exported:
    """The prompt as messages, or as the text that it is; several turns are then written out."""
    return pair.prompt.as_dicts() if conversational else pair.prompt.text


def answer_of(text: str, *, conversational: bool) -> Exported:
    """An answer as a list of one message, or as the text that it is."""
    return [Message("assistant", text).as_dict()] if conversational else text
