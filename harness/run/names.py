"""Short readable names for runs that the user did not name."""

from __future__ import annotations

import random
from collections.abc import Container

_FIRST = [
    "amber",
    "brave",
    "calm",
    "clear",
    "cosy",
    "eager",
    "early",
    "fair",
    "fond",
    "fresh",
    "gentle",
    "glad",
    "keen",
    "kind",
    "light",
    "lively",
    "lucid",
    "merry",
    "mild",
    "neat",
]
_SECOND = [
    "badger",
    "beech",
    "brook",
    "cedar",
    "crane",
    "falcon",
    "fern",
    "finch",
    "grove",
    "heron",
    "lark",
    "linden",
    "maple",
    "marten",
    "otter",
    "poppy",
    "raven",
    "robin",
    "willow",
    "wren",
]


def new_name(taken: Container[str]) -> str:
    """Two words that no run bears yet, with a number when the words have run out."""
    drawn = random.SystemRandom()  # a name is no part of what a seed repeats
    for _ in range(100):
        name = f"{drawn.choice(_FIRST)}-{drawn.choice(_SECOND)}"
        if name not in taken:
            return name
    return _numbered(f"{drawn.choice(_FIRST)}-{drawn.choice(_SECOND)}", taken)


def _numbered(name: str, taken: Container[str]) -> str:
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"
