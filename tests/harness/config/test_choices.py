from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from harness.config.choices import one_of, quoted


def test_an_entry_that_is_added_to_the_table_is_allowed() -> None:
    """Also after the setting was declared."""
    table = {"plain": 1, "odd": 2}
    setting = TypeAdapter(Annotated[str, one_of(table)])
    with pytest.raises(ValidationError, match="must be 'plain' or 'odd'"):
        setting.validate_python("new")
    table["new"] = 3
    assert setting.validate_python("new") == "new"


def test_a_table_of_one_entry_is_named_without_or() -> None:
    with pytest.raises(ValidationError, match="must be 'plain' "):
        TypeAdapter(Annotated[str, one_of({"plain": 1})]).validate_python("new")


def test_a_description_lists_the_names_in_order() -> None:
    assert quoted(["b", "a"]) == "`b`, `a`"
