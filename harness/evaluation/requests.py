"""lm-eval's requests: which item each belongs to, what was noticed of it, and how far the work is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from iteralign.core.protocols import Advance

Request = Any
"""An `lm_eval.api.instance.Instance`, which carries no types."""
LmEvalTask = Any
"""An `lm_eval.api.task.Task`, which carries no types."""
ItemKey = tuple[str, int]
"""A task's name and the number of the item in it."""


def item_key(request: Request) -> ItemKey:
    """The item that a request was made for."""
    return str(request.task_name), int(request.doc_id)


@dataclass
class Notes:
    """What was noticed of items while they were measured.

    `unmeasured` holds the contexts whose generation met logits that are not finite: the text that came of them is no
    answer. `truncated` items were longer than the model's window and lost their beginning. `unscorable` says of items
    why one of their choices can't be rated. `unanswered` says of contexts why the model came to no answer.
    """

    unmeasured: set[str] = field(default_factory=set)
    unanswered: dict[str, str] = field(default_factory=dict)
    truncated: set[ItemKey] = field(default_factory=set)
    unscorable: dict[ItemKey, str] = field(default_factory=dict)

    def renumber(self, rows: Mapping[str, Sequence[int]]) -> None:
        """Number the items of these tasks by their rows: lm-eval numbers chosen ones by their place among them."""

        def placed(key: ItemKey) -> ItemKey:
            task, number = key
            return (task, rows[task][number]) if task in rows else key

        self.truncated = {placed(key) for key in self.truncated}
        self.unscorable = {placed(key): reason for key, reason in self.unscorable.items()}


class ItemProgress:
    """Turns requests done into items done, since one item makes several requests."""

    def __init__(self, advance: Advance, items: int, requests: int) -> None:
        self._advance = advance
        self._items, self._requests = items, max(requests, 1)
        self._done = self._reported = 0

    def advance(self, requests: int) -> None:
        """So many more requests are done."""
        self._done = min(self._done + requests, self._requests)
        now = self._items * self._done // self._requests
        if now > self._reported:
            self._advance(now - self._reported)
            self._reported = now

    def finish(self) -> None:
        """All are done."""
        self.advance(self._requests)


class DistinctProgress:
    """Turns distinct requests computed into requests made, since equal ones are computed once."""

    def __init__(self, requests: int, distinct: int, advance: Advance) -> None:
        self._requests, self._distinct, self._advance = requests, distinct, advance
        self._done = self._reported = 0

    def advance(self, distinct: int) -> None:
        """So many more distinct requests are computed."""
        self._done += distinct
        now = self._requests * self._done // self._distinct
        self._advance(now - self._reported)
        self._reported = now


def unwatched(_done: int) -> None:
    """Progress that nobody follows."""
