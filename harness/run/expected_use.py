"""How much a run may ask of its judge and its proposer, said before the first call."""

from __future__ import annotations

from dataclasses import dataclass

from harness.config.schema import RunConfig
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.validation.examination import pairs

_TOKENS_ASKED = 600
_TOKENS_ANSWERED = 80


@dataclass(frozen=True)
class Calls:
    """About the most calls that a run makes, retries and repairs aside: none of a role that costs nothing."""

    judge: int
    proposer: int

    @property
    def total(self) -> int:
        return self.judge + self.proposer


def max_calls(config: RunConfig, gate_items: int, final_items: int, harmless: int) -> Calls:
    """About the most calls of either role.

    The judge is examined once. A round judges its batch, every try of every revision, and what principles are measured
    on, which is at most about twice its batch; `gate_items` and `final_items` are answers that an oracle judges at each
    measuring, `harmless` the prompts whose own answers are judged before they are replayed.
    """
    loop, constitution = config.loop, config.constitution
    batch = config.red_team.batch_size
    revisions = batch * loop.revision_tries * config.revision.best_of
    measured = 2 * batch if constitution.discovery == "clusters" else 0
    proposals = batch // max(1, 2 * loop.min_evidence) + 1
    measurings = 1 + loop.max_rounds * (loop.gate_retries + 1 if config.gate.enabled else 0)
    rounds = loop.max_rounds * (batch + revisions + measured)
    judged = len(pairs(config.judge.cases)) + rounds + harmless + measurings * gate_items + 2 * final_items
    return Calls(
        judged if config.judge.asks_at_a_cost() else 0,
        loop.max_rounds * proposals if config.proposer.asks_at_a_cost() else 0,
    )


def expected_use(config: RunConfig, gate_items: int, final_items: int, *, harmless: int) -> str:
    """One sentence: about how many calls, tokens and, where there are prices, money, if everything is needed."""
    calls = max_calls(config, gate_items, final_items, harmless)
    tokens = calls.total * (_TOKENS_ASKED + config.model.max_new_tokens + _TOKENS_ANSWERED)
    cost = _cost(config, config.judge, calls.judge) + _cost(config, config.proposer, calls.proposer)
    money = f", {cost:,.2f} at the prices given" if cost else ""
    calls_text = f"The oracle may be asked about {calls.total:,} times if all rounds are needed"
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
