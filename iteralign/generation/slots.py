"""Keys and values of answers under way, in memory that is laid out once.

transformers' growing cache is copied as a whole at each token. Here every sequence has a row of its own, filled from
its first column on, so that a token is written where it belongs, rows of different lengths stand side by side, and a
row that has ended makes room for another prompt.
"""

from __future__ import annotations

import torch
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer

from iteralign.core.libraries import Network


class Slots:
    """Room for `rows` sequences of up to `width` tokens in each layer of a network whose cache is a plain growing one.

    Rows in use are the first ones. What a pass writes, and what it sees, is set before it by `reading` or `writing`.
    """

    def __init__(self, network: Network, rows: int, width: int) -> None:
        self.rows, self.width = rows, width
        self._device, self._dtype = network.device, network.dtype
        self._layers = [_SlotLayer(self) for _ in DynamicCache(config=network.config).layers]
        self.cache = Cache(layers=[*self._layers])
        self.at: tuple[slice | torch.Tensor, slice | torch.Tensor] = (slice(0), slice(0))
        self.seen_rows, self.seen, self.before = slice(0), 0, 0

    def reading(self, rows: slice, start: int, length: int) -> dict[str, object]:
        """The arguments of a pass that reads `length` columns of these rows, from `start` on.

        Each token sees what stands before it. What a shorter row has behind its end is overwritten before it is seen.
        """
        self.at, self.seen_rows = (rows, slice(start, start + length)), rows
        self.seen, self.before = start + length, start
        positions = torch.arange(start, start + length, device=self._device)
        visible = torch.arange(self.seen, device=self._device) <= positions[:, None]
        count = rows.stop - rows.start
        return {
            "position_ids": positions.expand(count, -1),
            "attention_mask": self._additive(visible)[None, None].expand(count, 1, -1, -1),
            "past_key_values": self.cache,
            "use_cache": True,
        }

    def writing(self, lengths: torch.Tensor, longest: int) -> dict[str, object]:
        """The arguments of a pass with one more token for each of the first rows, which hold so many tokens by now."""
        rows = len(lengths)
        self.at, self.seen_rows = (torch.arange(rows, device=self._device), lengths), slice(0, rows)
        self.seen, self.before = longest + 1, longest
        visible = torch.arange(self.seen, device=self._device) <= lengths[:, None]
        return {
            "position_ids": lengths[:, None],
            "attention_mask": self._additive(visible)[:, None, None],
            "past_key_values": self.cache,
            "use_cache": True,
        }

    def _additive(self, visible: torch.Tensor) -> torch.Tensor:
        lowest = torch.finfo(self._dtype).min
        return torch.zeros(visible.shape, dtype=self._dtype, device=self._device).masked_fill_(~visible, lowest)

    def copy(self, source: int, targets: slice, columns: slice) -> None:
        """These columns of one row in others as well."""
        for layer in self._layers:
            for part in layer.parts:
                part[targets, :, columns] = part[source, :, columns]

    def clear(self, row: int, columns: slice) -> None:
        """Nothing of what was there: masked or not, NaN spoils all that is added up with it."""
        for layer in self._layers:
            for part in layer.parts:
                part[row, :, columns].zero_()


class _SlotLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """One layer of all slots, [rows, heads, width, size] each for keys and values."""

    def __init__(self, slots: Slots) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._slots = slots
        self.parts: list[torch.Tensor] = []

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: object, **__: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        slots = self._slots
        if not self.parts:
            self.parts = [
                states.new_zeros(slots.rows, states.shape[1], slots.width, states.shape[-1])
                for states in (key_states, value_states)
            ]
            self.is_initialized = True
        rows, columns = slots.at
        for part, states in zip(self.parts, (key_states, value_states), strict=True):
            # By tensors the head's place comes behind that of the row.
            part[rows, :, columns] = states if isinstance(rows, slice) else states[:, :, 0]
        keys, values = (part[slots.seen_rows, :, : slots.seen] for part in self.parts)
        return keys, values

    def get_seq_length(self) -> int:
        return self._slots.before


def plain_cache(network: Network) -> bool:
    """Whether all that the network keeps of a sequence is each token's keys and values, for as long as it lasts."""
    layers = DynamicCache(config=network.config).layers
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)
