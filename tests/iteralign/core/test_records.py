"""What the loop's plain data says of itself."""

from __future__ import annotations

from iteralign.core.settings import TrainingSettings


def test_a_training_makes_as_many_passes_as_its_epochs_say() -> None:
    assert TrainingSettings(epochs=2, batch_size=8).steps(20) == 6


def test_max_steps_bound_a_long_training_and_never_lengthen_a_short_one() -> None:
    settings = TrainingSettings(epochs=2, batch_size=8, max_steps=16)
    assert settings.steps(200) == 16
    assert settings.steps(20) == 6
