"""How many verdicts may be missing before nothing is learnt from the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness_errors import OracleError
from iteralign.records import Verdict


def check_unscored(verdicts: Sequence[Verdict], limit: float) -> None:
    """Raise OracleError when more than `limit` of `verdicts` (a share from 0 to 1) are unscored."""
    reasons = Counter(verdict.reason for verdict in verdicts if verdict.label == "unscored")
    if reasons.total() <= limit * len(verdicts):
        return
    commonest, _ = reasons.most_common(1)[0]
    raise OracleError(
        f"The oracle left {reasons.total()} of {len(verdicts)} answers unscored, more than {limit:.0%} "
        f"(most often: {commonest}): nothing was learnt from them; use an oracle that keeps to the form asked for."
    )
