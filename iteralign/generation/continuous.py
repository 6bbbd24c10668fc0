"""Answers written together by rows that come and go: one that has ended leaves, and the next prompt takes its place.

The iteration-level scheduling of Yu et al. (Orca, OSDI 2022), for a list of prompts that is known beforehand: so all of
it is a function of the prompts and the seed, and none of the time that anything takes.
"""

from __future__ import annotations

import inspect
import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from iteralign.core.libraries import Network
from iteralign.generation.slots import Slots

_WAVE = 8
"""New prompts enter once this share of the rows is free: read together, they cost less."""
_LOOK_EVERY = 8
"""Tokens between two looks for stop texts and at the progress: decoding is slow."""

Stopped = Callable[[int, Sequence[int]], bool]
"""Given a prompt's number and what was written after it, whether that holds a stop text."""
Report = Callable[[float], None]
"""Told how many answers' worth is written, whole ones and parts."""


@dataclass(frozen=True)
class Rules:
    """How answers are written: greedily at temperature 0, otherwise drawn by the seed; when they end."""

    new_tokens: int
    ends: frozenset[int]
    temperature: float = 0.0
    seed: int = 0
    stopped: Stopped | None = None


@dataclass(frozen=True)
class Layout:
    """What is written together: most rows, tokens that all prompts begin with, and most tokens of a reading pass."""

    rows: int
    prefix: int
    read_at_once: int


@dataclass(frozen=True)
class Written:
    """Token ids before the end token; `finished` is false where the limit ended it, `finite` where NaN came about."""

    tokens: tuple[int, ...]
    finished: bool
    finite: bool


@dataclass
class _Row:
    """An answer under way: `read` tokens have keys and values, `following` is read next."""

    number: int
    read: int
    following: int
    draws: random.Random
    tokens: list[int] = field(default_factory=list)


class ContinuousBatch:
    """Writes the answers to `prompts`, given by their numbers, longest first."""

    def __init__(
        self,
        network: Network,
        prompts: Sequence[tuple[int, Sequence[int]]],
        rules: Rules,
        layout: Layout,
        *,
        report: Report,
        unwanted: threading.Event,
    ) -> None:
        self._network, self._rules, self._layout = network, rules, layout
        self._waiting = deque(prompts)
        self._under_way: list[_Row] = []
        self._written: dict[int, Written] = {}
        self._report, self._unwanted = report, unwanted
        width = max(len(ids) for _, ids in prompts) + rules.new_tokens
        self._slots = Slots(network, min(layout.rows, len(prompts)), width)
        self._no_logits = {"logits_to_keep": 1} if takes(network, "logits_to_keep") else {}

    @torch.inference_mode()
    def run(self) -> dict[int, Written]:
        """What was written after each prompt; less than all where the rest became unwanted on the way."""
        self._read_prefix()
        steps = 0
        while (self._waiting or self._under_way) and not self._unwanted.is_set():
            self._let_in()
            self._write()
            steps += 1
            if steps % _LOOK_EVERY == 0:
                self._report_progress()
        self._report_progress()
        return self._written

    def _read_prefix(self) -> None:
        """What all prompts begin with, in every row, where it stays."""
        length = self._layout.prefix
        if length:
            self._read(slice(0, 1), 0, [self._waiting[0][1][:length]])
            self._slots.copy(0, slice(1, self._slots.rows), slice(0, length))

    def _let_in(self) -> None:
        """Prompts for the rows that are free, once these are a share of all or nothing else is left to enter."""
        free = min(self._slots.rows - len(self._under_way), len(self._waiting))
        if free < min(max(1, self._slots.rows // _WAVE), len(self._waiting)) and self._under_way:
            return
        prefix = self._layout.prefix
        while free:
            length = max(1, len(self._waiting[0][1]) - 1 - prefix)
            count = min(free, max(1, self._layout.read_at_once // length))
            joining = [self._waiting.popleft() for _ in range(count)]
            first = len(self._under_way)
            # The last token is read by the pass that predicts what follows it.
            self._read(slice(first, first + count), prefix, [ids[prefix:-1] for _, ids in joining])
            self._under_way += [self._row(number, ids) for number, ids in joining]
            free -= count

    def _row(self, number: int, ids: Sequence[int]) -> _Row:
        return _Row(number, len(ids) - 1, ids[-1], random.Random(f"{self._rules.seed} {number}"))

    def _read(self, rows: slice, start: int, texts: Sequence[Sequence[int]]) -> None:
        longest = max(map(len, texts))
        if longest:
            ids = [[*text, *[0] * (longest - len(text))] for text in texts]
            self._network(
                input_ids=torch.tensor(ids, device=self._network.device),
                **self._slots.reading(rows, start, longest),
                **self._no_logits,
            )

    def _write(self) -> None:
        """One more token for every row; those that end with it leave."""
        rows, device = self._under_way, self._network.device
        lengths = torch.tensor([row.read for row in rows], device=device)
        logits = self._network(
            input_ids=torch.tensor([[row.following] for row in rows], device=device),
            **self._slots.writing(lengths, max(row.read for row in rows)),
        ).logits[:, -1]
        highest, tokens = logits.max(dim=-1)
        if self._rules.temperature:
            tokens = drawn(logits, self._rules.temperature, [row.draws.random() for row in rows])
        finite = torch.isfinite(highest).tolist()
        for place, token in reversed(list(enumerate(tokens.tolist()))):
            row = rows[place]
            row.read, row.following = row.read + 1, token
            written = self._ended(row, token, finite[place])
            if written is not None:
                self._written[row.number] = written
                self._leave(place, written)

    def _ended(self, row: _Row, token: int, finite: bool) -> Written | None:
        """The answer, where this token ends it."""
        rules = self._rules
        if finite and token in rules.ends:
            return Written(tuple(row.tokens), True, True)
        row.tokens.append(token)
        looked_at = rules.stopped is not None and len(row.tokens) % _LOOK_EVERY == 0
        stopped = looked_at and rules.stopped is not None and rules.stopped(row.number, row.tokens)
        if stopped or not finite or len(row.tokens) >= rules.new_tokens:
            return Written(tuple(row.tokens), bool(stopped and finite), finite)
        return None

    def _leave(self, place: int, written: Written) -> None:
        """The last row takes the place of the one that ended; all rows behind that have gone on already."""
        prefix = self._layout.prefix
        if not written.finite:
            self._slots.clear(place, slice(prefix, None))
        last = self._under_way.pop()
        if place < len(self._under_way):
            self._slots.copy(len(self._under_way), slice(place, place + 1), slice(prefix, last.read))
            self._under_way[place] = last

    def _report_progress(self) -> None:
        under_way = sum(len(row.tokens) for row in self._under_way)
        self._report(len(self._written) + under_way / self._rules.new_tokens)


def drawn(logits: torch.Tensor, temperature: float, uniform: Sequence[float]) -> torch.Tensor:
    """For each row the token at its number in [0, 1) of the cumulative distribution over all tokens."""
    totals = torch.softmax(logits.double() / temperature, dim=-1).cumsum(dim=-1)
    at = torch.tensor(uniform, dtype=totals.dtype, device=totals.device)[:, None] * totals[:, -1:]
    return torch.searchsorted(totals, at, right=True)[:, 0].clamp(max=logits.shape[-1] - 1)


def takes(network: Network, argument: str) -> bool:
    """Whether the network's pass has an argument of that name, under an adapter of peft's too."""
    inner = network.get_base_model() if hasattr(network, "get_base_model") else network
    return argument in inspect.signature(inner.forward).parameters
