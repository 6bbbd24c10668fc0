"""How a run begins: its row in the store, and everything that is settled before the first measurement."""

from __future__ import annotations

from harness.assembly.environment import environment
from harness.assembly.roles import form_notes
from harness.config.schema import RunConfig
from harness.run.names import new_name
from harness.run.parts import RunParts
from harness.store.store import Store
from iteralign.oracle.roles import label
from iteralign.sandbox import PRACTICE_MODEL


def free_name(store: Store, config: RunConfig) -> str:
    """The name that the user gave, or a new one."""
    return config.name or new_name({row["run"] for row in store.views.rows("run_overview")})


def start_run(store: Store, parts: RunParts, name: str) -> int:
    """Add the run with its prompts, notes and the constitution that it starts from, and give its id.

    Raises StoreError when the name is taken.
    """
    config = parts.config
    run_id = store.runs.start(
        name=name,
        model=config.model.path,
        oracle=label(config.oracle),
        seed=config.seed,
        config=config.model_dump(mode="json"),
        environment=environment(parts.model),
        practice=config.model.path == PRACTICE_MODEL or bool(parts.notes),
        notes=parts.notes,
    )
    store.prompts.record(run_id, parts.red_team.prompts, skipped=parts.red_team.skipped)
    for note in (*form_notes(config.judge), *parts.model.notes, *parts.red_team.notes):
        store.runs.add_note(run_id, note)
    _record_start(store, parts, run_id)
    return run_id


def _record_start(store: Store, parts: RunParts, run_id: int) -> None:
    """Keep the written constitution that the run starts from, if there is one."""
    if parts.constitution.principles:
        store.constitutions.edit(
            run_id,
            action="import",
            principles=parts.constitution.principles,
            round_number=0,
            made_by="align-and-eval",
            why=f"started from {parts.config.constitution.file}",
        )
