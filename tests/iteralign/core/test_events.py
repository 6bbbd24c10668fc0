"""The records of what happens in a run."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import get_args

from iteralign.core import events


def test_every_kind_of_event_is_one_that_a_recorder_may_be_given() -> None:
    """A kind that the union lacks would be one that mypy does not ask recorders about."""
    kinds = {kind for kind in vars(events).values() if is_dataclass(kind) and kind.__module__ == events.__name__}
    assert kinds == set(get_args(events.Event))
