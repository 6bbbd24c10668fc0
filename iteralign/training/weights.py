"""Trained weights on a base model: what every kind of them can do, and the base to go back to.

A kind is a class in a file of its own, and `WEIGHTS` lists them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self, TypeGuard

import torch

from iteralign.core.libraries import Network, Tokenizer
from iteralign.core.registry import Registry
from iteralign.core.settings import TrainingSettings

State = dict[str, torch.Tensor]
"""A network's tensors by name, on the CPU."""


class Base:
    """The network that is trained, with its tokenizer, and what it takes to compute as the base model again."""

    def __init__(self, network: Network, tokenizer: Tokenizer) -> None:
        self.network = network
        self.tokenizer = tokenizer
        self._state: State | None = None

    def keep(self) -> None:
        """Copy the base's weights, before they are trained or replaced for the first time."""
        if self._state is None:
            self._state = copy_state(self.network)

    def activate(self) -> None:
        """Make the network compute as the base model."""
        if getattr(self.network, "_hf_peft_config_loaded", False):  # transformers' own mark of an adapter's network
            from iteralign.loading.adapters import switch_adapters  # with peft, which is there by now

            switch_adapters(self.network, on=False)
        elif self._state is not None:
            self.network.load_state_dict(self._state)


class Weights(ABC):
    """Trained weights by the name of their candidate, which can be put on a base and taken off again.

    `identity` names what they compute, by `iteralign.loading.identity`. `frozen_base` says that the base's own tensors
    stay as they were loaded.
    """

    frozen_base: ClassVar[bool]

    def __init__(self, base: Base, name: str) -> None:
        self.base = base
        self.name = name
        self.identity = ""

    @classmethod
    @abstractmethod
    def prepare(cls, base: Base, name: str, settings: TrainingSettings, accepted: Weights | None, *, seed: int) -> Self:
        """New weights that go on from the accepted ones, or from the base, activated and ready to be trained."""

    @classmethod
    @abstractmethod
    def restore(cls, base: Base, name: str, folder: Path) -> Self:
        """Weights that were saved to `folder`, activated. Raises ModelError where they don't fit the base."""

    @abstractmethod
    def activate(self) -> None:
        """Make the network compute with these weights."""

    @abstractmethod
    def unload(self) -> None:
        """Free their memory; they are no longer needed."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the trained weights, while they are active. Raises OSError or SafetensorError."""


def copy_state(network: Network) -> State:
    """A copy of all the network's tensors."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in network.state_dict().items()}


def _is_weights(kind: object) -> TypeGuard[type[Weights]]:
    return isinstance(kind, type) and issubclass(kind, Weights)


WEIGHTS: Registry[type[Weights]] = Registry(
    "kind of weights",
    "iteralign.weights",
    {"lora": "iteralign.training.lora:LoraWeights", "full": "iteralign.training.full:FullWeights"},
    _is_weights,
)
