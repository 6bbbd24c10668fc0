"""Log-likelihoods of many requests at once: what they share is forwarded once, see `token_tree`.

A prefix leaves its keys and values in a cache; rows of a tree then go on from it under a 4-D mask that lets each column
see its own ancestors only, at the position it has in its sequence. So every number is that of the plain layout, up to
rounding. The idea is that of tree attention (SpecInfer, Miao et al., ASPLOS 2024) and of prefix caching (SGLang, Zheng
et al., 2024), used on requests that are all known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial

import torch
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer

from iteralign.core.libraries import Layer, Network
from iteralign.generation.cores import spread
from iteralign.generation.head_reads import HeadReads
from iteralign.generation.packing import packed
from iteralign.scoring.token_tree import Group, Pair, Row, Tokens

Answer = tuple[float, bool]
"""A choice's summed log-probability in nats, and whether greedy decoding would write it."""

_LIKE = 0.8
"""A narrower row than this share of the widest waits for the next batch: a pass more costs less than the padding."""
_LOGIT_CELLS = 16_000_000
"""Most logits that are turned into log-probabilities at a time, which bounds that memory at 64 MB in float32."""


class SharedPrefixScorer:
    """Scores groups of rows with one model. `budget` bounds the columns of one forward pass, padding counted.

    `max_rows` bounds a pass's rows too, where it is given. `forwarded` counts the tokens that went through the model so
    far, padding included.
    """

    def __init__(self, model: Network, *, budget: int, max_rows: int | None = None) -> None:
        self._model = model
        self._budget = budget
        self._max_rows = max_rows
        self.forwarded = 0

    def score(
        self, groups: Sequence[Group], *, advance: Callable[[int], None], causal_only: bool = False
    ) -> dict[Pair, Answer]:
        """Every request's answer. `advance` is called with the requests done. An error of the model's is passed on.

        `causal_only` leaves the tree out of the mask: numbers that are wrong wherever requests share a row, which shows
        that a comparison with the right ones can fail.
        """
        answers: dict[Pair, Answer] = {}
        with closing(self.batches(groups, causal_only=causal_only)) as batches:
            for scored in batches:
                answers |= scored
                advance(len(scored))
        return answers

    def batches(
        self, groups: Sequence[Group], *, causal_only: bool = False
    ) -> Generator[dict[Pair, Answer], None, None]:
        """The same, pass by pass, to be closed where it is not read to its end: a row's requests come together."""
        columns = sum(row.width for group in groups for row in group.rows)
        # The head reads little: only where a choice is predicted.
        with packed(self._model, rows=self._budget, tokens=columns, head=False), HeadReads(self._model) as reads:
            for group in groups:
                cache = self._read_prefix(group.prefix, reads) if group.prefix else None
                batches = list(batches_of(group.rows, self._budget, self._max_rows))
                score = partial(self._score_batch, reads, cache, len(group.prefix), causal_only)
                yield from spread(score, batches, self._model.device)
                self.forwarded += len(group.prefix) + sum(len(batch) * batch[0].width for batch in batches)

    @torch.no_grad()
    def _read_prefix(self, prefix: Tokens, reads: HeadReads) -> Cache:
        cache = DynamicCache()
        ids = torch.tensor([prefix], device=self._model.device)
        reads.only(torch.zeros(1, dtype=torch.long), torch.zeros(1, dtype=torch.long))
        self._model(input_ids=ids, past_key_values=cache, use_cache=True)
        return cache

    @torch.no_grad()
    def _score_batch(
        self, reads: HeadReads, cache: Cache | None, prefix: int, causal_only: bool, rows: Sequence[Row]
    ) -> dict[Pair, Answer]:
        device, dtype = self._model.device, self._model.dtype
        width = max(row.width for row in rows)
        where, columns, wanted = _predictions(rows)
        past = {"past_key_values": _frozen(cache, len(rows)), "use_cache": True} if cache else {"use_cache": False}
        reads.only(where, columns)
        logits = self._model(
            input_ids=_padded([row.tokens for row in rows], width).to(device),
            position_ids=_padded([row.positions for row in rows], width).to(device),
            attention_mask=_mask(rows, prefix, width, dtype, causal_only).to(device),
            **past,
        ).logits[0]
        return _read_off(rows, *_compare(logits, wanted.to(device)))


def batches_of(rows: Sequence[Row], budget: int, max_rows: int | None = None) -> Iterator[list[Row]]:
    """Rows of like width together, widest first, at most `max_rows`, as many as `budget` columns hold with padding."""
    batch: list[Row] = []
    for row in sorted(rows, key=lambda row: row.width, reverse=True):
        full = batch and ((len(batch) + 1) * batch[0].width > budget or len(batch) == max_rows)
        if full or (batch and row.width < _LIKE * batch[0].width):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


class _FrozenLayer(DynamicLayer):  # type: ignore[no-untyped-call]
    """A prefix's keys and values for `rows` rows, which a forward pass reads and does not add to.

    A cache that keeps what it is given would hold a copy for every layer until the pass is over.
    """

    def __init__(self, layer: Layer, rows: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.keys, self.values = (part.expand(rows, -1, -1, -1) for part in (layer.keys, layer.values))
        self.dtype, self.device, self.is_initialized = self.keys.dtype, self.keys.device, True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: object, **__: object
    ) -> tuple[torch.Tensor, torch.Tensor]:
        assert self.keys is not None
        assert self.values is not None
        return torch.cat([self.keys, key_states], dim=-2), torch.cat([self.values, value_states], dim=-2)


def _frozen(cache: Cache, rows: int) -> Cache:
    return Cache(layers=[_FrozenLayer(layer, rows) for layer in cache.layers])


def _padded(values: Sequence[Sequence[int]], width: int) -> torch.Tensor:
    return torch.tensor([[*row, *[0] * (width - len(row))] for row in values])


def _mask(rows: Sequence[Row], prefix: int, width: int, dtype: torch.dtype, causal_only: bool) -> torch.Tensor:
    """The additive mask, [rows, 1, width, prefix + width]: a column sees the prefix, its ancestors and itself.

    Padding sees itself too, since attention to nothing would be NaN.
    """
    columns = torch.arange(width)
    ends = torch.stack([torch.tensor(row.ends + list(range(row.width + 1, width + 1))) for row in rows])
    visible = columns[None, None, :] <= columns[None, :, None]
    if not causal_only:
        visible = visible & (columns[None, :, None] < ends[:, None, :])
    mask = torch.zeros(len(rows), 1, width, prefix + width, dtype=dtype)
    mask[:, 0, :, prefix:].masked_fill_(~visible, torch.finfo(dtype).min)
    return mask


def _predictions(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """For each token of each choice in turn: its row, the column whose logits predict it, and the token."""
    predictions = [
        (number, column, token)
        for number, row in enumerate(rows)
        for (_, choice), columns in row.columns.items()
        for column, token in zip(columns, choice, strict=True)
    ]
    where, columns, tokens = (torch.tensor(part) for part in zip(*predictions, strict=True))
    return where, columns, tokens


def _compare(logits: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, list[bool]]:
    """Each place's log-probability of its token, in float32, and whether the token is the likeliest."""
    values: list[torch.Tensor] = []
    greedy: list[bool] = []
    step = max(1, _LOGIT_CELLS // logits.shape[-1])
    for part, tokens in zip(torch.split(logits, step), torch.split(wanted, step), strict=True):
        values.append(torch.log_softmax(part, dim=-1, dtype=torch.float32).gather(1, tokens[:, None])[:, 0])
        greedy += (part.argmax(dim=-1) == tokens).tolist()
    return torch.cat(values).cpu(), greedy


def _read_off(rows: Sequence[Row], values: torch.Tensor, greedy: list[bool]) -> dict[Pair, Answer]:
    """Sums in float32, as lm-eval's are, which rounds those of a hundred tokens to a ten-thousandth of a nat."""
    answers: dict[Pair, Answer] = {}
    start = 0
    for row in rows:
        for pair in row.columns:
            end = start + len(pair[1])
            answers[pair] = (float(values[start:end].sum()), all(greedy[start:end]))
            start = end
    return answers
