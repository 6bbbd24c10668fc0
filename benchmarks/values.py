"""What a run came to, as values: `python -m benchmarks.values STORE [--run NAME] [--evidence FILE] [--against FILE]`.

Reads a store through its views, the contract that outlives every schema, and prints one JSON object: verdicts,
principles, scores, samples, decisions and revisions of a run, without clocks, paths, names of runs, or anything that
names a version of this program. What is long is a count with a SHA-256. With `--against` it prints what differs from
such an object, and ends with 1 where anything does: so a reshaping of the code shows that it changed no figure.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

WHOLE = ("run_overview", "round_overview", "run_scores", "gate_decisions", "principle_lineage", "principle_worth")
"""Views that are printed row by row."""
HASHED = ("sample_history", "revision_history")
"""Long ones, printed as a count and a hash of the sorted rows."""
PASSING = frozenset(
    {
        *("run", "run_id", "round_id", "evaluation_id", "principle_id", "response_id", "evidence_response_id"),
        *("started_at", "finished_at", "seconds", "scorer_difference"),  # the clock, and noise below the tolerance
        *("config", "environment", "settings", "fingerprint", "adapter_path"),  # names of settings, versions and places
        "attack_messages",  # `attack` turn by turn, where it has several: since migration 0011
    }
)
"""Columns that do not say what a run came to."""


def values(store: Path, run: str | None) -> dict[str, Any]:
    """The values of one run, the last one where `run` is None."""
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    name = run or connection.execute("SELECT run FROM run_overview ORDER BY run_id DESC").fetchone()[0]
    found: dict[str, Any] = {view: rows(connection, view, name) for view in WHOLE}
    for view in HASHED:
        listed = rows(connection, view, name)
        digest = hashlib.sha256("\n".join(map(stated, listed)).encode("utf-8", "surrogatepass"))
        found[view] = {"rows": len(listed), "sha256": digest.hexdigest()}
    return found


def rows(connection: sqlite3.Connection, view: str, run: str) -> list[dict[str, Any]]:
    """The rows of one view about one run, sorted, without the columns that pass."""
    cursor = connection.execute(f"SELECT * FROM {view} WHERE run = ?", [run])  # one of the names above
    return sorted(({key: row[key] for key in set(row.keys()) - PASSING} for row in cursor), key=stated)


def stated(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True)


def evidence(path: Path) -> dict[str, Any]:
    """What a release check came to: verdict, reasons, and each metric's numbers."""
    found = json.loads(path.read_text(encoding="utf-8"))
    kept = ("metric", "role", "result", "candidate_value", "reference_value", "change", "change_low", "change_high")
    return {
        "outcome": found["outcome"],
        "reasons": found["reasons"],
        "comparisons": [{key: row.get(key) for key in kept} for row in found["comparisons"]],
    }


def differences(old: Any, new: Any, place: str = "") -> list[str]:
    """Where two such objects differ, a line each."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = sorted({*old, *new})
        return [line for key in keys for line in differences(old.get(key), new.get(key), f"{place}/{key}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            line for at, pair in enumerate(zip(old, new, strict=True)) for line in differences(*pair, f"{place}/{at}")
        ]
    return [] if old == new else [f"{place}: {stated_short(old)} became {stated_short(new)}"]


def stated_short(value: Any) -> str:
    return json.dumps(value)[:300]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.values", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--run")
    parser.add_argument("--evidence", type=Path, help="evidence.json of a release check")
    parser.add_argument("--against", type=Path, help="an earlier output of this command")
    chosen = parser.parse_args()
    found = values(chosen.store, chosen.run)
    if chosen.evidence:
        found["check"] = evidence(chosen.evidence)
    if chosen.against is None:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return 0
    changed = differences(json.loads(chosen.against.read_text(encoding="utf-8")), found)
    print("\n".join(changed) or "every value is equal")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
