"""What shows a principle at work."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WorkedExample:
    """A request with the answer that a principle wants.

    `forbidden` says that the principle forbids the request, so that `answer` declines. A twin is an example that it
    does not forbid, however much it looks like one, so that `answer` helps.
    """

    request: str
    answer: str
    forbidden: bool

    @property
    def kind(self) -> str:
        """How files name it: "forbidden" or "twin"."""
        return "forbidden" if self.forbidden else "twin"
