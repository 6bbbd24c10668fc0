"""What a judge's calibration makes of the rates that it counted: the rates, and the difference between two models'.

A judge that finds the share `s` of all violations and clears the share `c` of all other answers counts, where the true
rate is p, the rate p·s + (1 - p)·(1 - c). Two models that the same judge counts therefore differ, as counted, by the
true difference times J = s + c - 1 (Youden's J). While J is above 0 the sign of a difference is the true one, so
whether one model is better needs no correction. Its size does: a margin is about true rates, and is held against the
counted difference divided by J, with the end of J's interval that is the less favourable. All of this takes the judge
to err alike on both models' answers; that is what calibrating it on such answers is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from harness.gate.pairing import PairedItem
from harness_base.display import CORRECTED
from harness_base.text import one_line
from iteralign.oracle.validation.calibration import CalibrationResult
from iteralign.statistics.agreement import MIN_FOR_INTERVAL, Interval
from iteralign.statistics.judge_error import Calibration, corrected_rate
from iteralign.statistics.paired import Effect
from tasks import catalog

_MAX_MODELS = 3
_MIN_CONFIDENCE = 0.95
"""Of J's interval: what is no better than chance is no question of how many looks a run has."""


@dataclass(frozen=True)
class _Worth:
    """Youden's J with the ends of its interval, all above 0."""

    value: float
    low: float
    high: float

    def of_claim(self, value: float, *, above: bool) -> float:
        """The J with which "the true effect lies above (or below) `value`" is hardest to show of the counted one."""
        return value * (self.low if above == (value < 0.0) else self.high)

    def end(self, counted: float, *, lower: bool) -> float:
        """An end of the true effect's interval from that of the counted one."""
        outwards = (counted < 0.0) == lower
        return min(1.0, max(-1.0, counted / (self.low if outwards else self.high)))


@dataclass(frozen=True)
class _Corrected(Effect):
    """The effect behind a counted one."""

    counted: Effect
    worth: _Worth

    def p_above(self, value: float) -> float:
        return self.counted.p_above(self.worth.of_claim(value, above=True))

    def p_below(self, value: float) -> float:
        return self.counted.p_below(self.worth.of_claim(value, above=False))

    def interval(self, confidence: float) -> tuple[float, float]:
        low, high = self.counted.interval(confidence)
        return self.worth.end(low, lower=True), self.worth.end(high, lower=False)

    def detectable(self, level: float) -> float:
        return self.counted.detectable(level) / self.worth.value


@dataclass(frozen=True)
class Correction:
    """What a judge has to do with a metric, or a pool of them, and what can be taken out of its count.

    `note` says it in words, for the two rates in the order candidate, reference.
    """

    keys: Sequence[str]
    calibration: CalibrationResult | None
    confidence: float
    """Of the comparison's own interval, at which J's is taken too."""

    def true(self, counted: Effect) -> Effect:
        """The effect behind the counted one; the counted one itself where nothing can be taken out."""
        worth = self._worth
        if worth is None:
            return counted
        return _Corrected(
            estimate=min(1.0, max(-1.0, counted.estimate / worth.value)),
            items=counted.items,
            clusters=counted.clusters,
            better=counted.better,
            worse=counted.worse,
            method=f"{counted.method}{CORRECTED}",
            standard_error=counted.standard_error / worth.value,
            counted=counted,
            worth=worth,
        )

    @property
    def corrects(self) -> bool:
        """Whether a judge's errors are taken out."""
        return self._worth is not None

    def divisor(self) -> float:
        """By what a counted difference is divided: Youden's J, or 1 where nothing is corrected."""
        return self._worth.value if self._worth else 1.0

    def note(self, items: Sequence[PairedItem], effect: Effect, reference: str) -> str:
        """What a reader must know; empty where no judge is behind these metrics."""
        if not any(_rests_on_judge(key) for key in self.keys):
            return ""
        if self.calibration is None:
            return "counted by a judge that is not calibrated on both models' answers, so its errors are not taken out"
        if not self._is_count:
            return "rests in part on a judge's verdicts, whose errors are not taken out"
        if self._worth is None:
            return self._why_not(self.calibration)
        return self._rates(self.calibration, items, effect, reference)

    @property
    def _is_count(self) -> bool:
        metrics = [catalog.metric_of(key) for key in self.keys]
        return all(metric is not None and metric.counts_violations for metric in metrics)

    @property
    def _worth(self) -> _Worth | None:
        if self.calibration is None or not self._is_count:
            return None
        return _usable(self.calibration.worth(max(self.confidence, _MIN_CONFIDENCE)))

    def _rates(
        self, calibration: CalibrationResult, items: Sequence[PairedItem], effect: Effect, reference: str
    ) -> str:
        # Items that share a query count as one, which is the least that they can be worth.
        alike = effect.clusters / effect.items
        rates = []
        for who, side in (("candidate", 0), (reference, 1)):
            counted = fmean(item.values[side] for item in items)
            found = corrected_rate(
                counted * len(items) * alike, len(items) * alike, _counts(calibration), calibration.confidence
            )
            rates.append(
                f"{who} counted {_percent(counted)}, corrected for the judge's errors {_percent(found.value)} "
                f"({100.0 * found.low:.1f} to {100.0 * found.high:.1f} at {100.0 * calibration.confidence:.0f} %)"
            )
        return (
            f"{'; '.join(rates)}; effect and interval are the counted ones divided by {self.divisor():.2f}, the "
            f"judge's sensitivity and specificity less 1; {_whose(calibration)}"
        )

    def _why_not(self, calibration: CalibrationResult) -> str:
        if min(calibration.violations, calibration.satisfactory) < MIN_FOR_INTERVAL:
            return (
                "counted by a judge whose errors can't be taken out, since too few of its verdicts have a label: under "
                f"{MIN_FOR_INTERVAL} of a kind "
                f"({calibration.violations} on violations, {calibration.satisfactory} on satisfactory answers); "
                f"{_whose(calibration)}"
            )
        return (
            "counted by a judge whose errors can't be taken out, since it tells violations from other answers no "
            f"better than chance (sensitivity {_percent(calibration.sensitivity.value)}, specificity "
            f"{_percent(calibration.specificity.value)}); {_whose(calibration)}"
        )


def _usable(worth: Interval) -> _Worth | None:
    """The J to divide by; None unless the whole of its interval is above 0."""
    if worth.value is None or worth.low is None or worth.high is None or worth.low <= 0.0:
        return None
    return _Worth(worth.value, worth.low, worth.high)


def _rests_on_judge(key: str) -> bool:
    metric = catalog.metric_of(key)
    return metric is not None and metric.from_verdicts


def _counts(calibration: CalibrationResult) -> Calibration:
    """The calibration's counts, fewer where answers to one prompt were labelled together."""
    found, cleared = calibration.sensitivity.design_effect, calibration.specificity.design_effect
    return Calibration(
        calibration.found / found,
        calibration.violations / found,
        calibration.cleared / cleared,
        calibration.satisfactory / cleared,
    )


def _percent(share: float | None) -> str:
    return "not measured" if share is None else f"{100.0 * share:.1f} %"


def _whose(calibration: CalibrationResult) -> str:
    names = [one_line(name, 40) for name in calibration.by_model if name]
    more = f" and {len(names) - _MAX_MODELS} more" if len(names) > _MAX_MODELS else ""
    of_whom = f" of {', '.join(names[:_MAX_MODELS])}{more}" if names else ""
    return f"the judge was calibrated on {calibration.answers} answers{of_whom}"
