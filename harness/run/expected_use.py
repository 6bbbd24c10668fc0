"""How much a run may ask of its oracle, said before the first call."""

from __future__ import annotations

from harness.config.schema import RunConfig
from iteralign.oracle.validation.examination import pairs

_TOKENS_ASKED = 600
_TOKENS_ANSWERED = 80


def max_calls(config: RunConfig, gate_items: int, final_items: int, harmless: int) -> int:
    """About the most calls that a run makes, retries and repairs aside.

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
    rounds = loop.max_rounds * (batch + revisions + measured + proposals)
    return len(pairs()) + rounds + harmless + measurings * gate_items + 2 * final_items


def expected_use(config: RunConfig, gate_items: int, final_items: int, *, harmless: int) -> str:
    """One sentence: about how many calls, tokens and, where there are prices, money, if everything is needed."""
    calls = max_calls(config, gate_items, final_items, harmless)
    into, out = calls * (_TOKENS_ASKED + config.model.max_new_tokens), calls * _TOKENS_ANSWERED
    caps = config.oracle.caps
    cost = (into * caps.price_in + out * caps.price_out) / 1e6
    money = f", {cost:,.2f} at the prices given" if cost else ""
    limits = {"calls": caps.calls, "tokens": caps.tokens, "cost": caps.cost}
    set_caps = ", ".join(f"{cap:,} {name}" for name, cap in limits.items() if cap is not None)
    calls_text = f"The oracle may be asked about {calls:,} times if all rounds are needed"
    stop = f"the run stops at {set_caps}" if set_caps else "no cap is set (oracle.max_calls, max_tokens, max_cost)"
    return f"{calls_text} (about {(into + out) / 1e6:.1f} million tokens{money}); {stop}."
