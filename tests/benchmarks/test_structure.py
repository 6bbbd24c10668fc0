"""What `benchmarks.structure` counts, on small made-up trees."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from benchmarks.figures import Figure
from benchmarks.structure.__main__ import changes, structure
from benchmarks.structure.changes import BARS, listed_files
from benchmarks.structure.counts import count, percentile_95
from benchmarks.structure.imports import Arrow, circles, read_tree


def tree(root: Path, **texts: str) -> Path:
    """Files in `root`, named with `__` for `/`: each folder is a package."""
    for name, text in texts.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return root


def figures(root: Path, *rooms: str) -> dict[str, tuple[Figure, list[str]]]:
    """By their names, of the package `shop`, to which a function is added: of none there is no longest."""
    (root / "shop" / "__init__.py").write_text("def shortest(): ...\n", encoding="utf-8")
    return {figure.name: (figure, list(places)) for figure, places in structure(root, ["shop"], rooms)}


def test_files_that_import_each_other_are_one_circle(tmp_path: Path) -> None:
    """However many they are."""
    tree(tmp_path, shop__a="import shop.b\n", shop__b="from shop.c import x\n", shop__c="from shop import a\nx = 1\n")
    assert circles(read_tree(tmp_path, ["shop"]).between_modules()) == [["shop.a", "shop.b", "shop.c"]]
    assert figures(tmp_path, "shop")["circles of files"][0].holds is False


def test_two_circles_are_two_and_a_chain_is_none(tmp_path: Path) -> None:
    tree(tmp_path, shop__a="import shop.b", shop__b="import shop.a", shop__c="import shop.d", shop__d="import shop.c")
    tree(tmp_path, shop__e="import shop.f", shop__f="import shop.g", shop__g="import shop.a")
    assert circles(read_tree(tmp_path, ["shop"]).between_modules()) == [["shop.a", "shop.b"], ["shop.c", "shop.d"]]


def test_a_module_that_imports_itself_is_a_circle(tmp_path: Path) -> None:
    tree(tmp_path, shop__a="from shop.a import x\n")
    assert circles(read_tree(tmp_path, ["shop"]).between_modules()) == [["shop.a"]]


def test_folders_circle_where_no_files_do(tmp_path: Path) -> None:
    tree(tmp_path, shop__a__one="import shop.b.one", shop__b__one="", shop__b__two="import shop.a.two", shop__a__two="")
    made = figures(tmp_path, "shop", "shop.a", "shop.b")
    assert made["circles of files"][0].value == 0
    assert made["circles of folders"] == (Figure("circles of folders", 1, "", "<=", 0), ["shop.a shop.b"])


def test_a_module_that_names_its_package_does_not_circle_through_it(tmp_path: Path) -> None:
    """What `shop` gives on to others is no import of `shop` by its own parts."""
    tree(tmp_path, shop__a="x = 1\n", shop__b="from shop.a import x\n")
    (tmp_path / "shop" / "__init__.py").write_text("from shop.b import x\n", encoding="utf-8")
    assert not circles(read_tree(tmp_path, ["shop"]).between_modules())


@pytest.mark.parametrize(
    "importer",
    [
        "from shop.high import one\n",
        "import shop.high.one\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop.high.one import x\n",
        "def late():\n    from shop.high.one import x\n",
    ],
    ids=["from the folder", "by its whole name", "for the type checker", "inside a function"],
)
def test_an_import_from_a_later_room_is_an_upward_arrow(tmp_path: Path, importer: str) -> None:
    """Wherever in the module it stands; the other way round it is none."""
    tree(tmp_path, shop__low__one=importer, shop__high__one="x = 1\n")
    [arrow] = read_tree(tmp_path, ["shop"]).upward(["shop", "shop.low", "shop.high"])
    assert (arrow.source, arrow.target) == ("shop.low.one", "shop.high.one")
    assert not read_tree(tmp_path, ["shop"]).upward(["shop", "shop.high", "shop.low"])


def test_an_import_leads_to_the_longest_name_that_is_a_module(tmp_path: Path) -> None:
    tree(tmp_path, shop__a="from shop.parts.b import thing\nimport json\nfrom shop import parts\n", shop__parts__b="")
    assert read_tree(tmp_path, ["shop"]).arrows == [
        Arrow("shop.a", "shop.parts", 3),
        Arrow("shop.a", "shop.parts.b", 1),
    ]


def test_a_folder_without_a_place_is_an_error(tmp_path: Path) -> None:
    tree(tmp_path, shop__new__one="x = 1\n")
    with pytest.raises(ValueError, match=r"without a place among the rooms: shop\.new"):
        figures(tmp_path, "shop")


def test_what_is_counted_in_a_file(tmp_path: Path) -> None:
    text = '''\
    """Any text, # fmt: skip and # type: ignore among it, counts for nothing."""
    import typing
    from typing import TYPE_CHECKING, Any
    if TYPE_CHECKING:
        import json
    Row = dict[str, Any]
    def one(
        row: Row, value: typing.Any
    ) -> Any:
        """Says what it does."""
        import os
        def two() -> None:
            from sys import path, argv
        return os  # type: ignore[return-value]
    LIST = [ 1 ]  # fmt: skip
    # fmt: off
    '''
    counted = count(tree(tmp_path, shop__a=text) / "shop" / "a.py")
    assert counted.lines == 16
    assert [(function.name, function.line, function.length) for function in counted.functions] == [
        ("one", 7, 8),
        ("two", 12, 2),
    ]
    assert sorted(counted.any_used) == [6, 8, 9]
    assert counted.inner_imports == [11, 13]
    assert counted.type_ignored == [14]
    assert counted.format_skipped == [15, 16]


@pytest.mark.parametrize(
    ("lengths", "typical"), [([7], 7), (range(1, 21), 19), (range(1, 22), 20), (range(1, 101), 95)]
)
def test_95_percent_are_no_longer_than(lengths: list[int], typical: int) -> None:
    assert percentile_95(list(lengths)) == typical
    assert sum(length <= typical for length in lengths) >= 0.95 * len(lengths)


def test_of_no_functions_there_is_no_percentile() -> None:
    with pytest.raises(ValueError, match="no functions"):
        percentile_95([])


def test_places_are_those_over_the_bar(tmp_path: Path) -> None:
    long_function = "def long():\n" + "    x = 1\n" * 45
    tree(tmp_path, shop__a=f"def short():\n    pass\n{long_function}", shop__b="x = 1\n" * 351)
    made = figures(tmp_path, "shop")
    assert made["functions: the longest, long"] == (
        Figure("functions: the longest, long", 46, "lines", "<=", 45),
        ["shop/a.py:3 long: 46 lines"],
    )
    assert made["modules over 350 lines"][1] == ["shop/b.py: 351 lines"]
    assert made["`# fmt: skip`"][0].holds


def test_files_to_touch_are_those_of_the_table(tmp_path: Path) -> None:
    """A row that is missing and a path that does not exist are never within a bar."""
    tree(tmp_path, shop__a="", docs__a="")
    lines = [
        "## Where a change goes",
        "| new | files |",
        "|---|---|",
        "| task | a new file in `shop/`, a line in `shop/a.py` |",
        "| generator | `shop/a.py`, `shop/gone.py` |",
        "| statistic | `shop/a.py/` |",
        "## Next",
        "| oracle kind | `shop/a.py` |",
    ]
    (tmp_path / "docs" / "architecture.md").write_text("\n".join(lines), encoding="utf-8")
    made = {figure.name.removeprefix("files to touch: "): (figure, places) for figure, places in changes(tmp_path)}
    assert list(made) == list(BARS)
    assert made["task"] == (Figure("files to touch: task", 2, "files", "<=", 3), ["shop/", "shop/a.py"])
    assert made["generator"][1] == ["shop/a.py", "shop/gone.py does not exist"]
    assert {name for name, (figure, _) in made.items() if figure.holds} == {"task"}


def test_docs_without_the_table_are_an_error(tmp_path: Path) -> None:
    page = tmp_path / "architecture.md"
    page.write_text("# Architecture\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no heading 'Where a change goes'"):
        listed_files(page)
