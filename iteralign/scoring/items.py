"""Scores items that ask several things about the same data: through the tree of their tokens where that proves itself.

What all items begin with is read once, and so is what the requests of one item begin with. Where the tree does not give
the numbers of plain passes (sliding windows, architectures without such a mask), all is read by plain passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial

from iteralign.core.libraries import Network
from iteralign.core.protocols import Advance
from iteralign.encoding.token_budget import scoring_budget
from iteralign.generation.batches import batches
from iteralign.generation.cores import spread
from iteralign.generation.precision import float32_logits
from iteralign.scoring import self_check
from iteralign.scoring.checked import NO_SCORER
from iteralign.scoring.plain import plain, rows_of
from iteralign.scoring.shared_prefix import Answer, SharedPrefixScorer
from iteralign.scoring.token_tree import Group, Pair, item_groups

Item = tuple[Pair, ...]
"""The requests of one item; at least one."""

_WIDEST_ROW = 1_024
"""Columns: a mask grows with the square of a row, so what a longer item's requests share is read before them."""
_CHECKED_ROWS = 2
"""Sequences of a plain pass that the tree is held against: the two orders of a judged item, say."""


class ItemScorer:
    """The log-probabilities of items' choices under one network, whose weights must not change meanwhile.

    `max_items` is the most items of one pass; None leaves it to the memory at hand. `check` says which way is taken and
    why. The tree is proved again on each item that is longer than all that it was proved on, and never used again once
    that fails.
    """

    def __init__(self, network: Network, *, pad: int, max_items: int | None = None) -> None:
        self._network = network
        self._pad = pad
        self._max_items = max_items
        self._proved = 0
        self.check = NO_SCORER

    def score(self, items: Sequence[Item], advance: Advance | None = None) -> list[list[float]]:
        """For each item its choices' summed log-probabilities in nats, in order; `advance` is told of items done."""
        if not items:
            return []
        self._network.eval()  # dropout would change the numbers
        values: dict[Pair, float] = {}
        ends_with = Counter(item[-1] for item in items)
        with float32_logits(self._network):
            groups = item_groups(items, widest=_WIDEST_ROW)
            self._prove(groups)
            shares = self.check.scorer == "shared-prefix"
            with closing(self._shared(groups) if shares else self._plain(items)) as parts:
                for part in parts:
                    values |= part
                    if advance:
                        advance(sum(ends_with[pair] for pair in part))
        return [[values[pair] for pair in item] for item in items]

    def _prove(self, groups: Sequence[Group]) -> None:
        """Hold the tree against plain passes on the longest row, unless it was on one as long."""
        group, row = max(((group, row) for group in groups for row in group.rows), key=lambda placed: placed[1].longest)
        if self.check.scorer == "stock" or row.longest <= self._proved:
            return
        network = self._network
        alone = [Group(group.prefix, [row])]
        self.check = self_check.check_groups(network, network.dtype, alone, self._stock, _CHECKED_ROWS)
        if self.check.scorer == "shared-prefix":
            self._proved = row.longest

    def _stock(self, pairs: Sequence[Pair], rows: int | str) -> list[Answer]:
        assert isinstance(rows, int)
        values: dict[Pair, float] = {}
        for first in range(0, len(sequences := rows_of(pairs)), rows):
            read = set(sequences[first : first + rows])
            together = [(context, choice) for context, choice in pairs if context + choice[:-1] in read]
            values |= dict(zip(together, plain(self._network, together, pad=self._pad), strict=True))
        return [(values[pair], False) for pair in pairs]

    def _shared(self, groups: Sequence[Group]) -> Generator[dict[Pair, float], None, None]:
        budget = scoring_budget(self._network)
        scorer = SharedPrefixScorer(self._network, budget=budget, max_rows=self._max_items)
        with closing(scorer.batches(groups)) as batches_read:
            for answers in batches_read:
                yield {pair: value for pair, (value, _) in answers.items()}

    def _plain(self, items: Sequence[Item]) -> Generator[dict[Pair, float], None, None]:
        distinct = list(dict.fromkeys(items))
        together = batches(
            [max(map(len, rows_of(item))) for item in distinct],
            new=0,
            budget=scoring_budget(self._network) // max(len(rows_of(item)) for item in distinct),
            max_rows=self._max_items,
        )
        asked = [[pair for number in batch for pair in distinct[number]] for batch in together]
        results = spread(partial(plain, self._network, pad=self._pad), asked, self._network.device)
        for pairs, values in zip(asked, results, strict=True):
            yield dict(zip(pairs, values, strict=True))
