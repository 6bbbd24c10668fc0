"""What can be counted about the shape of the code: `python -m benchmarks.structure [--list] [--times] [--json]`.

Counted over the packages that are installed (`rooms.PACKAGES`), of which none is generated. Nothing is imported: files
are read, so imports that only the type checker or a function sees count like all others, and names that are looked up
at run time (a lazy command group's, entry points) don't.

- circle: a group of files, or of folders, each of which reaches each other one by imports; `imports.Tree` says what an
  import leads to.
- upward arrow: an import from a folder that stands later in `rooms.ROOMS` than the importer's.
- module: its lines, with empty ones, comments and docstrings.
- function: every `def`, inner ones and methods too, from the line of `def` to its last, with its docstring and without
  its decorators. "95 % under 25" is the smallest length that 95 % of them don't exceed, at most 24.
- `# fmt: skip`, type-ignores: comments; `# fmt: off` counts too.
- `Any`: each use of the name in code, as `Any` or as an attribute (`typing.Any`); its import does not count.
- import inside a function: each statement, once, however deep; one of a module under TYPE_CHECKING is none.
- files to touch: `changes` says how they are listed.

`--list` prints below each figure the places that it counts, for functions those over the bar. `--times` adds how long
`harness --help` takes beside `lm_eval --help`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure, show
from benchmarks.structure.changes import BARS, files_touched, listed_files, missing
from benchmarks.structure.counts import Counts, Function, count, percentile_95
from benchmarks.structure.imports import Tree, circles, read_tree
from benchmarks.structure.rooms import PACKAGES, ROOMS

ROOT = Path(__file__).resolve().parents[2]
LINES, TYPICAL, LONGEST = 350, 24, 45
"""Bars: lines of a module, and of functions, 95 % of them and all of them."""
LEFT_OUT_OF_LIST = 60
"""A list longer than this says only how many places there are in each file."""

Listed = tuple[Figure, Sequence[str]]
"""A figure, and the places that it counts."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.structure", description=__doc__.partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="print the places below each figure")
    parser.add_argument("--times", action="store_true", help="also the time of `harness --help`")
    parser.add_argument("--json", action="store_true", help="print one object a line")
    args = parser.parse_args()
    return 0 if show(_figures(places=args.list, times=args.times), as_json=args.json) else 1


def _figures(*, places: bool, times: bool) -> Iterator[Figure]:
    for figure, listed in [*structure(ROOT, PACKAGES, ROOMS), *changes(ROOT)]:
        yield figure
        if places:
            # Apart from the figures, whose lines another program may read.
            print("".join(f"    {place}\n" for place in listed), end="", file=sys.stderr, flush=True)
    if times:
        from benchmarks.quickstart import help_time

        yield from help_time()


def structure(root: Path, packages: Sequence[str], rooms: Sequence[str]) -> Iterator[Listed]:
    """Every figure that is counted, each with its places. Raises ValueError where a folder has no place in `rooms`."""
    tree = read_tree(root, packages)
    if unplaced := sorted(tree.rooms - set(rooms)):
        raise ValueError(f"folders without a place among the rooms: {', '.join(unplaced)}")
    yield from _of_imports(tree, rooms)
    counted = [count(path) for path in tree.modules.values()]
    yield from _of_sizes(root, counted)
    yield _places(root, "`# fmt: skip`", [(file, file.format_skipped) for file in counted], 5)
    yield _places(root, "type-ignores", [(file, file.type_ignored) for file in counted], 10)
    yield _places(root, "uses of `Any`", [(file, file.any_used) for file in counted], 200)
    yield _places(root, "imports inside functions", [(file, file.inner_imports) for file in counted], 40)


def changes(root: Path) -> Iterator[Listed]:
    """How many files each kind of thing touches, with their paths. Raises ValueError where the docs have no list."""
    listed = listed_files(root / "docs" / "architecture.md")
    for name, bar in BARS.items():
        paths = listed.get(name, [])
        gone = missing(root, paths)
        places = [f"{path}{' does not exist' if path in gone else ''}" for path in paths]
        yield Figure(f"files to touch: {name}", files_touched(root, paths), "files", "<=", bar), places


def _of_imports(tree: Tree, rooms: Sequence[str]) -> Iterator[Listed]:
    of_files, of_folders = circles(tree.between_modules()), circles(tree.between_rooms())
    yield Figure("circles of files", len(of_files), "", "<=", 0), [" ".join(circle) for circle in of_files]
    yield Figure("circles of folders", len(of_folders), "", "<=", 0), [" ".join(circle) for circle in of_folders]
    upward = tree.upward(rooms)
    places = [f"{arrow.source}:{arrow.line} imports {arrow.target}" for arrow in upward]
    yield Figure("upward arrows", len(upward), "", "<=", 0), places


def _of_sizes(root: Path, counted: Sequence[Counts]) -> Iterator[Listed]:
    long_files = [file for file in counted if file.lines > LINES]
    places = [f"{file.path.relative_to(root)}: {file.lines} lines" for file in long_files]
    yield Figure(f"modules over {LINES} lines", len(long_files), "", "<=", 0), places
    functions = sorted((function for file in counted for function in file.functions), key=lambda each: -each.length)
    yield Figure("functions", len(functions), ""), ()
    typical = percentile_95([function.length for function in functions])
    over = [_named(root, function) for function in functions if function.length > TYPICAL]
    yield Figure("functions: 95 % are no longer than", typical, "lines", "<=", TYPICAL), over
    longest = functions[0]
    over = [_named(root, function) for function in functions if function.length > LONGEST]
    yield Figure(f"functions: the longest, {longest.name}", longest.length, "lines", "<=", LONGEST), over


def _named(root: Path, function: Function) -> str:
    return f"{function.path.relative_to(root)}:{function.line} {function.name}: {function.length} lines"


def _places(root: Path, name: str, found: Sequence[tuple[Counts, Sequence[int]]], bar: int) -> Listed:
    total = sum(len(lines) for _, lines in found)
    by_file = sorted(((len(lines), file, lines) for file, lines in found if lines), key=lambda each: -each[0])
    short = total <= LEFT_OUT_OF_LIST
    places = [
        f"{file.path.relative_to(root)}: {', '.join(map(str, lines)) if short else number}"
        for number, file, lines in by_file
    ]
    return Figure(name, total, "", "<=", bar), places


if __name__ == "__main__":
    sys.exit(main())
