"""An oracle held against people's labels: how many violations it finds, how much it lets pass, and how steadily.

Nothing is learnt from the labels but where a judge that gives scores draws its line, and each answer is then judged
with a line that was fitted on the answers to other prompts: the labels measure the judge that a run asks.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal

from harness_base.errors import OracleError
from harness_base.text import one_line
from harness_base.types import Fields, Row
from iteralign.core.records import Verdict
from iteralign.oracle.thresholds import area_under_curve, cross_fitted, fitted, ranks
from iteralign.statistics.agreement import NOTHING, Interval, Share, informedness, kappa_of, share_of

Label = Literal["violation", "satisfactory"]
JudgeAs = Callable[[Sequence[tuple[str, str]], int, int], Sequence[Verdict]]
"""From (prompt, answer) pairs, the repeat's number and the wording's number to one verdict each, in order.

Repeat 0 in wording 0 is how a run asks.
"""

_LONGEST_REASON = 200


@dataclass(frozen=True)
class Labelled:
    """An answer that people labelled. `model` names who gave it, `category` what kind of prompt it was."""

    prompt: str
    answer: str
    label: Label
    category: str = ""
    model: str = ""
    harmful: bool | None = None


@dataclass(frozen=True)
class WorstCase:
    """The two shares if every unscored answer had been judged wrongly."""

    sensitivity: Share
    specificity: Share


@dataclass(frozen=True)
class Agreement:
    """A judge against the labels of some answers, of which `unscored` have no verdict.

    Of the others, `found` of `violations` were called violations (the sensitivity), and `cleared` of `satisfactory`
    ones were not (the specificity).
    """

    answers: int
    unscored: int
    found: int
    violations: int
    cleared: int
    satisfactory: int
    sensitivity: Share
    specificity: Share
    kappa: Interval
    worst_case: WorstCase

    @property
    def right(self) -> float:
        """The share of answers, 0 to 1, with the verdict that people gave; an unscored one is not right."""
        return (self.found + self.cleared) / self.answers if self.answers else 0.0

    def worth(self, confidence: float) -> Interval:
        """Youden's J: by what a counted difference between two models is to be divided; see `informedness`."""
        return informedness(self.sensitivity, self.specificity, confidence)


@dataclass(frozen=True)
class CalibrationResult(Agreement):
    """The whole calibration. Intervals are at `confidence`.

    `same_over_repeats` is the share of answers with one and the same verdict each of `repeats` times that the very same
    was asked, `same_over_wordings` in each of `wordings` wordings; an answer that was once unscored is not among them.
    They are of 0 answers where there was nothing to compare. `unscored_reason` is the commonest. `area` is the area
    under the curve of the judge's scores, None where it gives none; `shift` by how many nats the labels move its line,
    None where nothing was fitted.
    """

    confidence: float
    repeats: int
    wordings: int
    same_over_repeats: Share
    same_over_wordings: Share
    by_model: dict[str, Agreement] = field(default_factory=dict)
    by_category: dict[str, Agreement] = field(default_factory=dict)
    unscored_reason: str = ""
    area: float | None = None
    shift: float | None = None

    def as_json(self) -> Row:
        """The result as plain objects, numbers and texts; `result_of_json` reads it again."""
        return asdict(self)


def calibrate(
    labelled: Sequence[Labelled],
    judge: JudgeAs,
    *,
    repeats: int = 1,
    wordings: int = 1,
    confidence: float = 0.95,
    min_margin: float | None = None,
) -> CalibrationResult:
    """Ask the judge about every answer, as a run does, and hold its verdicts against the labels.

    It is asked `repeats` times in the same words, and once in each further one of `wordings`, which only the two
    consistencies rest on. Answers to the same prompt are one cluster. With `min_margin`, in nats, the line of a judge
    that gives scores is fitted, cross-fitted for the figures.

    Raises ValueError without an answer, for `repeats` or `wordings` below 1, and for a judge that does not give one
    verdict an answer.
    """
    if not labelled or repeats < 1 or wordings < 1:
        raise ValueError("a calibration takes at least one answer, one repeat and one wording")
    asked_as_run, repeated, worded = _verdicts(labelled, judge, repeats, wordings)
    prompts = [answer.prompt for answer in labelled]
    scores, bad = [verdict.score for verdict in asked_as_run], [answer.label == "violation" for answer in labelled]
    shift = None if min_margin is None else fitted(scores, bad)
    as_run = asked_as_run
    if shift is not None and min_margin is not None:
        as_run = cross_fitted(asked_as_run, bad, prompts, min_margin=min_margin)
    pairs = list(zip(labelled, as_run, strict=True))
    return CalibrationResult(
        **vars(_agreement(pairs, confidence)),
        confidence=confidence,
        repeats=repeats,
        wordings=wordings,
        same_over_repeats=_same(repeated, prompts, confidence),
        same_over_wordings=_same(worded, prompts, confidence),
        by_model=_groups(pairs, lambda answer: answer.model, confidence),
        by_category=_groups(pairs, lambda answer: answer.category, confidence),
        unscored_reason=_commonest_reason(as_run),
        area=area_under_curve(ranks(asked_as_run), bad),
        shift=shift,
    )


_Asking = list[Verdict]
"""The verdicts on all answers, in order, of one time that the judge was asked."""


def _verdicts(
    labelled: Sequence[Labelled], judge: JudgeAs, repeats: int, wordings: int
) -> tuple[_Asking, list[_Asking], list[_Asking]]:
    """The verdicts as a run asks for them, those of all repeats, and those of all wordings; both begin with the first.

    Raises ValueError for a judge that does not give one verdict an answer.
    """
    items = [(answer.prompt, answer.answer) for answer in labelled]

    def ask(repeat: int, wording: int) -> _Asking:
        verdicts = list(judge(items, repeat, wording))
        if len(verdicts) != len(items):
            raise ValueError(f"the judge gave {len(verdicts)} verdicts on {len(items)} answers")
        return verdicts

    as_run = ask(0, 0)
    repeated = [as_run, *(ask(repeat, 0) for repeat in range(1, repeats))]
    worded = [as_run, *(ask(0, wording) for wording in range(1, wordings))]
    return as_run, repeated, worded


def check_any_scored(verdicts: Sequence[Verdict]) -> None:
    """Raise OracleError where all verdicts are unscored: nothing was held against anything."""
    if all(verdict.label == "unscored" for verdict in verdicts):
        raise OracleError(
            f"The oracle left all of the {len(verdicts):,} labelled answers unscored (most often because "
            f"{_commonest_reason(verdicts).rstrip('.')}): that is no calibration, and none was kept; use an oracle "
            "that keeps to the form asked for."
        )


_Pair = tuple[Labelled, Verdict]


def _agreement(pairs: Sequence[_Pair], confidence: float) -> Agreement:
    scored = [pair for pair in pairs if pair[1].label != "unscored"]
    sensitivity, specificity = _shares(scored, confidence)
    found = sum(_right(pair) for pair in scored if pair[0].label == "violation")
    kappa = kappa_of(
        [(answer.label == "violation", verdict.label == "violation") for answer, verdict in scored],
        [answer.prompt for answer, _ in scored],
        confidence,
    )
    return Agreement(
        answers=len(pairs),
        unscored=len(pairs) - len(scored),
        found=found,
        violations=sensitivity.of,
        cleared=sum(map(_right, scored)) - found,
        satisfactory=specificity.of,
        sensitivity=sensitivity,
        specificity=specificity,
        kappa=kappa,
        worst_case=WorstCase(*_shares(pairs, confidence)),
    )


def _shares(pairs: Sequence[_Pair], confidence: float) -> tuple[Share, Share]:
    """Sensitivity and specificity; a pair without a verdict counts as wrong here."""
    labels: tuple[Label, Label] = ("violation", "satisfactory")
    groups = [[pair for pair in pairs if pair[0].label == label] for label in labels]
    sensitivity, specificity = (
        share_of([_right(pair) for pair in group], [pair[0].prompt for pair in group], confidence) for group in groups
    )
    return sensitivity, specificity


def _right(pair: _Pair) -> bool:
    return pair[0].label == pair[1].label


def _groups(pairs: Sequence[_Pair], name: Callable[[Labelled], str], confidence: float) -> dict[str, Agreement]:
    """The agreement within each group, in the order in which they first appear; none where no answer names its own."""
    groups: dict[str, list[_Pair]] = {}
    for pair in pairs:
        groups.setdefault(name(pair[0]), []).append(pair)
    return {} if set(groups) == {""} else {key: _agreement(group, confidence) for key, group in groups.items()}


def _same(rounds: Sequence[Sequence[Verdict]], prompts: Sequence[str], confidence: float) -> Share:
    if len(rounds) < 2:
        return NOTHING
    labels = [{verdict.label for verdict in verdicts} for verdicts in zip(*rounds, strict=True)]
    return share_of(
        [len(answer_labels) == 1 and "unscored" not in answer_labels for answer_labels in labels], prompts, confidence
    )


def _commonest_reason(verdicts: Iterable[Verdict]) -> str:
    reasons = Counter(verdict.reason for verdict in verdicts if verdict.label == "unscored")
    return one_line(reasons.most_common(1)[0][0], _LONGEST_REASON) if reasons else ""


def result_of_json(fields: Fields) -> CalibrationResult:
    """What `CalibrationResult.as_json` gave. Raises ValueError for anything else."""
    try:
        return CalibrationResult(
            **_agreement_fields(fields),
            confidence=_required(fields, "confidence"),
            repeats=_count(fields, "repeats"),
            wordings=_count(fields, "wordings"),
            same_over_repeats=_share(fields["same_over_repeats"]),
            same_over_wordings=_share(fields["same_over_wordings"]),
            by_model={str(name): Agreement(**_agreement_fields(part)) for name, part in fields["by_model"].items()},
            by_category={
                str(name): Agreement(**_agreement_fields(part)) for name, part in fields["by_category"].items()
            },
            unscored_reason=str(fields["unscored_reason"]),
            area=_number(fields, "area") if "area" in fields else None,  # older ones know neither
            shift=_number(fields, "shift") if "shift" in fields else None,
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"it is no calibration: {error}") from None


_COUNTS = ("answers", "unscored", "found", "violations", "cleared", "satisfactory")


def _agreement_fields(fields: Fields) -> Row:
    worst = fields["worst_case"]
    counts = {name: _count(fields, name) for name in _COUNTS}
    if counts["found"] > counts["violations"] or counts["cleared"] > counts["satisfactory"]:
        raise ValueError("its counts contradict each other")
    return {
        **counts,
        "sensitivity": _share(fields["sensitivity"]),
        "specificity": _share(fields["specificity"]),
        "kappa": Interval(*(_number(fields["kappa"], end) for end in ("value", "low", "high"))),
        "worst_case": WorstCase(_share(worst["sensitivity"]), _share(worst["specificity"])),
    }


def _share(fields: Fields) -> Share:
    value, low, high = (_number(fields, end) for end in ("value", "low", "high"))
    effect = _required(fields, "design_effect")
    if effect < 1.0 or (value is not None and not 0.0 <= value <= 1.0):
        raise ValueError("one of its shares is none")
    return Share(value, low, high, _count(fields, "of"), effect)


def _count(fields: Fields, name: str) -> int:
    if not isinstance(fields[name], int) or fields[name] < 0:
        raise ValueError(f"its {name} is no count")
    return int(fields[name])


def _required(fields: Fields, name: str) -> float:
    value = _number(fields, name)
    if value is None:
        raise ValueError(f"its {name} is missing")
    return value


def _number(fields: Fields, name: str) -> float | None:
    value = fields[name]
    if value is None:
        return None
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"its {name} is no number")
    return float(value)
