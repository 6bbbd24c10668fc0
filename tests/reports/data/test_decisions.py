"""What a report reads of a gate decision's comparisons."""

from __future__ import annotations

import pytest

from harness_base.display import CORRECTED
from reports.data.decisions import Comparison


@pytest.mark.parametrize(
    ("method", "corrected"),
    [("Tango" + CORRECTED, True), ("Tango", False), ("bias-corrected bootstrap", False), ("", False)],
)
def test_only_the_gates_own_mark_says_that_a_judges_errors_were_taken_out(method: str, corrected: bool) -> None:
    """A statistic may have the word in its name."""
    nothing = dict.fromkeys(("candidate", "reference_value", "change", "low", "high", "margin"))
    comparison = Comparison(
        "task/acc", "protect", "base", "pass", "", **nothing, items=1, better=0, worse=0, method=method
    )
    assert comparison.corrected is corrected
