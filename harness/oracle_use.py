"""How much a run may ask of its oracle, said before the first call."""

from __future__ import annotations

from harness.config import RunConfig

_TOKENS_ASKED = 600
_TOKENS_ANSWERED = 80


def most_calls(config: RunConfig, judged_items: int) -> int:
    """The most calls that a run can make, retries after failures aside.

    A round judges its batch, every try of every revision, and what principles are measured on; the gate's tasks have
    `judged_items` answers that an oracle judges at each measuring.
    """
    loop, constitution = config.loop, config.constitution
    batch = config.red_team.batch_size
    revisions = batch * loop.revision_tries * config.revision.best_of
    measured = 2 * batch if constitution.discovery == "clusters" else 0
    proposals = batch // max(1, 2 * loop.min_evidence) + 1
    measurings = 1 + loop.max_rounds * (loop.gate_retries + 1 if config.gate.enabled else 0)
    return loop.max_rounds * (batch + revisions + measured + proposals) + measurings * judged_items


def expected_use(config: RunConfig, judged_items: int) -> str:
    """One sentence: calls, tokens and, where there are prices, money, at the very most."""
    calls = most_calls(config, judged_items)
    into, out = calls * (_TOKENS_ASKED + config.model.max_new_tokens), calls * _TOKENS_ANSWERED
    oracle = config.oracle
    cost = (into * oracle.price_in + out * oracle.price_out) / 1e6
    money = f", {cost:,.2f} at the prices given" if cost else ""
    caps = {"calls": oracle.max_calls, "tokens": oracle.max_tokens, "cost": oracle.max_cost}
    set_caps = ", ".join(f"{cap:,} {name}" for name, cap in caps.items() if cap is not None)
    return f"The oracle may be asked up to {calls:,} times (about {(into + out) / 1e6:.1f} million tokens{money}); " + (
        f"the run stops at {set_caps}." if set_caps else "no cap is set (oracle.max_calls, max_tokens, max_cost)."
    )
