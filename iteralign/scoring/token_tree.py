"""How the tokens of many requests are laid out, so that what they share is forwarded once: pure planning, no torch.

Sorted, the sequences of all requests are a tree in depth-first order: each begins with what it shares with the one
before. A row is a run of neighbours, in which every shared token stands once. What a large group of rows has in common,
such as the preamble of all questions of TruthfulQA, is its prefix: forwarded once, before all of them.

A request's last token is only predicted and never read. So its sequence is (context + choice)[:-1].
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

Tokens = tuple[int, ...]
Pair = tuple[Tokens, Tokens]
"""A request: its context, which is never empty, and the choice that continues it, which is not empty either."""

_MIN_GAIN = 64
"""Tokens that a prefix must save beyond its own before it is worth a pass of its own."""


@dataclass
class Row:
    """Requests laid out one after the other as a tree. Column k stands for one token, read once for all that share it.

    `tokens` and `positions` (counted from the sequence's beginning) are of each column, `ends[k]` is the first column
    behind the subtree of column k: column q sees column k exactly when k <= q < ends[k]. `columns` says for each pair
    which columns predict its choice, a column for each of the choice's tokens.
    """

    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    columns: dict[Pair, list[int]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return len(self.tokens)

    @property
    def longest(self) -> int:
        """Tokens of its longest sequence, what stands before the row counted."""
        return max(self.positions) + 1


@dataclass(frozen=True)
class Group:
    """Rows that go on from the same prefix, which is empty where they share too little."""

    prefix: Tokens
    rows: list[Row]


def trie_size(pairs: Sequence[Pair]) -> int:
    """Tokens that must be read at least once: the nodes of the tree of all sequences."""
    sequences = sorted({_read(pair) for pair in pairs})
    shared = [_shared(before, sequence) for before, sequence in pairwise([(), *sequences])]
    return sum(len(sequence) - common for sequence, common in zip(sequences, shared, strict=True))


def plan(pairs: Sequence[Pair], *, widest: int) -> list[Group]:
    """Lay out distinct requests in rows of at most `widest` columns; a request that is longer gets a row to itself."""
    tree = _Tree(pairs)
    groups = []
    for prefix, spans in tree.prefixes(widest):
        rows = [tree.row(prefix, *cut) for span in spans for cut in tree.cuts(prefix, *span, widest)]
        groups.append(Group(tree.sequences[spans[0][0]][:prefix], rows))
    return groups


def one_row(pairs: Sequence[Pair], *, with_prefix: bool) -> Group:
    """All requests in one row, behind the longest prefix they allow or behind none."""
    tree = _Tree(pairs)
    whole = (0, len(tree.sequences))
    prefix = tree.common(*whole) if with_prefix else 0
    return Group(tree.sequences[0][:prefix], [tree.row(prefix, *whole)])


def item_groups(items: Sequence[Sequence[Pair]], *, widest: int) -> list[Group]:
    """Lay out each item's requests in a row of their own, behind what all items begin with where that is worth a pass.

    An item of more than `widest` columns stands by itself, behind all that its own requests begin with. Items share no
    request.
    """
    trees = [_Tree(pairs) for pairs in dict.fromkeys(map(tuple, items))]
    prefix = _shared_by_all(trees)
    short: list[Row] = []
    long: list[Group] = []
    for tree in trees:
        whole = (0, len(tree.sequences))
        if tree.width(prefix, *whole) <= widest:
            short.append(tree.row(prefix, *whole))
        else:
            own = tree.common(*whole)
            long.append(Group(tree.sequences[0][:own], [tree.row(own, *whole)]))
    return [*([Group(trees[0].sequences[0][:prefix], short)] if short else []), *long]


def _shared_by_all(trees: Sequence[_Tree]) -> int:
    """How many tokens all trees begin with, 0 where they are not worth a pass of their own."""
    first = trees[0].sequences[0]
    common = min(min(_shared(first, tree.sequences[0]), tree.common(0, len(tree.sequences))) for tree in trees)
    return common if common * (len(trees) - 1) >= common + _MIN_GAIN else 0


def _read(pair: Pair) -> Tokens:
    context, choice = pair
    return context + choice[:-1]


def _shared(first: Tokens, second: Tokens) -> int:
    """How many tokens both begin with."""
    shorter = min(len(first), len(second))
    if first[:shorter] == second[:shorter]:
        return shorter
    return next(n for n in range(shorter) if first[n] != second[n])


class _Tree:
    """The distinct sequences in order, what each shares with the one before, and the requests that read each."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        ordered = sorted(dict.fromkeys(pairs), key=_read)
        by_sequence = [(sequence, list(same)) for sequence, same in groupby(ordered, key=_read)]
        self.sequences = [sequence for sequence, _ in by_sequence]
        self.pairs = [same for _, same in by_sequence]
        self.shared = [_shared(before, sequence) for before, sequence in pairwise([(), *self.sequences])]
        self.fresh = [0]  # running sum of the tokens that each does not share with the one before
        for sequence, shared in zip(self.sequences, self.shared, strict=True):
            self.fresh.append(self.fresh[-1] + len(sequence) - shared)

    def width(self, prefix: int, start: int, end: int) -> int:
        """Columns of a row of the sequences from `start` to before `end`, behind `prefix` tokens."""
        return len(self.sequences[start]) - prefix + self.fresh[end] - self.fresh[start + 1]

    def common(self, start: int, end: int) -> int:
        """The longest prefix of all of them that ends before the first position that predicts a choice."""
        shared = min(self.shared[start + 1 : end], default=len(self.sequences[start]))
        shortest = min(len(context) for pairs in self.pairs[start:end] for context, _ in pairs)
        return min(shared, shortest - 1)

    def prefixes(self, widest: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Each worthwhile prefix's length with the spans of sequences that go on from it; 0 holds the rest."""
        waiting = [(0, 0, len(self.sequences))] if self.sequences else []
        while waiting:
            prefix, start, end = waiting.pop()
            spans, deeper = self._under(prefix, start, end, widest)
            waiting += deeper
            if spans:
                yield prefix, spans

    def _under(
        self, prefix: int, start: int, end: int, widest: int
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int, int]]]:
        """The spans that stay at this prefix, and those that get one of their own with its length."""
        spans: list[tuple[int, int]] = []
        deeper: list[tuple[int, int, int]] = []
        waiting = [(start, end)]
        while waiting:
            first, last = waiting.pop()
            rows = math.ceil(self.width(prefix, first, last) / widest)
            common = self.common(first, last)
            if (common - prefix) * (rows - 1) >= common + _MIN_GAIN:
                deeper.append((common, first, last))
            elif rows == 1 or last - first == 1:
                spans.append((first, last))
            else:
                waiting += self._branches(first, last)
        return _joined(sorted(spans)), deeper

    def _branches(self, start: int, end: int) -> list[tuple[int, int]]:
        """The spans below the node at which these sequences part for the first time."""
        depth = min(self.shared[start + 1 : end])
        bounds = [start, *(n for n in range(start + 1, end) if self.shared[n] == depth), end]
        return list(pairwise(bounds))

    def cuts(self, prefix: int, start: int, end: int, widest: int) -> list[tuple[int, int]]:
        """Cut a span into rows so that the least is read twice: a row repeats what it shares with the row before."""
        least = {start: (0, start)}
        for last in range(start + 1, end + 1):
            options = []
            for first in range(last - 1, start - 1, -1):
                width = self.width(prefix, first, last)
                if width > widest and first < last - 1:
                    break
                options.append((least[first][0] + width, first))
            least[last] = min(options)
        spans = []
        while end > start:
            spans.append((least[end][1], end))
            end = least[end][1]
        return spans[::-1]

    def row(self, prefix: int, start: int, end: int) -> Row:
        row = Row()
        path: list[int] = []
        for number in range(start, end):
            sequence = self.sequences[number]
            del path[max(0, (self.shared[number] if number > start else 0) - prefix) :]
            for position in range(prefix + len(path), len(sequence)):
                path.append(row.width)
                row.tokens.append(sequence[position])
                row.positions.append(position)
                row.ends.append(0)
            for column in path:
                row.ends[column] = row.width
            for context, choice in self.pairs[number]:
                first = len(context) - 1 - prefix
                row.columns[context, choice] = path[first : first + len(choice)]
        return row


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring spans as one."""
    joined: list[tuple[int, int]] = []
    for first, last in spans:
        if joined and joined[-1][1] == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
