"""Names of runs that the user did not name."""

from __future__ import annotations

import re

from harness.run.names import new_name


class Everything:
    """A store in which every name of two words is taken."""

    def __contains__(self, name: object) -> bool:
        return str(name).count("-") < 2


def test_a_name_is_two_short_words() -> None:
    assert re.fullmatch(r"[a-z]+-[a-z]+", new_name(set()))


def test_a_taken_name_is_never_given_again() -> None:
    assert new_name(Everything()).endswith("-2")
