"""The memory that an oracle is given before it is known which store it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iteralign.oracle import Call, CallLog


class DeferredCallLog:
    """Passes everything on to the call_log that it is told of; until then nothing is known and nothing kept.

    The oracle is made, and a missing key missed, before the store is opened.
    """

    def __init__(self) -> None:
        self._ledger: CallLog | None = None

    def write_to(self, call_log: CallLog) -> None:
        """Remember with `call_log` from now on."""
        self._ledger = call_log

    def replies(self, keys: Sequence[str]) -> Mapping[str, str]:
        return self._ledger.replies(keys) if self._ledger else {}

    def keep(self, oracle: str, calls: Sequence[Call]) -> None:
        if self._ledger:
            self._ledger.keep(oracle, calls)
