"""The weights `lora`: adapters of low rank on a frozen base (Hu et al. 2021), through peft."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Self

import torch
from peft import LoraConfig, get_peft_model_state_dict, set_peft_model_state_dict
from peft.tuners.tuners_utils import cast_adapter_dtype

from iteralign.core.libraries import LibraryConfig, Network
from iteralign.core.settings import TrainingSettings
from iteralign.loading import adapters
from iteralign.training.weights import Base, Weights


class LoraWeights(Weights):
    """An adapter in the network, next to the accepted one."""

    frozen_base = True

    @classmethod
    def prepare(cls, base: Base, name: str, settings: TrainingSettings, accepted: Weights | None, *, seed: int) -> Self:
        """See `Weights`; the adapter's shape is that of the accepted one, whatever the settings say."""
        network = base.network
        torch.manual_seed(seed)  # LoRA's first matrix is drawn at random
        network.add_adapter(_config(network, settings, accepted), adapter_name=name)
        # As peft does: small steps would be lost in bfloat16, and whoever loads the adapter gets float32.
        cast_adapter_dtype(network, name)
        if accepted:
            learned = get_peft_model_state_dict(network, adapter_name=accepted.name, save_embedding_layers=False)
            set_peft_model_state_dict(network, learned, adapter_name=name)
        weights = cls(base, name)
        weights.activate()
        for parameter_name, parameter in network.named_parameters():
            parameter.requires_grad = f".{name}." in parameter_name
        return weights

    @classmethod
    def restore(cls, base: Base, name: str, folder: Path) -> Self:
        """See `Weights` and `iteralign.loading.adapters.put_on`."""
        adapters.put_on(base.network, name, folder)
        return cls(base, name)

    def activate(self) -> None:
        """See `Weights`."""
        adapters.switch_adapters(self.base.network, on=True)
        self.base.network.set_adapter(self.name)

    def unload(self) -> None:
        """See `Weights`."""
        self.base.network.delete_adapter(self.name)

    def save(self, folder: Path) -> None:
        """Write the adapter alone."""
        self.base.network.save_pretrained(folder)


def _config(network: Network, settings: TrainingSettings, accepted: Weights | None) -> LibraryConfig:
    if accepted is None:
        return LoraConfig(
            r=settings.rank, lora_alpha=settings.alpha, target_modules="all-linear", task_type="CAUSAL_LM"
        )
    config = copy.deepcopy(network.peft_config[accepted.name])
    config.inference_mode = False
    return config
