"""Names for what transformers, peft and tokenizers give us, whose classes differ from model to model.

They carry no types of their own that hold for all models, so the type checker takes them as they come.
"""

from __future__ import annotations

from typing import Any

Network = Any
"""A causal language model of transformers', with or without adapters of peft's; a `torch.nn.Module`."""
Tokenizer = Any
"""A tokenizer of transformers', with its chat template."""
Layer = Any
"""One module of a network, as transformers made it or peft wrapped it."""
LibraryConfig = Any
"""A configuration object of transformers' or peft's."""
JsonValue = Any
"""What a JSON file holds: an object, a list, a text, a number, true, false or null."""
JsonObject = dict[str, JsonValue]
"""A JSON object."""
Factory = Any
"""One of transformers' Auto classes, whose methods carry no types."""
