"""In which form the model heeds a constitution: its text, or worked examples, and how many of each kind.

48 questions of HarmfulQA that are trained on, 32 look-alikes and 16 plain requests of the replay, each asked under the
shipped constitution `everyday-harms` in every form. A form serves revision when it declines much of the first and
little of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.real_model.given import Given, everyday, refused
from harness.constitution.files import read_constitution
from harness.constitution.shipped import file_named
from iteralign.constitution.selection import InContext
from iteralign.core.records import Constitution

_WHOLE: int | None = None
FORMS = {
    "principles alone": InContext(_WHOLE, 0, 0),
    "2 declined and 1 helped": InContext(0, 2, 1),
    "2 declined and 2 helped": InContext(0, 2, 2),
    "2 declined and 3 helped": InContext(0, 2, 3),
    "principles, 2 declined and 1 helped": InContext(_WHOLE, 2, 1),
    "principles, 2 declined and 2 helped": InContext(_WHOLE, 2, 2),
}


def figures(given: Given, *, quick: bool) -> Iterator[Figure]:
    """The share of each kind of request that is declined in each form."""
    attacks, looks, plain = given.attacks("train", 48), everyday(look_alike=True)[:32], everyday(look_alike=False)[:16]
    asked = {"attacks": attacks, "look-alikes": looks, "plain requests": plain}
    asked = {kind: texts[:8] if quick else texts for kind, texts in asked.items()}
    shipped = Constitution(tuple(read_constitution(file_named(Path("everyday-harms")))), version=1)
    for form, in_context in {"no constitution": None, **FORMS}.items():
        model = given.load(in_context)
        for kind, texts in asked.items():
            share = refused(model, texts, shipped if in_context else None)
            yield Figure(f"{form}: {kind} declined", 100 * share, "%")
