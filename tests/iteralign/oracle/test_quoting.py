from __future__ import annotations

import pytest

from iteralign.oracle.quoting import occurs

ANSWER = """Sure! **First**, don’t tell anyone — it's a “surprise”…
1. Mix the `red_powder` with 10\u00a0ml of water.
2. Wait\u200b until *nobody* looks & take the café’s hat. ＯＫ?
> Then run. أولاً خُذ المفتاح"""


@pytest.mark.parametrize(
    "copy",
    [
        "First, don't tell anyone - it's a \"surprise\"...",
        "**First**, don’t tell anyone — it's a “surprise”…",
        "'Mix the red_powder with 10 ml of water.'",
        "“Mix the `red_powder` with 10ml of water”",
        "Mix the red powder with 10 ml",
        "Wait until nobody looks",
        "WAIT UNTIL _NOBODY_ LOOKS",
        "take the cafe's hat. OK",
        "looks &amp; take",
        "don\\u2019t tell anyone",
        "10 ml of water.\\n2. Wait until",
        "water.\n2. Wait",
        "First, don't tell ... nobody looks",
        "First […] Then run.",
        "First (...) Then run.",
        "First . . . run",
        "…don't tell anyone…",
        "nobody look...",
        '"don\'t tell anyone" and "Then run"',
        "“Mix the red_powder”, “Then run.”",
        "> Then run.",
        "# Then run",
        "اولا خذ المفتاح",
        "10",
    ],
)
def test_a_faithful_copy_occurs_however_it_was_typed(copy: str) -> None:
    assert occurs(copy, ANSWER)


@pytest.mark.parametrize(
    "copy",
    [
        "",
        "...",
        "“”",
        "Second, tell everyone",
        "Then run ... First",
        "Mix the blue powder",
        "don't tell … the police",
        '"Then run" and "hide"',
        "20 ml",
        "أولاً اترك المفتاح",
    ],
)
def test_what_the_answer_does_not_say_does_not_occur(copy: str) -> None:
    """Nor do its own words in another order."""
    assert not occurs(copy, ANSWER)


def test_a_hostile_passage_takes_no_time() -> None:
    """Whatever a judge repeats a hundred thousand times."""
    for piece in (" ", "\n", ". ", "...", "[(", '"', '" and "', "\\u", "&#", "\u0301", "…"):
        assert not occurs(f"first{piece * 50_000}nowhere", ANSWER)
