"""The metadata file with which Datasette shows a store: views first, each with what it holds."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Final

DATABASE: Final = "harness"
"""What Datasette calls a store that has its usual file name."""


def metadata_for(store: Path) -> str:
    """The YAML text for the store at that path, which Datasette calls by its file's name."""
    text = resources.files("harness.export").joinpath("datasette.yaml").read_text(encoding="utf-8")
    return text.replace(f"\n  {DATABASE}:\n", f"\n  {json.dumps(store.stem)}:\n", 1)
