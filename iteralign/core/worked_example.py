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


@dataclass(frozen=True)
class TriedTwin:
    """A twin that was put to the model with its principle in the context.

    `answer` is what the model said, `helped` whether that is help, and `helped_before` whether it helps without the
    principle: only what it helped with before shows anything about the principle.
    """

    twin: WorkedExample
    answer: str
    helped: bool
    helped_before: bool

    @property
    def lost(self) -> bool:
        """Whether the principle is why the model no longer helps."""
        return self.helped_before and not self.helped


@dataclass(frozen=True)
class Illustration:
    """What a proposer wrote for a principle: worked examples, and why others were left out.

    `text` is the principle in other words where it was asked to amend it, and empty where it left it as it was.
    """

    examples: tuple[WorkedExample, ...] = ()
    left_out: tuple[str, ...] = ()
    text: str = ""
