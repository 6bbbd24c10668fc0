"""What a run's figures may depend on beside its configuration."""

from __future__ import annotations

import platform
from importlib.metadata import version

from iteralign.model.causal import CausalModel


def environment(model: CausalModel) -> dict[str, str]:
    """What the run's figures may depend on beside its configuration."""
    import torch

    packages = ("iteralign-harness", "torch", "transformers", "peft", "lm-eval", "datasets", "tokenizers")
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "threads": str(torch.get_num_threads()),
        "device": str(model.network.device),
        "dtype": str(model.network.dtype).removeprefix("torch."),
        **{name: version(name) for name in packages},
    }
