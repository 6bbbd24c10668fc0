"""How requests are laid out: each is read whole and once, and what they share is read once wherever that pays."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iteralign.scoring.token_tree import Group, Pair, Row, Tokens, one_row, plan, trie_size

TRUNK = tuple(range(100, 220))
"""Long enough that a few rows behind it make it worth a pass of its own."""


@st.composite
def requests(draw: Any, cuts: tuple[int, ...] = (0, 1, 50, 119, 120), most: int = 30) -> list[Pair]:
    """Requests that leave a common trunk early, late or never, split anywhere into context and choice."""
    found = []
    for _ in range(draw(st.integers(1, most))):
        whole = TRUNK[: draw(st.sampled_from(cuts))] + tuple(draw(st.lists(st.integers(0, 2), min_size=2, max_size=7)))
        choice = draw(st.one_of(st.integers(1, 4), st.integers(1, len(whole) - 1)))
        split = max(1, len(whole) - choice)
        found.append((whole[:split], whole[split:]))
    return found


def read(pair: Pair) -> Tokens:
    """What is read of a request: all but its last token."""
    context, choice = pair
    return (context + choice)[:-1]


def rows_of(groups: list[Group]) -> list[tuple[Tokens, Row]]:
    return [(group.prefix, row) for group in groups for row in group.rows]


def ancestors(row: Row, column: int) -> list[int]:
    """The columns that this one sees, itself included."""
    return [k for k in range(column + 1) if column < row.ends[k]]


def forwarded(groups: list[Group]) -> int:
    return sum(len(group.prefix) + sum(row.width for row in group.rows) for group in groups)


def check_row(prefix: Tokens, row: Row) -> None:
    """Each request of the row finds its own tokens, at its own positions, and nothing else is in the row."""
    assert len(row.tokens) == len(row.positions) == len(row.ends) == row.width
    seen: set[int] = set()
    for pair, columns in row.columns.items():
        path = ancestors(row, columns[-1])
        assert prefix + tuple(row.tokens[k] for k in path) == read(pair)
        assert [row.positions[k] for k in path] == list(range(len(prefix), len(read(pair))))
        assert columns == path[len(path) - len(pair[1]) :]
        seen.update(path)
    assert seen == set(range(row.width))


@settings(deadline=None, max_examples=50)
@given(pairs=requests(), widest=st.integers(1, 200))
def test_any_requests_are_laid_out_once_and_whole(pairs: list[Pair], widest: int) -> None:
    """Behind whatever prefix, and in whatever row they fall."""
    groups = plan(pairs, widest=widest)
    laid_out = Counter(pair for _, row in rows_of(groups) for pair in row.columns)
    assert laid_out == Counter(dict.fromkeys(pairs, 1))
    for prefix, row in rows_of(groups):
        check_row(prefix, row)


@settings(deadline=None, max_examples=50)
@given(pairs=requests(), widest=st.integers(1, 200))
def test_rows_keep_their_width_and_prefixes_end_before_all_choices(pairs: list[Pair], widest: int) -> None:
    """Only a single sequence may be wider. A prefix predicts nothing, since its logits are never looked at."""
    for prefix, row in rows_of(plan(pairs, widest=widest)):
        assert row.width <= widest or len({read(pair) for pair in row.columns}) == 1
        assert all(len(prefix) < len(context) and context[: len(prefix)] == prefix for context, _ in row.columns)


@settings(deadline=None, max_examples=50)
@given(pairs=requests(), widest=st.integers(1, 200))
def test_a_column_s_subtree_lies_within_its_ancestors(pairs: list[Pair], widest: int) -> None:
    """So that what a column sees is one path and never a piece of another."""
    for _, row in rows_of(plan(pairs, widest=widest)):
        for column in range(row.width):
            path = ancestors(row, column)
            assert all(row.ends[lower] <= row.ends[upper] for upper, lower in pairwise(path))
            assert [row.positions[k] for k in path] == list(range(row.positions[path[0]], row.positions[column] + 1))


@settings(deadline=None, max_examples=50)
@given(pairs=requests())
def test_a_single_row_reads_no_token_twice(pairs: list[Pair]) -> None:
    """Its columns, and the prefix where there is one, are the nodes of the tree."""
    (group,) = plan(pairs, widest=10_000)
    assert len(group.rows) == 1
    assert forwarded([group]) == trie_size(pairs)
    for with_prefix in (False, True):
        assert forwarded([one_row(pairs, with_prefix=with_prefix)]) == trie_size(pairs)


@settings(deadline=None, max_examples=50)
@given(pairs=requests())
def test_one_row_takes_the_longest_prefix_that_predicts_nothing(pairs: list[Pair]) -> None:
    """Which is what all share, unless a context is shorter."""
    group = one_row(pairs, with_prefix=True)
    shared = next(
        (n for n, column in enumerate(zip(*map(read, pairs), strict=False)) if len(set(column)) > 1),
        min(len(read(pair)) for pair in pairs),
    )
    assert len(group.prefix) == min(shared, min(len(context) for context, _ in pairs) - 1)
    check_row(group.prefix, group.rows[0])
    assert one_row(pairs, with_prefix=False).prefix == ()


@settings(deadline=None, max_examples=50)
@given(pairs=requests())
def test_the_size_of_the_tree_is_the_number_of_distinct_beginnings(pairs: list[Pair]) -> None:
    """Each of which is a node."""
    assert trie_size(pairs) == len({read(pair)[:n] for pair in pairs for n in range(1, len(read(pair)) + 1)})


@settings(deadline=None, max_examples=50)
@given(pairs=requests(cuts=(0, 3, 5), most=8), widest=st.integers(6, 24))
def test_no_other_cut_of_the_ordered_sequences_repeats_less(pairs: list[Pair], widest: int) -> None:
    """Tried out for few and short ones, which get no prefix."""
    by_sequence: dict[Tokens, list[Pair]] = {}
    for pair in pairs:
        by_sequence.setdefault(read(pair), []).append(pair)
    ordered = [by_sequence[sequence] for sequence in sorted(by_sequence)]
    sums = []
    for count in range(len(ordered)):
        for inner in combinations(range(1, len(ordered)), count):
            spans = [ordered[a:b] for a, b in pairwise((0, *inner, len(ordered)))]
            widths = [trie_size([pair for same in span for pair in same]) for span in spans]
            if all(width <= widest or len(span) == 1 for width, span in zip(widths, spans, strict=True)):
                sums.append(sum(widths))
    groups = plan(pairs, widest=widest)
    assert [group.prefix for group in groups] == [()]
    assert forwarded(groups) == min(sums)


@pytest.mark.parametrize(
    ("pairs", "size"),
    [
        ([], 0),
        ([((1,), (2,))], 1),
        ([((1, 2), (3, 4))], 3),
        ([((1, 2), (3, 4)), ((1, 2), (3, 4))], 3),
        ([((1, 2), (3, 4)), ((1, 2), (3, 5))], 3),
        ([((1, 2), (3, 4)), ((1, 2), (5, 4))], 4),
        ([((1, 2), (3, 4)), ((1,), (2, 3, 4))], 3),
        ([((1, 2), (3, 4)), ((1, 2), (3, 4, 5, 6))], 5),
        ([((1, 2), (3, 4)), ((7, 2), (3, 4))], 6),
    ],
    ids=["none", "one token", "one", "equal", "last token", "choices", "split", "longer", "nothing shared"],
)
def test_small_trees_have_the_size_one_can_count(pairs: list[Pair], size: int) -> None:
    """The last token of a request is no node: it is predicted and never read."""
    assert trie_size(pairs) == size


def test_nothing_makes_no_groups() -> None:
    """And no error."""
    assert plan([], widest=8) == []


def test_two_choices_of_one_context_are_a_tree() -> None:
    """Drawn by hand: 5 6 [8 11] [9]."""
    ((_, row),) = rows_of(plan([((5, 6), (8, 11, 2)), ((5, 6), (9, 3))], widest=16))
    assert row.tokens == [5, 6, 8, 11, 9]
    assert row.positions == [0, 1, 2, 3, 2]
    assert row.ends == [5, 5, 4, 4, 5]
    assert row.columns == {((5, 6), (8, 11, 2)): [1, 2, 3], ((5, 6), (9, 3)): [1, 4]}


def test_a_context_that_many_share_is_a_prefix_read_once() -> None:
    """The groups' rows go on from it, and read only what is their own."""
    pairs = [((*TRUNK, number), (1, 2, 3)) for number in range(40)]
    (group,) = plan(pairs, widest=30)
    assert group.prefix == TRUNK
    assert {row.width for row in group.rows} == {30}
    assert forwarded([group]) == trie_size(pairs) == len(TRUNK) + 40 * 3


def test_a_prefix_that_saves_less_than_a_pass_costs_is_none() -> None:
    """Two rows that share a few tokens read them twice."""
    pairs = [((1, 2, 3, number), (1, 2, 3)) for number in range(10, 20)]
    groups = plan(pairs, widest=18)
    assert [group.prefix for group in groups] == [()]
    assert len(groups[0].rows) == 2
    assert forwarded(groups) == trie_size(pairs) + 3


def test_subjects_within_a_shared_preamble_get_a_prefix_of_their_own() -> None:
    """A prefix may go on from what another one reads too."""
    subjects = [tuple(range(start, start + 150)) for start in (1000, 2000)]
    pairs = [((*TRUNK, *subject, number), (1, 2)) for subject in subjects for number in range(30)]
    few = [((*TRUNK, number), (1, 2)) for number in range(30)]
    groups = plan([*pairs, *few], widest=20)
    assert {group.prefix for group in groups} == {TRUNK, *((*TRUNK, *subject) for subject in subjects)}


def test_requests_that_share_nothing_with_those_of_a_prefix_stay_out_of_it() -> None:
    """They are rows of the group without one."""
    many = [((*TRUNK, number), (1, 2, 3)) for number in range(40)]
    others = [((number,), (1, 2, 3)) for number in range(10)]
    groups = plan([*many, *others], widest=30)
    assert {group.prefix: sum(len(row.columns) for row in group.rows) for group in groups} == {TRUNK: 40, (): 10}


def test_many_rows_repeat_little() -> None:
    """Questions of four choices each behind one preamble: few tokens are read twice."""
    pairs = [
        ((*TRUNK, *range(1000 * n, 1000 * n + 12)), tuple(range(c, c + 6))) for n in range(1, 60) for c in (1, 20, 40)
    ]
    assert forwarded(plan(pairs, widest=160)) <= 1.05 * trie_size(pairs)


def test_a_request_longer_than_the_widest_gets_a_row_to_itself() -> None:
    """Those beside it still share theirs."""
    groups = plan([((1, 2), (3, 4, 5)), ((1, 2), (6, 7, 8)), ((1, 2), tuple(range(9, 30)))], widest=6)
    assert [(row.width, len(row.columns)) for _, row in rows_of(groups)] == [(6, 2), (22, 1)]


@pytest.mark.parametrize(
    "pairs",
    [
        [((1,), (2, 3)), ((1,), (2, 4))],
        [((1, 2, 3), (4,)), ((1, 2, 3), (4,))],
        [((1, 2, 3), (4,)), ((1, 2, 3), (4, 5, 6))],
        [((1, 2, 3), (4, 5)), ((1,), (2, 3, 4, 5))],
    ],
    ids=["context of one token", "equal", "one begins the other", "split differently"],
)
def test_a_prefix_ends_before_the_first_position_that_predicts(pairs: list[Pair]) -> None:
    """However little is left to go on from."""
    group = one_row(pairs, with_prefix=True)
    assert len(group.prefix) == min(len(context) for context, _ in pairs) - 1
    check_row(group.prefix, group.rows[0])
    assert set(group.rows[0].columns) == set(pairs)


def test_one_sequence_split_differently_is_read_once() -> None:
    """Both requests point into the same columns."""
    whole = (1, 2, 3, 4, 5)
    ((_, row),) = rows_of(plan([(whole[:3], whole[3:]), (whole[:1], whole[1:])], widest=8))
    assert row.tokens == [1, 2, 3, 4]
    assert row.columns == {(whole[:3], whole[3:]): [2, 3], (whole[:1], whole[1:]): [0, 1, 2, 3]}
