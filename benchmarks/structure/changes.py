"""How many files a new kind of thing touches, as docs/architecture.md lists them.

The table below its heading "Where a change goes" has a row for each kind: its name, then the files, tests and docs
aside, each in backticks; what stands in backticks without a `/` is no path. A path that ends in `/` is a folder that
gets a new file. A path that does not exist, or a row that is missing, makes the count no number, which never reaches a
bar.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

BARS: Mapping[str, int] = {
    "oracle kind": 2,
    "generator": 2,
    "red-team set": 2,
    "training objective": 3,
    "attack template": 2,
    "report figure": 3,
    "export format": 2,
    "statistic": 3,
    "task": 3,
    "stored column shown in the report": 5,
}
"""The kinds of thing, and how many files each may touch at most."""
_SECTION = re.compile(r"^## Where a change goes$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| ([^|`]+) \|(.*)\|$", re.MULTILINE)


def listed_files(page: Path) -> dict[str, list[str]]:
    """The paths in each row of the table, by the first column. Raises ValueError where the heading is missing."""
    section = _SECTION.search(page.read_text(encoding="utf-8"))
    if section is None:
        raise ValueError(f"{page} has no heading 'Where a change goes'")
    return {name.strip(): re.findall(r"`([^`\s]*/[^`\s]*)`", files) for name, files in _ROW.findall(section[1])}


def files_touched(root: Path, paths: Sequence[str]) -> float:
    """How many they are; NaN where there are none, or one does not exist in `root` as the file or folder that it is."""
    return len(paths) if paths and not missing(root, paths) else math.nan


def missing(root: Path, paths: Sequence[str]) -> list[str]:
    """Those that do not exist in `root`."""
    return [path for path in paths if not ((root / path).is_dir() if path.endswith("/") else (root / path).is_file())]
