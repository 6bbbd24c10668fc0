"""The graph of imports: which module imports which, circles in it, and arrows from a lower room to a higher one."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Graph = Mapping[str, frozenset[str]]
"""Each node with those that it leads to."""


@dataclass(frozen=True, order=True)
class Arrow:
    """One module imports another, in a given line."""

    source: str
    target: str
    line: int


@dataclass(frozen=True)
class Tree:
    """The modules of some packages by their dotted names, and the imports among them.

    An import that names a module leads to that module, not to the packages around it: `from a.b import c` leads to
    `a.b.c` where that is a module, else to `a.b`.
    """

    modules: Mapping[str, Path]
    arrows: Sequence[Arrow]

    def room_of(self, module: str) -> str:
        """The folder that a module lies in, with dots: the package itself for its `__init__`."""
        return module if self.modules[module].name == "__init__.py" else module.rpartition(".")[0]

    @property
    def rooms(self) -> set[str]:
        return {self.room_of(module) for module in self.modules}

    def between_modules(self) -> Graph:
        return _graph(self.modules, ((arrow.source, arrow.target) for arrow in self.arrows))

    def between_rooms(self) -> Graph:
        pairs = ((self.room_of(arrow.source), self.room_of(arrow.target)) for arrow in self.arrows)
        return _graph(self.rooms, (pair for pair in pairs if pair[0] != pair[1]))

    def upward(self, order: Sequence[str]) -> list[Arrow]:
        """Imports of a module whose room stands later in `order` than the importer's. Every room must be in `order`."""
        place = {room: index for index, room in enumerate(order)}
        return [arrow for arrow in self.arrows if place[self.room_of(arrow.source)] < place[self.room_of(arrow.target)]]


def read_tree(root: Path, packages: Sequence[str]) -> Tree:
    """The modules under `root` of these packages. What only the type checker or a function imports is imported too."""
    modules = {module_name(root, path): path for package in packages for path in sorted((root / package).rglob("*.py"))}
    arrows = {arrow for name, path in modules.items() for arrow in _arrows(name, path, modules)}
    return Tree(modules, sorted(arrows))


def module_name(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def imported_names(path: Path) -> Iterator[tuple[str, int]]:
    """What a module imports, wherever in it, as dotted names with their lines; relative imports are not looked at.

    `from a import b` gives `a.b`, which may be a module or something in the module `a`.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def circles(graph: Graph) -> list[list[str]]:
    """Groups of nodes each of which leads to each other one, or to itself: Tarjan's strongly connected components."""
    search = _Search(graph)
    for node in sorted(graph):
        if node not in search.index:
            search.visit(node)
    return [sorted(group) for group in search.groups if len(group) > 1 or group[0] in graph[group[0]]]


class _Search:
    """One run of Tarjan's algorithm."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.index: dict[str, int] = {}
        self.low: dict[str, int] = {}
        self.stack: list[str] = []
        self.groups: list[list[str]] = []

    def visit(self, node: str) -> None:
        self.index[node] = self.low[node] = len(self.index)
        self.stack.append(node)
        for target in sorted(self.graph[node]):
            if target not in self.index:
                self.visit(target)
                self.low[node] = min(self.low[node], self.low[target])
            elif target in self.stack:
                self.low[node] = min(self.low[node], self.index[target])
        if self.low[node] == self.index[node]:
            start = self.stack.index(node)
            self.groups.append(self.stack[start:])
            del self.stack[start:]


def _graph(nodes: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Graph:
    targets: dict[str, set[str]] = {node: set() for node in nodes}
    for source, target in pairs:
        targets[source].add(target)
    return {node: frozenset(reached) for node, reached in targets.items()}


def _arrows(name: str, path: Path, modules: Mapping[str, Path]) -> Iterator[Arrow]:
    for imported, line in imported_names(path):
        target = _module_in(imported, modules)
        if target is not None:
            yield Arrow(name, target, line)


def _module_in(name: str, modules: Mapping[str, Path]) -> str | None:
    """The longest beginning of a dotted name that is a module."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None
