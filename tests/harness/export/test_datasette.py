"""The metadata file that ships for Datasette."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from harness.export.datasette import metadata_for
from harness.store import VIEWS, Store


def tables_of(path: Path) -> dict[str, Any]:
    return yaml.safe_load(metadata_for(path))["databases"][path.stem]["tables"]  # type: ignore[no-any-return]


def test_every_view_is_named_and_says_what_it_holds(path: Path) -> None:
    tables = tables_of(path)
    assert all(tables[view]["description"] for view in VIEWS)


def test_every_table_behind_the_views_is_hidden_and_no_view_is(path: Path, store: Store) -> None:
    hidden = {name for name, settings in tables_of(path).items() if settings.get("hidden")}
    assert hidden == set(store.views.tables())
    assert hidden.isdisjoint(VIEWS)


def test_a_store_of_another_name_is_found_under_it() -> None:
    assert tables_of(Path("my 2nd store.db"))
