"""Which packages are the project's code, and in which order their folders stand."""

from __future__ import annotations

PACKAGES = ("harness", "harness_base", "iteralign", "reports", "tasks")
"""What is installed, and what is counted."""

ROOMS = (
    "harness_base",
    "harness_base.rows",
    "iteralign.core",
    "iteralign.statistics",
    "iteralign.encoding",
    "iteralign.loading",
    "iteralign.generation",
    "iteralign.scoring",
    "iteralign.training",
    "iteralign.revision",
    "iteralign.constitution",
    "iteralign.model",
    "iteralign.red_team",
    "iteralign.oracle",
    "iteralign.oracle.validation",
    "iteralign.sandbox.world",
    "iteralign.sandbox.rules",
    "iteralign.sandbox",
    "iteralign",
    "tasks.refusals.cues",
    "tasks.refusals",
    "tasks",
    "tasks.data",
    "reports.data",
    "reports.figures",
    "reports",
    "harness",
    "harness.red_team",
    "harness.judges",
    "harness.config",
    "harness.contamination",
    "harness.constitution",
    "harness.evaluation",
    "harness.gate",
    "harness.store",
    "harness.export",
    "harness.assembly",
    "harness.release",
    "harness.run",
    "harness.cli",
    "harness.cli.constitution",
    "harness.cli.model",
    "harness.cli.oracle",
)
"""Every folder with code, the lowest first: none imports a later one, and docs/architecture.md says what each is."""
