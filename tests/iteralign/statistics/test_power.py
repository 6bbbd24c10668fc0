"""What a comparison could have shown at best."""

from __future__ import annotations

import numpy as np
import pytest

from iteralign.statistics.effect import effect_of
from iteralign.statistics.power import detectable, detectable_flip, items_needed


def test_the_known_effect_of_a_mean() -> None:
    """1.645 + 0.842 standard errors."""
    assert detectable(0.01, 0.05) == pytest.approx(0.02487, abs=1e-5)


def test_an_effect_of_the_size_named_is_found_four_times_out_of_five() -> None:
    """Simulated: 300 items of which one in twenty moves either way, beside the effect."""
    level, items, moved = 0.01, 300, 30
    effect = detectable_flip(moved, items, level)
    rng = np.random.default_rng(5)
    up = (moved / items + effect) / 2
    draws = rng.choice([1.0, -1.0, 0.0], p=[up, up - effect, 1 - 2 * up + effect], size=(400, items))
    found = np.mean([effect_of(one.tolist(), range(items)).p_above(0.0) <= level for one in draws])
    assert 0.6 < found < 0.95


def test_where_nothing_moved_an_effect_still_has_to_move_items() -> None:
    assert 0.01 < detectable_flip(0, 500, 0.0025) < 0.05


def test_half_the_effect_needs_four_times_the_items() -> None:
    assert items_needed(100, 0.04, 0.02) == 400
    assert items_needed(100, 0.04, 0.0) is None
