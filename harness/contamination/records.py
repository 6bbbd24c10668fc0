"""What is held against what: an item that a task measures, and a text of the training side that comes close to one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["equal", "near", "contains"]


@dataclass(frozen=True)
class Item:
    """One item of a gate task: the task's name, the item's id in it, and its question."""

    task: str
    item_id: str
    text: str


@dataclass(frozen=True)
class Match:
    """A text of the training side, as it was given, and the item that it comes closest to.

    `similarity` is the resemblance, from `matching.RESEMBLANCE` to 1.0, where `how` is "near"; it is 1.0 otherwise.
    """

    text: str
    item: Item
    how: How
    similarity: float
