"""What a report says of the run as a whole: what it was, its rounds, what they cost and what was kept from training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness_base.display import violations_label
from harness_base.types import Fields
from reports.data.reading import Views, grouped


@dataclass(frozen=True)
class Run:
    """One row of `run_overview`, its JSON read."""

    run_id: int
    name: str
    model: str
    oracle: str
    seed: int
    practice: bool
    status: str
    outcome: str
    started_at: str
    finished_at: str | None
    rounds: int
    accepted_rounds: int
    last_stage: str
    prompts: int
    skipped: Mapping[str, int]
    config: Fields
    environment: Fields
    notes: tuple[str, ...]

    @property
    def violations_label(self) -> str:
        """What this run's violations are called."""
        return violations_label(self.config)


@dataclass(frozen=True)
class Round:
    """One row of `round_overview`: in `revisions` tries `kept_revisions` of `revised` violating answers were mended."""

    number: int
    status: str
    reason: str
    responses: int
    violations: int
    unscored: int
    proposals: int
    revised: int
    revisions: int
    kept_revisions: int
    attempts: int
    seconds: float


@dataclass(frozen=True)
class Cost:
    """The seconds of one stage of one round; `round` is None outside of the rounds."""

    round: int | None
    stage: str
    seconds: float


@dataclass(frozen=True)
class Overlap:
    """How many texts of one kind were kept from training because they match items of a task; `how` says in what way."""

    kind: str
    task: str
    how: str
    texts: int


def read_run(views: Views) -> Run:
    """The run itself."""
    (row,) = views.rows("run_overview")
    return Run(
        run_id=row["run_id"],
        name=row["run"],
        model=row["model"],
        oracle=row["oracle"],
        seed=row["seed"],
        practice=bool(row["practice"]),
        status=row["status"],
        outcome=row["outcome"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        rounds=row["rounds"],
        accepted_rounds=row["accepted_rounds"],
        last_stage=row["last_stage"] or "",
        prompts=row["prompts"],
        skipped=row["skipped_reasons"] or {},
        config=row["config"],
        environment=row["environment"],
        notes=tuple(row["notes"]),
    )


def read_rounds(views: Views) -> tuple[Round, ...]:
    """The rounds that were begun, in order."""
    return tuple(
        Round(
            number=row["round"],
            status=row["status"],
            reason=row["reason"],
            responses=row["responses"],
            violations=row["violations"],
            unscored=row["unscored"],
            proposals=row["proposals"],
            revised=row["revised"],
            revisions=row["revisions"],
            kept_revisions=row["kept_revisions"],
            attempts=row["attempts"],
            seconds=row["seconds"],
        )
        for row in views.rows("round_overview", order="round")
    )


def read_costs(views: Views) -> tuple[Cost, ...]:
    """What each stage of each round took, in the order of the view."""
    return tuple(Cost(row["round"], row["stage"], row["seconds"]) for row in views.rows("run_costs"))


def read_overlaps(views: Views) -> tuple[Overlap, ...]:
    """What was kept from training, summed up."""
    groups = grouped(views.rows("contamination", order="kind, task, how"), "kind", "task", "how")
    return tuple(Overlap(kind, task, how, len(rows)) for (kind, task, how), rows in groups.items())
