"""How a run ended: as a sentence in the store, as its exit code's meaning, and as its summary."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.config.schema import RunConfig
from harness.run.records import Summary
from harness.run.summary import summarise
from harness.store.store import Store
from iteralign.loop import StopReason

ExitMeaning = Literal["done", "nothing_accepted", "rejected", "inconclusive"]
_SENTENCES: dict[StopReason, str] = {
    "converged": "converged: {clean} batches in a row held no violation (loop.clean_batches)",
    "patience": "stopped: {patience} rounds in a row brought nothing that the gate accepts (loop.patience)",
    "max_rounds": "stopped after {rounds} rounds, the most that loop.max_rounds allows",
    "prompts_used_up": "stopped: every red-team prompt has been drawn",
}
_MEANINGS: dict[str, ExitMeaning] = {"reject": "rejected", "inconclusive": "inconclusive"}


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended.

    `exit_meaning` is "nothing_accepted" when violations remained and no candidate was accepted, and "rejected" or
    "inconclusive" when candidates were, and items that no round has seen do not confirm that.
    """

    run_name: str
    accepted_rounds: int
    converged: bool
    summary: Summary
    report_dir: Path
    store_path: Path
    exit_meaning: ExitMeaning


def outcome_text(config: RunConfig, reason: StopReason) -> str:
    """One sentence: how the run ended, with the setting behind it."""
    loop = config.loop
    return _SENTENCES[reason].format(clean=loop.clean_batches, patience=loop.patience, rounds=loop.max_rounds)


def outcome(config: RunConfig, name: str, reason: StopReason, seconds: float) -> RunOutcome:
    """What the finished run came to, read from its store; `seconds` is how long the command took."""
    with Store.open(config.store_path) as store:
        summary = summarise(store, config, name, seconds)
    accepted = summary["accepted_rounds"]
    return RunOutcome(
        run_name=name,
        accepted_rounds=accepted,
        converged=reason == "converged",
        summary=summary,
        report_dir=config.runs_dir / name / "report",
        store_path=config.store_path,
        exit_meaning=exit_meaning(accepted, reason, summary["confirmed"]),
    )


def exit_meaning(accepted: int, reason: StopReason, confirmed: str) -> ExitMeaning:
    """What the exit code says; `confirmed` is the outcome of the final look, empty where there was none."""
    if not accepted:
        return "done" if reason == "converged" else "nothing_accepted"
    return _MEANINGS.get(confirmed, "done")
