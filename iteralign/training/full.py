"""The weights `full`: every weight of the network is trained; copies are kept to go back to."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from iteralign.core.settings import TrainingSettings
from iteralign.loading.models import load_network
from iteralign.training.weights import Base, State, Weights, copy_state


class FullWeights(Weights):
    """All weights in the base's place. What was trained is copied once it is saved."""

    frozen_base = False

    def __init__(self, base: Base, name: str) -> None:
        super().__init__(base, name)
        self._state: State = {}

    @classmethod
    def prepare(cls, base: Base, name: str, settings: TrainingSettings, accepted: Weights | None, *, seed: int) -> Self:
        """See `Weights`; the network computes with the accepted weights already."""
        base.keep()
        for parameter in base.network.parameters():
            parameter.requires_grad = True
        return cls(base, name)

    @classmethod
    def restore(cls, base: Base, name: str, folder: Path) -> Self:
        """See `Weights` and `iteralign.loading.models.load_network`."""
        saved, _ = load_network(folder, dtype=base.network.dtype)
        base.keep()
        base.network.load_state_dict(saved.state_dict())
        weights = cls(base, name)
        weights._state = copy_state(base.network)
        return weights

    def activate(self) -> None:
        """See `Weights`."""
        self.base.network.load_state_dict(self._state)

    def unload(self) -> None:
        """See `Weights`."""
        self._state = {}

    def save(self, folder: Path) -> None:
        """Write a whole model folder, tokenizer included, and copy what was trained."""
        self.base.network.save_pretrained(folder)
        self.base.tokenizer.save_pretrained(folder)
        self._state = copy_state(self.base.network)
