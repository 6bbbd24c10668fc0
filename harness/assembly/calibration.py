"""Holding a configured oracle against people's labels, and keeping what came of it in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.assembly.judge import fitted_on_labels, known_judge
from harness.progress import Progress
from harness.store import Store
from iteralign.core.protocols import JudgingOracle
from iteralign.core.records import OracleItem, Verdict
from iteralign.oracle.kinds import OracleKind
from iteralign.oracle.thresholds import DrawsALine
from iteralign.oracle.validation.calibration import CalibrationResult, Labelled, calibrate, check_any_scored


@dataclass(frozen=True)
class Labels:
    """Answers that people labelled, and in words where they are from."""

    answers: Sequence[Labelled]
    source: str


def calibrate_oracle(
    oracle: JudgingOracle,
    config: OracleKind,
    store: Store,
    labels: Labels,
    progress: Progress,
    times: tuple[int, int],
) -> tuple[CalibrationResult, str]:
    """Calibrate the oracle, record that, and give it back with the judge's name.

    `times` are how often it is asked in the same words, and in how many wordings. The name of a local judge holds the
    threshold that the labels gave it. Raises OracleError where the judge gives no verdict on anything.
    """
    name = known_judge(oracle, config, store)
    min_margin = oracle.min_margin if isinstance(oracle, DrawsALine) else None
    result = _asked(oracle, labels.answers, progress, times, min_margin)
    if isinstance(oracle, DrawsALine) and result.shift is not None:
        threshold = oracle.threshold + result.shift
        name = fitted_on_labels(oracle, config.stored_name(oracle), store, threshold, labels.source)
    store.calibrations.record(name, labels.source, result)
    return result, name


def _asked(
    oracle: JudgingOracle,
    labelled: Sequence[Labelled],
    progress: Progress,
    times: tuple[int, int],
    min_margin: float | None,
) -> CalibrationResult:
    repeats, wordings = times
    progress.stage("asking the oracle", len(labelled) * (repeats + wordings - 1))

    def judge(items: Sequence[OracleItem], repeat: int, wording: int) -> Sequence[Verdict]:
        verdicts = oracle.judge_as(items, repeat=repeat, wording=wording, advance=progress.advance)
        check_any_scored(verdicts)
        return verdicts

    result = calibrate(labelled, judge, repeats=repeats, wordings=wordings, min_margin=min_margin)
    progress.done()
    return result
