"""What a judge is worth, in a few words that stand beside every figure that it gave.

Its calibration against people's labels says most, then, of the judge `form`, the error that was measured of it, then
its examination on plain cases. A judge that was never held against anything is not calibrated, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness_base.display import NOT_REFUSED, amount, counted
from harness_base.types import Row
from reports.data.judge import (
    Calibration,
    Examination,
    judges_in,
    names_of_judges,
    read_calibrations,
    read_examinations,
)
from reports.data.known import FormError
from reports.data.reading import Views
from reports.data.run import Run

NOT_CALIBRATED: Final = "judge not calibrated"
_SEVERAL: Final = "several judges gave verdicts, see the section on the judge"
JUDGED: Final = ("attack_success", NOT_REFUSED, "disputed")
"""The metrics that rest on verdicts; the other ones of an attack task are read from the form of the answers."""


@dataclass(frozen=True)
class Worths:
    """What each judge of a run is worth; `names` are those that judged in it, the newest of what is held is last."""

    names: tuple[str, ...]
    calibrations: tuple[Calibration, ...] = ()
    examinations: tuple[Examination, ...] = ()
    form: FormError | None = None

    @property
    def of_run(self) -> str:
        """Of the judge that gave a run's verdicts."""
        return self.of(self.names[0]) if len(self.names) == 1 else _SEVERAL if self.names else NOT_CALIBRATED

    @property
    def form_of_run(self) -> FormError | None:
        """What was measured of the judge `form`, as it is now, where it was among the run's."""
        return self.form if self.form and self.form.judge in self.names else None

    def of_score(self, row: Row) -> str:
        """Of the judge behind a row of `run_scores`; empty where no judge gave its value."""
        if row["metric"] not in JUDGED:
            return ""
        name = judges_in(row).get(row["task"])
        return self.of_run if name is None else self.of(name)

    def of(self, judge: str) -> str:
        """Of the judge of that name."""
        calibration = next((one for one in self.calibrations if one.oracle == judge), None)
        if calibration:
            return _calibrated(calibration)
        if self.form and self.form.judge == judge:
            return _by_form(self.form)
        examination = next((one for one in reversed(self.examinations) if one.oracle == judge), None)
        return _examined(examination) if examination else NOT_CALIBRATED


def read_worths(views: Views, run: Run, form: FormError | None) -> Worths:
    """Of the judges of a run; `form` is what was measured of the one that goes by the form."""
    return Worths(names_of_judges(views, run), read_calibrations(views, run), read_examinations(views), form)


def is_judged(key: str) -> bool:
    """Whether a judge's verdicts are behind that "task/metric"."""
    return key.rpartition("/")[2] in JUDGED


def _calibrated(calibration: Calibration) -> str:
    sensitivity, specificity = (one.value for one in calibration.numbers[:2])
    return _words("judge", sensitivity, specificity, counted(calibration.answers, "labelled answer"))


def _by_form(form: FormError) -> str:
    answers = counted(form.violations + form.satisfactory, "labelled answer")
    return _words("judge form", _share(form.found, form.violations), _share(form.let_pass, form.satisfactory), answers)


def _examined(exam: Examination) -> str:
    cases = counted(exam.violations + exam.satisfactory, "plain case")
    who = "judge" if exam.passed else "judge failed its examination"
    return _words(who, _share(exam.found, exam.violations), _share(exam.let_pass, exam.satisfactory), cases)


def _words(who: str, sensitivity: float | None, specificity: float | None, on: str) -> str:
    return f"{who}: sensitivity {amount(sensitivity, digits=0)}, specificity {amount(specificity, digits=0)} ({on})"


def _share(right: int, of: int) -> float | None:
    return right / of if of else None
