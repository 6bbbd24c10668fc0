"""How many requests are under way at once: as many as allowed, fewer after the server complains, more again later."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType

_FEWER = 0.7
_MORE_A_SUCCESS = 0.25
_COMPLAINTS_COUNT_ONCE_S = 1.0


class Throttle:
    """A semaphore whose size follows the answers. Additive increase, multiplicative decrease, as TCP does it (Chiu and
    Jain, "Analysis of the increase and decrease algorithms for congestion avoidance in computer networks", Computer
    Networks and ISDN Systems 17 (1989), 1-14).

    A burst of complaints about the same overload counts once, so that it does not bring everything to a halt.
    """

    def __init__(self, most: int, start: int | None = None) -> None:
        self._most = most
        self._allowed = float(most if start is None else start)
        self._under_way = 0
        self._complained_at = float("-inf")
        self._changed = asyncio.Condition()

    @property
    def allowed(self) -> int:
        """How many requests may be under way now."""
        return max(1, int(self._allowed))

    def slower(self) -> None:
        """The server said that it was asked too much."""
        now = time.monotonic()
        if now - self._complained_at >= _COMPLAINTS_COUNT_ONCE_S:
            self._complained_at = now
            self._allowed = max(1.0, self._allowed * _FEWER)

    def faster(self) -> None:
        """An answer has come."""
        self._allowed = min(float(self._most), self._allowed + _MORE_A_SUCCESS)

    async def __aenter__(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._under_way < self.allowed)
            self._under_way += 1

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        async with self._changed:
            self._under_way -= 1
            self._changed.notify_all()
