"""Nothing is learnt from a batch that an oracle mostly could not judge."""

from __future__ import annotations

import pytest

from harness_errors import OracleError
from iteralign.records import Verdict
from iteralign.unscored import check_unscored


def test_unscored_verdicts_up_to_the_share_pass() -> None:
    """The share itself is allowed, and so are no verdicts at all."""
    unscored, fine = Verdict("unscored", reason="r"), Verdict("satisfactory")
    check_unscored([unscored] * 5 + [fine] * 5, 0.5)
    check_unscored([], 0.5)
    for too_many in ([unscored] * 6 + [fine] * 4, [unscored]):
        with pytest.raises(OracleError):
            check_unscored(too_many, 0.5)
