"""A model's last layer, given only the places whose logits are wanted: of a small model it is a fifth of a pass."""

from __future__ import annotations

import threading

import torch

from iteralign.core.libraries import Network


class HeadReads(threading.local):
    """While it is entered, the model's last layer is given only those places that the thread at work has asked for.

    Its logits then are [1, places, vocabulary]. Passes in several threads share the model, and each has its own places.
    """

    def __init__(self, model: Network) -> None:
        self._model = model
        self._rows = self._columns = torch.zeros(0, dtype=torch.long)

    def only(self, rows: torch.Tensor, columns: torch.Tensor) -> None:
        """The (row, column) places that this thread's next pass is asked for."""
        self._rows, self._columns = rows, columns

    def _select(self, _: object, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        hidden, *rest = inputs
        return hidden[self._rows.to(hidden.device), self._columns.to(hidden.device)][None], *rest

    def __enter__(self) -> HeadReads:
        self._hook = self._model.get_output_embeddings().register_forward_pre_hook(self._select)
        return self

    def __exit__(self, *_: object) -> None:
        self._hook.remove()
