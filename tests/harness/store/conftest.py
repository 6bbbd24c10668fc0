from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.store import Store
from harness.store.example import write_example_run


@pytest.fixture
def run_id(store: Store) -> int:
    """A run in `store` in which nothing has happened yet."""
    return store.runs.start(name="quiet-lark", model="m", oracle="o", seed=0, config={}, environment={}, practice=False)


@pytest.fixture
def example(store: Store) -> int:
    """The whole example run in `store`."""
    return write_example_run(store)


@pytest.fixture
def read(path: Path) -> Iterator[sqlite3.Connection]:
    """A second, independent connection to the test's store."""
    connection = sqlite3.connect(path)
    yield connection
    connection.close()
