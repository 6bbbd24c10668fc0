"""A decision as JSON: every number behind a verdict, in the form that `evidence.schema.json` publishes."""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import Final

from harness.evaluation.notes import notes_on_all, split_notes
from harness.evaluation.records import Evaluation
from harness.evaluation.shown import shown_change
from harness.gate.pairing import paired_items
from harness.gate.policy import Policy
from harness_base.display import direction
from harness_base.verdicts import VERDICTS
from iteralign.core.libraries import JsonObject, JsonValue
from iteralign.core.records import Comparison, GateDecision

FORMAT: Final = "iteralign-harness evidence 2"

Evidence = JsonObject


def evidence(
    decision: GateDecision,
    policy: Policy,
    *,
    candidate: Evaluation,
    candidate_name: str,
    reference: Evaluation,
    reference_name: str,
) -> Evidence:
    """The decision with the policy, what both sides were measured with, and which items moved.

    Numbers that are not finite are null.
    """
    sides = [("candidate", candidate), ("baseline", reference)]
    found = {
        "format": FORMAT,
        "verdict": VERDICTS[decision.outcome],
        "outcome": decision.outcome,
        "reasons": list(decision.reasons),
        "notes": [*notes_on_all(sides), *split_notes(candidate, reference)],
        "looks": decision.looks,
        "policy": policy.model_dump(mode="json"),
        "candidate": {"name": candidate_name, "fingerprint": dict(candidate.fingerprint)},
        "baseline": {"name": reference_name, "fingerprint": dict(reference.fingerprint)},
        "comparisons": [_row(one, policy, candidate, reference) for one in decision.comparisons],
    }
    return {name: finite(value) for name, value in found.items()}


def _row(one: Comparison, policy: Policy, candidate: Evaluation, reference: Evaluation) -> dict[str, object]:
    """A comparison with the change as it is shown, beside the effect that the statistics count with."""
    change = shown_change(one)
    shown = {
        "change": change.value,
        "change_low": change.low,
        "change_high": change.high,
        "change_corrected": change.corrected,
        "direction": direction(change.value, one.unit, higher_is_better=one.higher_is_better),
    }
    return {**one.as_row(), **shown, **_moved(one, policy, candidate, reference)}


def _moved(one: Comparison, policy: Policy, candidate: Evaluation, reference: Evaluation) -> dict[str, list[str]]:
    """The items that got better and worse, by their ids; a loss in nats moves all of them, so it names none."""
    if one.effect is None or one.unit == "nats":
        return {"better_items": [], "worse_items": []}
    items = [item for key in policy.members(one.metric) for item in _pairs(key, candidate, reference)]
    return {
        "better_items": [name for name, change in items if change > 0],
        "worse_items": [name for name, change in items if change < 0],
    }


def _pairs(key: str, candidate: Evaluation, reference: Evaluation) -> list[tuple[str, float]]:
    ours, theirs = candidate.score(key), reference.score(key)
    if ours is None or theirs is None:
        return []
    return [(item.item_id, item.difference) for item in paired_items(ours, theirs)]


def finite(value: JsonValue) -> JsonValue:
    """The value for JSON: whatever is no finite number becomes null, at any depth."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_json(found: Evidence) -> str:
    """Readable, and in plain ASCII, since ids of items come from elsewhere."""
    return json.dumps(found, indent=2, allow_nan=False) + "\n"


def schema() -> JsonObject:
    """The published JSON Schema of an evidence file."""
    text = resources.files("harness.release").joinpath("evidence.schema.json").read_text(encoding="utf-8")
    published: JsonObject = json.loads(text)
    return published
