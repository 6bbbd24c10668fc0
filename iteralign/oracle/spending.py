"""What an oracle may cost: caps on calls, tokens and money, counted as replies come."""

from __future__ import annotations

from dataclasses import dataclass

from harness_base.errors import OracleLimitError
from iteralign.oracle.completer import ChatCost, ChatRequest

_PER_PRICE = 1_000_000
_CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Caps:
    """The most that one process may ask of an oracle; None is no limit.

    `price_in` and `price_out` are per million tokens, in the currency of `cost`.
    """

    calls: int | None = None
    tokens: int | None = None
    cost: float | None = None
    price_in: float = 0.0
    price_out: float = 0.0


class Spending:
    """Counts calls, tokens and money against the caps.

    Calls are counted when they are made, so that their cap is exact. Tokens are known once a reply is there: what is
    then under way is let finish and kept, so that a cap on tokens or cost can be passed by as much.
    """

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self.calls = 0
        self.tokens_in = 0
        self.tokens_out = 0

    @property
    def cost(self) -> float:
        """What the tokens so far cost."""
        return (self.tokens_in * self.caps.price_in + self.tokens_out * self.caps.price_out) / _PER_PRICE

    def call(self) -> None:
        """Count one call that is about to be made. Raises OracleLimitError where a cap forbids it."""
        caps = self.caps
        tokens = self.tokens_in + self.tokens_out
        if caps.calls is not None and self.calls >= caps.calls:
            raise _reached(f"oracle.max_calls ({caps.calls:,} calls)")
        if caps.tokens is not None and tokens >= caps.tokens:
            raise _reached(f"oracle.max_tokens ({tokens:,} tokens of {caps.tokens:,})")
        if caps.cost is not None and self.cost >= caps.cost:
            raise _reached(f"oracle.max_cost ({self.cost:.4f} of {caps.cost:g})")
        self.calls += 1

    def spent(self, request: ChatRequest, text: str, cost: ChatCost) -> None:
        """Count what a reply took; where the server does not say, by the length of the texts."""
        asked = tokens_of(request.system) + tokens_of(request.user)
        self.tokens_in += asked if cost.tokens_in is None else cost.tokens_in
        self.tokens_out += tokens_of(text) if cost.tokens_out is None else cost.tokens_out


def tokens_of(text: str) -> int:
    """About how many tokens a text takes: four characters each."""
    return len(text) // _CHARACTERS_A_TOKEN + 1


def _reached(what: str) -> OracleLimitError:
    return OracleLimitError(
        f"The oracle was asked as much as {what} allows: every reply so far is kept; raise it to go on, a run with "
        "--resume."
    )
