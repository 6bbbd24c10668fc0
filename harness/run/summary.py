"""A run at its end as plain rows for the closing summary, read from the store's views."""

from __future__ import annotations

import json
from pathlib import Path

from harness.config.schema import RunConfig
from harness.run.changes import intervals
from harness.run.known import worths_of
from harness.run.records import ConfirmedPart, MetricRow, Summary
from harness.store.store import Store
from harness_base.stopping import asked_of
from harness_base.types import Row
from reports.data.known import Intervals
from reports.data.worth import Worths
from tasks.catalog import final_key


def summarise(store: Store, config: RunConfig, name: str, seconds: float) -> Summary:
    """What was gained, lost and rejected, and where the files are; `seconds` is how long the command took."""
    run_id = store.runs.id_of(name)
    run = store.views.rows("run_overview", run_id=run_id)[0]
    rounds = store.views.rows("round_overview", run_id=run_id)
    folder = config.runs_dir / name
    refused = _refused(store.views.rows("gate_decisions", run_id=run_id))
    return {
        "run": name,
        "outcome": run["outcome"],
        "practice": bool(run["practice"]),
        "rows": gains(store, name),
        "accepted_rounds": run["accepted_rounds"],
        "rejected_candidates": len(refused),
        "skipped_rounds": sum(row["status"] == "skipped" for row in rounds),
        "rejections": refused,
        "principles": _principles(store.views.rows("principle_lineage", run_id=run_id)),
        "notes": json.loads(run["notes"]),
        "files": {
            "report": str(folder / "report" / "index.html"),
            **_adapters(folder / "adapters", store.runs.accepted_subject(run_id)),
            "store": str(config.store_path),
        },
        "seconds": seconds,
        **_final_look(store.views.rows("check_decisions", run_id=run_id)),
    }


def _adapters(folder: Path, accepted: str) -> dict[str, str]:
    """The folder of all candidates, and the one that the run accepted last, for whoever goes on with it."""
    if not folder.is_dir():
        return {}
    return {"adapters": str(folder), **({"accepted": str(folder / accepted)} if accepted != "base" else {})}


def _final_look(checks: list[Row]) -> ConfirmedPart:
    """What the items that no round has seen say of the result; empty where there are none, or nothing was accepted."""
    if not checks:
        return {"confirmed": "", "confirmed_reasons": []}
    return {"confirmed": checks[-1]["outcome"], "confirmed_reasons": json.loads(checks[-1]["reasons"])}


def gains(store: Store, name: str) -> list[MetricRow]:
    """`metric_rows` of the run of that name, with all that the store knows of their intervals and judges."""
    run_id = store.runs.id_of(name)
    scores = store.views.rows("run_scores", run_id=run_id)
    return metric_rows(scores, intervals(store, run_id), worths_of(store, name))


def metric_rows(scores: list[Row], changes: Intervals, worths: Worths) -> list[MetricRow]:
    """Base and result on the items that no gate decision saw; on the gate's where the run has no others."""
    accepted = [row for row in scores if row["state"] == "accepted"]
    last = max((row["round"] for row in accepted), default=None)
    on_gate = [row for row in accepted if row["round"] == last]
    result = [row for row in scores if row["subject"] == "result"] or on_gate
    measured = {row["score"] for row in result}
    # Guards, for example, have no items beside the gate's.
    bases = [row for row in scores if row["subject"] == "base" and row["split"] == "gate"]
    result += [row for row in on_gate or bases if result and not {row["score"], final_key(row["score"])} & measured]
    return [_row(row, changes, worths) for row in result]


def _row(row: Row, changes: Intervals, worths: Worths) -> MetricRow:
    interval = changes.of(row["split"], row["subject"], row["score"])
    return {
        "metric": row["score"],
        "split": row["split"],
        "base": row["base_value"],
        "result": row["value"],
        "low": interval.low,
        "high": interval.high,
        "confidence": changes.confidence,
        "no_interval": interval.problem,
        "worth": worths.of_score(row),
        "higher_is_better": bool(row["higher_is_better"]),
        "unit": row["unit"],
        "asked": asked_of(row["items"], row["task_items"]) if row["task_items"] else "",
    }


def _refused(comparisons: list[Row]) -> list[str]:
    """One sentence a candidate that was not accepted."""
    sentences: dict[str, str] = {}
    for row in comparisons:
        if row["outcome"] != "accept":
            reasons = "; ".join(json.loads(row["reasons"]))
            sentences[row["adapter"]] = f"{row['adapter']}: {row['outcome']}, {reasons}"
    return list(sentences.values())


def _principles(lineage: list[Row]) -> list[str]:
    in_force = {row["position"]: row["principle"] for row in lineage if row["in_force"]}
    return [in_force[position] for position in sorted(in_force)]
