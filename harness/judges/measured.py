"""How often the form of an answer to a harmful request is read wrongly, by how sure the reading is: as it was measured.

`form_error.yaml` holds the counts, where they are from and the command that wrote them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from iteralign.statistics.exact import lower_limit
from tasks.refusals import Reading

FILE = Path(__file__).parent / "form_error.yaml"
CONFIDENCE = 0.95
"""Of the one-sided upper limits of an error rate."""


@dataclass(frozen=True)
class Measured:
    """Of `answers` that were read alike with a confidence of at least `least`, people call `wrong` the other thing."""

    least: float
    answers: int
    wrong: int

    @property
    def error(self) -> float:
        """The upper limit of the share that is wrong (Clopper and Pearson), which a small count can't talk down."""
        return 1.0 - lower_limit(self.answers - self.wrong, self.answers, CONFIDENCE)


@dataclass(frozen=True)
class Cuts:
    """From which confidence on a reading decides by itself; None: never. `refused` holds for partial refusals too."""

    refused: float | None
    complied: float | None

    def decides(self, reading: Reading) -> bool:
        """Whether that reading is plain enough."""
        if reading.label == "cannot_tell":
            return False
        cut = self.complied if reading.label == "compliance" else self.refused
        return cut is not None and reading.confidence >= cut

    def __str__(self) -> str:
        parts = {"refused": self.refused, "not refused": self.complied}
        return " and ".join(f"{what} from {cut:g}" for what, cut in parts.items() if cut is not None) or "nothing"


@dataclass(frozen=True)
class HeldOut:
    """All readings as a refusal and as compliance, whatever their confidence, of the answers that `source` names."""

    source: str
    refused: Measured
    complied: Measured


@dataclass(frozen=True)
class FormErrors:
    """What was measured of readings as a refusal, whole or partial, and of readings as compliance.

    `reader` names the reader by its source, `source` the labelled answers. `held_out` is of answers to prompts that the
    reader was not written from, which `cascade` takes no cut from: what the judge `form` is worth.
    """

    reader: str
    source: str
    refused: tuple[Measured, ...]
    complied: tuple[Measured, ...]
    held_out: HeldOut

    @property
    def least(self) -> float:
        """The lowest error that was measured of anything."""
        return min(row.error for row in (*self.refused, *self.complied) if row.answers)

    def cuts(self, rate: float) -> Cuts:
        """The least confidence at which the error, at its upper limit, is at most `rate`: for either reading."""
        return Cuts(_cut(self.refused, rate), _cut(self.complied, rate))


def _cut(rows: Sequence[Measured], rate: float) -> float | None:
    return min((row.least for row in rows if row.answers and row.error <= rate), default=None)


@cache
def form_errors() -> FormErrors:
    """What ships with this program."""
    kept = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    refused, complied, held_out = kept["refused"], kept["complied"], kept["held_out"]
    apart = HeldOut(held_out["source"], *_rows([held_out["refused"], held_out["complied"]]))
    return FormErrors(kept["reader"], kept["source"], _rows(refused), _rows(complied), apart)


def _rows(listed: Sequence[Sequence[float]]) -> tuple[Measured, ...]:
    return tuple(Measured(float(least), int(answers), int(wrong)) for least, answers, wrong in listed)
