"""The names of the views that everybody but the store itself reads; `sql/` says what each one holds."""

from __future__ import annotations

from typing import Final

VIEWS: Final = (
    "run_overview",
    "round_overview",
    "run_scores",
    "round_gains",
    "principle_lineage",
    "sample_history",
    "gate_decisions",
    "revision_history",
    "evaluation_overview",
    "run_costs",
    "contamination",
    "check_decisions",
    "baseline_overview",
    "principle_worth",
    "constitution_history",
    "oracle_use",
    "calibration_overview",
    "examination_overview",
)
"""Every view of a store. All have `run_id` and `run`, the run's name, as their first columns or among them."""
