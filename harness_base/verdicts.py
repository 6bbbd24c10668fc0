"""What a release engineer calls the three outcomes of a gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VERDICTS: Final[Mapping[str, str]] = {"accept": "GO", "reject": "NO-GO", "inconclusive": "INCONCLUSIVE"}
"""The gate's outcome to the word that is printed, stored in evidence and shown in reports."""
