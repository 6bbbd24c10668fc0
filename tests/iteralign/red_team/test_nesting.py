"""Rows are found in nested JSON, and what stands beside them is not taken for more of them."""

from __future__ import annotations

from typing import Any

import pytest

from harness_base.errors import DataError
from iteralign.red_team.columns import Columns
from iteralign.red_team.nesting import Search

ROW, OTHER = {"prompt": "How do I bluff?"}, {"prompt": "How do I gloat?"}
CHAT = [{"role": "user", "content": "How?"}, {"role": "assistant", "content": "No."}]


def found(value: Any, column: str | None = None) -> list[tuple[str, Any]]:
    return list(Search(Columns(column))("The file", "", value, True))


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ({"data": [ROW], "tags": ["safety", "v2"]}, [("entry 1 of data", ROW)]),
        ({"tags": ["a b", "c d"], "prompts": ["How?"]}, [("entry 1 of prompts", "How?")]),
        ({"train": [ROW], "test": [OTHER]}, [("entry 1 of train", ROW), ("entry 1 of test", OTHER)]),
        ({"text": "A set.", "items": [ROW]}, [("entry 1 of items", ROW)]),
        ({"A": {"B": ["How?"]}, "C": ["Why?"]}, [("entry 1 of A/B", "How?"), ("entry 1 of C", "Why?")]),
        ({"Bad Behavior": ["How?"], "C": ["Why?"]}, [("entry 1 of Bad Behavior", "How?"), ("entry 1 of C", "Why?")]),
        (
            [{"category": "x", "prompts": ["How?", "Why?"]}],
            [("entry 1 of entry 1/prompts", "How?"), ("entry 2 of entry 1/prompts", "Why?")],
        ),
        ({"categories": [{"name": "x", "prompts": ["How?"]}]}, [("entry 1 of entry 1 of categories/prompts", "How?")]),
        ({"rows": [{"row_idx": 0, "row": ROW}]}, [("entry 1 of rows/row", ROW)]),
        (
            {"prompt": ["How?", "Why?"], "id": [1, 2]},
            [("entry 1 of prompt", {"prompt": "How?", "id": 1}), ("entry 2 of prompt", {"prompt": "Why?", "id": 2})],
        ),
        ({"prompt": {"0": "How?"}, "id": {"0": 7}}, [("entry 1 of prompt", {"prompt": "How?", "id": 7})]),
        ({"prompt": ["How?"], "tags": ["a", "b"]}, [("entry 1 of prompt", {"prompt": "How?"})]),
        ({"columns": ["id", "prompt"], "data": [[1, "How?"]]}, [("entry 1", {"id": 1, "prompt": "How?"})]),
        ({"0": ROW, "1": OTHER}, [("0", ROW), ("1", OTHER)]),
        ({"0": "How?", "1": "Why?"}, [("entry 1", "How?"), ("entry 2", "Why?")]),
        (ROW, [("the top object", ROW)]),
        (CHAT, [("the top list", CHAT)]),
        (CHAT[:1] * 2, [("entry 1", CHAT[0]), ("entry 2", CHAT[0])]),
        ([CHAT], [("entry 1", CHAT)]),
        ([{"id": 1, "notes": ["a b"]}], [("entry 1", {"id": 1, "notes": ["a b"]})]),
        ({"prompts": []}, []),
    ],
)
def test_rows_are_found_with_their_names(value: Any, rows: list[tuple[str, Any]]) -> None:
    assert found(value) == rows


def test_the_users_own_column_says_what_a_row_is() -> None:
    """Also where lists under other names would be taken."""
    assert found({"a": [{"wish": "How?"}], "prompts": ["Why?"]}, "wish") == [("entry 1 of a", {"wish": "How?"})]


def test_what_is_set_aside_is_remembered() -> None:
    search = Search(Columns())
    list(search("The file", "", {"data": [ROW], "tags": ["safety"], "n": 1}, True))
    assert list(search.aside) == ["tags"]


@pytest.mark.parametrize("value", [{"A": ["How?"], "B": "Why?"}, {"A": ["How?"], "n": 7}, "How?", 7, None])
def test_a_single_value_where_lists_stand_is_told(value: Any) -> None:
    """A text there may be a prompt."""
    with pytest.raises(DataError, match=r"The file holds .* and not a list of rows"):
        found(value)


def test_what_is_said_of_the_file_may_stand_beside_topics() -> None:
    assert found({"version": "2", "license": "CC", "A": ["How?"]}) == [("entry 1 of A", "How?")]
