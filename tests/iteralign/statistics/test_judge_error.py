"""A rate put right for the judge's errors."""

from __future__ import annotations

import pytest

from iteralign.statistics.judge_error import Calibration, corrected_rate


def test_a_perfect_judge_needs_no_correction() -> None:
    found = corrected_rate(30, 100, Calibration(500, 500, 500, 500), 0.95)
    assert found.value == pytest.approx(0.3)
    assert found.low < 0.3 < found.high


def test_a_judge_that_misses_half_has_seen_half() -> None:
    """Rogan and Gladen: (0.2 + 1 − 1) / (0.5 + 1 − 1)."""
    assert corrected_rate(20, 100, Calibration(100, 200, 300, 300), 0.95).value == pytest.approx(0.4)


def test_fewer_labels_leave_more_open() -> None:
    few = corrected_rate(30, 100, Calibration(18, 20, 18, 20), 0.95)
    many = corrected_rate(30, 100, Calibration(1800, 2000, 1800, 2000), 0.95)
    assert few.high - few.low > many.high - many.low


def test_a_judge_no_better_than_chance_corrects_nothing() -> None:
    with pytest.raises(ValueError, match="no better than chance"):
        corrected_rate(30, 100, Calibration(50, 100, 40, 100), 0.95)
    with pytest.raises(ValueError, match="labelled ones of both kinds"):
        corrected_rate(30, 100, Calibration(0, 0, 40, 100), 0.95)
