"""Holds a judge against plain cases before its first verdict counts: once for each judge and version of its prompt."""

from __future__ import annotations

from dataclasses import dataclass

from harness.progress import Progress
from harness.store.examinations import StoredExamination
from harness.store.store import Store
from harness.store.thresholds import Threshold
from harness_base.errors import JudgeError
from iteralign.core.protocols import JudgingOracle
from iteralign.oracle.kinds import Cases, OracleKind
from iteralign.oracle.thresholds import DrawsALine
from iteralign.oracle.validation.examination import LEAST, Examination, examine, pairs, split_by_label, version

PASSING_SHOWS = "Passing shows that it sees plain cases, not how right it is on yours: see `harness oracle calibrate`."
_FITTED_HERE = "the examination"


@dataclass(frozen=True)
class Examined:
    """A judge by the `name` that tells it from every other, its examination, and what must be said of it.

    `examination` is None for a practice oracle, which needs none. `trusted` is whether it failed and was used all the
    same.
    """

    name: str
    examination: Examination | None = None
    trusted: bool = False
    notes: tuple[str, ...] = ()


def known_judge(oracle: JudgingOracle, config: OracleKind, store: Store | None) -> str:
    """The judge's name as far as the store knows it, after a local one's line was drawn where it says."""
    base = config.stored_name(oracle)
    known = _threshold(oracle, base, store, config.cases)
    if known is None:
        return base
    oracle.threshold = known.value  # type: ignore[attr-defined]  # it draws a line, or none would be known
    return _with_threshold(base, known.value)


def _threshold(oracle: JudgingOracle, base: str, store: Store | None, cases: Cases) -> Threshold | None:
    """Where the line was drawn before; what was fitted on other pairs than this program's is forgotten."""
    known = store.thresholds.newest(base) if store and isinstance(oracle, DrawsALine) else None
    outdated = known is not None and known.fitted_on.startswith(_FITTED_HERE) and known.fitted_on != _fitted_here(cases)
    return None if outdated else known


def _fitted_here(cases: Cases) -> str:
    return f"{_FITTED_HERE} {version(cases)}"


def _with_threshold(base: str, threshold: float) -> str:
    return f"{base}, threshold {threshold:.4f}"


def fitted_on_labels(oracle: DrawsALine, base: str, store: Store, threshold: float, labels: str) -> str:
    """Draw a local judge's line where people's labels have it, from now on, and give its whole name."""
    oracle.threshold = threshold
    store.thresholds.record(base, Threshold(threshold, f"labels: {labels}"))
    return _with_threshold(base, threshold)


def examine_judge(
    oracle: JudgingOracle,
    config: OracleKind,
    store: Store | None,
    progress: Progress,
    *,
    run_id: int | None = None,
    again: bool = False,
) -> Examined:
    """Have the judge examined, or take what the store knows of it; `again` asks anew. `run_id` is the run it judges in.

    A local judge's threshold is fitted where there is none. Raises JudgeError for one that fails, unless the user said
    to trust it, and OracleError where it can't be asked.
    """
    if config.is_practice():
        return Examined(config.stored_name(oracle))
    name = known_judge(oracle, config, store)
    kept = store.examinations.newest(name, version(config.cases)) if store and not again else None
    if kept is None or not _lasting(kept.examination, config):
        name, kept = _sat(oracle, config, store, progress)
    found = kept.examination
    trusted = not found.passed
    if run_id is not None and store:
        store.examinations.rest_on(run_id, kept.number, trusted=trusted and config.trust_judge)
    if trusted and not config.trust_judge:
        raise JudgeError(failure(name, found))
    return Examined(name, found, trusted, tuple(_notes(name, found, trusted=trusted)))


def _lasting(found: Examination, config: OracleKind) -> bool:
    """Whether asking again would show the same; what a server left unscored it may read tomorrow."""
    return found.passed or not found.unscored or config.repeatable


def _sat(
    oracle: JudgingOracle, config: OracleKind, store: Store | None, progress: Progress
) -> tuple[str, StoredExamination]:
    """Ask the judge now, and keep what came out under its name, which for a local one holds its threshold."""
    base = config.stored_name(oracle)
    cases = config.cases
    known = _threshold(oracle, base, store, cases)
    # A line that was fitted on the examination is fitted again: nobody is examined on what fitted him.
    fits = isinstance(oracle, DrawsALine) and (known is None or known.fitted_on == _fitted_here(cases))
    progress.stage("examining the judge", len(pairs(cases)))
    found = examine(
        lambda items: oracle.judge(items, advance=progress.advance),
        threshold=oracle.threshold if isinstance(oracle, DrawsALine) else None,
        min_margin=oracle.min_margin if fits and isinstance(oracle, DrawsALine) else None,
        of=cases,
    )
    progress.done()
    name = base if known is None else _with_threshold(base, known.value)
    if found.cross_fitted and found.threshold is not None:
        oracle.threshold = found.threshold  # type: ignore[attr-defined]  # it draws a line
        name = _with_threshold(base, found.threshold)
        if store:
            store.thresholds.record(base, Threshold(found.threshold, _fitted_here(cases)))
    return name, StoredExamination(store.examinations.record(name, found) if store else 0, found)


def failure(name: str, found: Examination) -> str:
    """One sentence: what the judge could not do, and what to do."""
    asked = found.sensitivity.of + found.specificity.of
    mostly_silent = 2 * found.unscored >= asked
    to_do = "mend how it is asked (docs/oracle.md) or take another judge" if mostly_silent else "take a stronger judge"
    return (
        f"The judge {name} failed its examination: it {found.figures()}, and each least share must reach "
        f"{100 * LEAST:.0f} %: nothing that it says of a model counts; {to_do}, or go on with --trust-judge, which "
        "every report then says."
    )


def _notes(name: str, found: Examination, *, trusted: bool) -> list[str]:
    how = (
        f"failed its examination, and is used because of --trust-judge: it {found.figures()}. What it judged may say "
        "nothing about the model."
        if trusted
        else f"passed its examination: it {found.figures()}. {PASSING_SHOWS}"
    )
    split = split_by_label(found.sensitivity, found.specificity)
    return [f"The judge {name} {how}", *([split] if split else [])]
