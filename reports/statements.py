"""The sentences of a report: what kind of run this was, what changed, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from harness_base.display import NBSP, amount, counted, is_primary, label
from reports.data.changes import Change, Trajectory
from reports.data.contents import Contents
from reports.data.report import Headline
from reports.data.run import Run

_CARDS = ("attack_success", "over_refusal", "harmless", "truthfulqa", "helpful")
_PRACTICE_MODEL = "sandbox"


@dataclass(frozen=True)
class Banner:
    """What must be read before anything else."""

    title: str
    sentences: tuple[str, ...]


def banner_of(run: Run) -> Banner | None:
    """The warning of a practice run; None for a run that says something about a real model."""
    if not run.practice:
        return None
    if run.model == _PRACTICE_MODEL:
        return Banner(
            "Practice: this proves nothing about real models.",
            (
                "The model is a tiny one made for practice, and the tasks were made with it. The figures show that the "
                "loop and its gate work; they are no evidence of what the method does to a real model.",
            ),
        )
    return Banner(
        "Practice parts were insisted on: this proves nothing about the model.",
        ("The embedded oracle or practice tasks were used with a real model: their figures say nothing about it.",),
    )


def status_of(run: Run) -> list[str]:
    """What a reader must know of how the run ended."""
    where = f", last in {run.last_stage}" if run.last_stage else ""
    outcome = f" {_sentence(run.outcome)}" if run.outcome else ""
    if run.status == "running":
        return [f"This run is marked as running{where}: it goes on, or it was killed. What follows is so far."]
    if run.status in ("interrupted", "failed"):
        return [f"This run {_ended(run.status)}{where}.{outcome} What follows was measured until then."]
    if run.accepted_rounds == 0:
        return [f"No candidate was accepted, so the result is the base model, unchanged.{outcome}"]
    return [outcome.strip()] if outcome else []


def _ended(status: str) -> str:
    return "was interrupted" if status == "interrupted" else "failed"


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def headline_of(contents: Contents) -> Headline | None:
    """What to open with; None when nothing at all was measured."""
    if any(change.result is not None for change in contents.final):
        opening = "On items that neither training nor any gate decision has seen, "
        return Headline("final", contents.final, opening + _moves(contents.final), "result")
    if not contents.gate:
        return None
    missing = "The result has not been measured on the final items, so these figures come from the gate's own items"
    seen = "; the gate has seen them, which flatters what it let through."
    if contents.run.accepted_rounds == 0:
        return Headline("gate", contents.gate, f"{missing}. No candidate was accepted.", "base, unchanged")
    return Headline("gate", contents.gate, f"{missing}{seen} There, {_moves(contents.gate)}", "last accepted")


def _moves(changes: Sequence[Change]) -> str:
    first = [_move(change) for change in cards_of(changes)[:2]]
    gains = [round(change.gain_points, 1) for change in evidence(changes) if change.gain_points is not None]
    better, worse = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    balance = f"{better} got better and {worse} worse" if better or worse else "none changed"
    return f"{' and '.join(first)}. Of {counted(len(gains), 'piece of evidence', 'pieces of evidence')}, {balance}."


def evidence(changes: Sequence[Change]) -> list[Change]:
    """One change for each piece of evidence: metrics that rest on the same rows are not counted twice."""
    families: dict[str, Change] = {}
    for change in changes:
        counted_already = families.setdefault(change.family or change.task, change)
        if _is_primary(change) and not _is_primary(counted_already):
            families[change.family or change.task] = change
    return list(families.values())


def _is_primary(change: Change) -> bool:
    return is_primary(change.task, change.metric)


def _move(change: Change) -> str:
    name = label(change.task, change.metric)
    if name[1:] == name[1:].lower():
        name = name.lower()
    if change.base is None or change.result is None or change.change_points is None:
        return f"{name} could not be compared"
    if abs(change.change_points) < 0.05:
        return f"{name} stayed at {amount(change.base, change.unit)}"
    verb = "rose" if change.change_points > 0 else "fell"
    return f"{name} {verb} from {amount(change.base, change.unit)} to {amount(change.result, change.unit)}"


def cards_of(changes: Sequence[Change]) -> list[Change]:
    """The few metrics to show large, one of each kind."""
    primary = [change for change in changes if _is_primary(change)]
    firsts = [next((change for change in primary if word in change.task), None) for word in _CARDS]
    return [change for change in firsts if change is not None] or list(changes[:4])


def frontier_note(contents: Contents) -> str:
    """What the frontier shows, and how to read it; empty where there is none."""
    frontier = contents.frontier
    if frontier is None:
        return ""
    sentences = [
        "The frontier, on the gate's items: a model that refuses everything has no successful attack either, so the "
        "two belong together, and the lower left corner is the goal.",
        "Each point is the base or a candidate, named by round and try where there is room, with its "
        f"{100 * contents.confidence:g}{NBSP}% intervals as thin lines; the arrows follow the accepted ones, a grey "
        "line joins the tries of one round.",
    ]
    if frontier.partial:
        sentences.append("Open marks were asked a part of the items, since the gate knew enough.")
    if frontier.missing:
        sentences.append(
            f"{counted(frontier.missing, 'candidate')} without both values {_is(frontier.missing)} left out."
        )
    return " ".join([*sentences, f"Attacks: {contents.worth}."])


def _is(number: int) -> str:
    return "is" if number == 1 else "are"


def described(trajectory: Trajectory) -> str:
    """A trajectory in words, for those who can't see its figure."""
    name = label(trajectory.task, trajectory.metric)
    unit = trajectory.unit
    steps = [f"base {amount(trajectory.base, unit)}"]
    steps += [f"round {point.round} {point.state} {amount(point.value, unit)}" for point in trajectory.points]
    return f"{name} over the rounds: {', '.join(steps)}"


def started(run: Run) -> str:
    """When the run began, to the minute."""
    return _time(run.started_at).strftime(f"%Y-%m-%d{NBSP}%H:%M{NBSP}UTC")


def elapsed(run: Run) -> float | None:
    """Seconds from start to end, None for a run that has not ended."""
    return (_time(run.finished_at) - _time(run.started_at)).total_seconds() if run.finished_at else None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
