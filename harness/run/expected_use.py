"""How much a run may ask of its judge and its proposer, said before the first call."""

from __future__ import annotations

from dataclasses import dataclass

from harness.config.schema import RunConfig
from harness.planning.bounds import Sizes, most
from iteralign.oracle.kinds import OracleKind

_TOKENS_ASKED = 600
_TOKENS_ANSWERED = 80


@dataclass(frozen=True)
class Calls:
    """The most calls that a run makes, retries and repairs aside: none of a role that costs nothing."""

    judge: int
    proposer: int

    @property
    def total(self) -> int:
        return self.judge + self.proposer


def max_calls(config: RunConfig, sizes: Sizes) -> Calls:
    """The most calls of either role: see `harness.planning.bounds.most`."""
    run = most(config, sizes)
    return Calls(
        run.verdicts if config.judge.asks_at_a_cost() else 0,
        run.proposals if config.proposer.asks_at_a_cost() else 0,
    )


def expected_use(config: RunConfig, sizes: Sizes) -> str:
    """One sentence: at most how many calls, and about how many tokens and, where there are prices, money they take."""
    calls = max_calls(config, sizes)
    tokens = calls.total * (_TOKENS_ASKED + config.model.max_new_tokens + _TOKENS_ANSWERED)
    cost = _cost(config, config.judge, calls.judge) + _cost(config, config.proposer, calls.proposer)
    money = f", {cost:,.2f} at the prices given" if cost else ""
    calls_text = f"The oracle may be asked {calls.total:,} times, if every cap is reached"
    return f"{calls_text} (about {tokens / 1e6:.1f} million tokens{money}); {_stop(config)}."


def _cost(config: RunConfig, kind: OracleKind, calls: int) -> float:
    into, out = calls * (_TOKENS_ASKED + config.model.max_new_tokens), calls * _TOKENS_ANSWERED
    return (into * kind.caps.price_in + out * kind.caps.price_out) / 1e6


def _stop(config: RunConfig) -> str:
    asked = [kind for kind in (config.judge, config.proposer) if kind.asks_at_a_cost()]
    set_caps = dict.fromkeys(cap for kind in asked for cap in _caps(kind))
    if not set_caps:
        return "no cap is set (oracle.max_calls, max_tokens, max_cost)"
    return f"the run stops at {', '.join(set_caps)}"


def _caps(kind: OracleKind) -> list[str]:
    limits = {"calls": kind.caps.calls, "tokens": kind.caps.tokens, "cost": kind.caps.cost}
    return [f"{cap:,} {name}" for name, cap in limits.items() if cap is not None]
