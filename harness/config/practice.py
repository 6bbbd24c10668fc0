"""Where practice ends: the embedded oracle and the sandbox's tasks say nothing about a real model."""

from __future__ import annotations

from collections.abc import Sequence

from harness_base.errors import TaskError
from iteralign.oracle.kinds import OracleKind
from iteralign.sandbox import PRACTICE_MODEL
from tasks import catalog

PRACTICE_NOTE = (
    "This is practice: its model, tasks or judge were made to show how the harness works, so the figures say nothing "
    "about real models."
)


def practice_parts(model: str, oracles: Sequence[OracleKind], tasks: Sequence[str]) -> list[str]:
    """The practice parts that a real model would be measured with; none for the practice model itself."""
    if model == PRACTICE_MODEL:
        return []
    named = dict.fromkeys(f"the {oracle.kind} oracle" for oracle in oracles if oracle.is_practice())
    return [*named, *(name for name in tasks if catalog.is_practice(name))]


def practice_notes(model: str, oracles: Sequence[OracleKind], tasks: Sequence[str], *, allowed: bool) -> list[str]:
    """What the report must say about practice parts that the user allowed.

    Raises TaskError when practice parts are asked for with a real model and the user does not allow them.
    """
    parts = practice_parts(model, oracles, tasks)
    if not parts:
        return []
    listed = ", ".join(parts)
    if not allowed:
        raise TaskError(
            f"{listed} may only be used with the practice model, since they say nothing about {model}: give --oracle "
            "openai and real --tasks, or allow it with --allow-practice."
        )
    return [f"The user insisted on practice parts with a real model ({listed}): their figures say nothing about it."]
