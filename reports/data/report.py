"""What the pages and the figures of a report are made from."""

from __future__ import annotations

from dataclasses import dataclass

from reports.data.changes import Change
from reports.data.contents import Contents


@dataclass(frozen=True)
class Headline:
    """The changes to open with: those on the final items where there are any, else those on the gate's.

    `split` is "final" or "gate", `lead` the sentence that sums the changes up, `result_name` what the later model is
    called in their table.
    """

    split: str
    changes: tuple[Change, ...]
    lead: str
    result_name: str


@dataclass(frozen=True)
class Report:
    """All facts of a report: what was read, what to open with (None when nothing was measured), the store's name.

    `redacted` says that answers to harmful requests are left out of what was read.
    """

    contents: Contents
    headline: Headline | None
    store_name: str
    redacted: bool = False

    @property
    def rounds(self) -> int:
        """How far an axis of rounds goes: the number of the last round begun, at least 1."""
        return max([1, *(begun.number for begun in self.contents.rounds)])
