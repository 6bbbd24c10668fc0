"""A run goes on only where what it measured still holds; what is read here is the store's own example."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.resuming import check_resumable
from harness.store import Store
from harness.store.example import write_example_run
from harness_errors import ModelError


def test_another_accepted_adapter_is_refused(tmp_path: Path) -> None:
    """Its good evaluation would stand for weights that nobody measured."""
    adapter = tmp_path / "adapters" / "r1a1"
    adapter.mkdir(parents=True)
    (adapter / "adapter_model.safetensors").write_bytes(b"other weights")
    nothing: Any = SimpleNamespace()
    with Store.open(tmp_path / "harness.db") as store:
        run_id = write_example_run(store, ending="interrupted")
        with pytest.raises(ModelError, match="r1a1 are not those that the run accepted"):
            check_resumable(store, run_id, nothing, nothing, {}, tmp_path / "adapters", force=True)
        assert store.view("run_overview")[0]["status"] == "interrupted"
    shutil.rmtree(adapter)
