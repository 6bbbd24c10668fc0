"""The red-team prompts that runs draw from, and the texts that were kept from training."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from harness.contamination.records import Match
from harness.store.connection import StoreFile
from harness.store.messages import stored_messages
from harness.store.rows import insert_many
from iteralign.core.records import Prompt


class Prompts:
    """What a run may draw from, and what it may not learn from."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    def record(self, run_id: int, prompts: Sequence[Prompt], *, skipped: Mapping[str, int]) -> None:
        """Keep the pool that the run draws from, and how many prompts were left out for which reason."""
        pool = [{"run_id": run_id, "prompt_id": prompt.id, "source": prompt.source} for prompt in prompts]
        left_out = [{"run_id": run_id, "reason": reason, "prompts": number} for reason, number in skipped.items()]
        with self._file.writing() as connection:
            insert_prompts(connection, prompts)
            insert_many(connection, "run_prompts", pool, on_conflict="IGNORE")
            insert_many(connection, "skipped_prompts", left_out, on_conflict="REPLACE")

    def record_overlaps(self, run_id: int, kind: str, matches: Sequence[Match]) -> None:
        """Keep which texts of a kind were kept from training, and the items of gate tasks that they match."""
        rows = [
            {
                "run_id": run_id,
                "kind": kind,
                "text": match.text,
                "task": match.item.task,
                "item": match.item.item_id,
                "item_text": match.item.text,
                "how": match.how,
                "similarity": match.similarity,
            }
            for match in matches
        ]
        with self._file.writing() as connection:
            insert_many(connection, "overlaps", rows, on_conflict="IGNORE")


def insert_prompts(connection: sqlite3.Connection, prompts: Iterable[Prompt]) -> None:
    """Add the prompts that no run has brought yet."""
    new = list(prompts)
    rows = [{"id": prompt.id, "text": prompt.text} for prompt in new]
    insert_many(connection, "prompts", rows, on_conflict="IGNORE")
    kept = [(prompt.id, stored_messages(prompt.conversation)) for prompt in new]
    messages = [{"prompt_id": prompt_id, "messages": written} for prompt_id, written in kept if written]
    insert_many(connection, "prompt_messages", messages, on_conflict="IGNORE")
