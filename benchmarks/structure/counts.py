"""What is counted in one file: lines, functions, silenced checks, `Any`, and imports inside functions."""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_FORMAT_SKIPPED = re.compile(r"#\s*fmt:\s*(skip|off)")
_TYPE_IGNORED = re.compile(r"#\s*type:\s*ignore")


@dataclass(frozen=True)
class Function:
    """A function or method: its file, its name, the line of its `def`, and how many lines from there to its end."""

    path: Path
    name: str
    line: int
    length: int


@dataclass(frozen=True)
class Counts:
    """One file. All but `lines` and `functions` are the lines at which something stands, one entry for each."""

    path: Path
    lines: int
    functions: Sequence[Function] = ()
    format_skipped: Sequence[int] = ()
    type_ignored: Sequence[int] = ()
    any_used: Sequence[int] = ()
    inner_imports: Sequence[int] = ()


def count(path: Path) -> Counts:
    """Read one file and count."""
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    comments = list(_comments(text))
    return Counts(
        path=path,
        lines=len(text.splitlines()),
        functions=[function for node in nodes for function in _function(path, node)],
        format_skipped=[line for line, comment in comments if _FORMAT_SKIPPED.search(comment)],
        type_ignored=[line for line, comment in comments if _TYPE_IGNORED.search(comment)],
        any_used=[node.lineno for node in nodes if isinstance(node, ast.expr) and _is_any(node)],
        inner_imports=sorted({line for node in nodes for line in _imports_inside(node)}),
    )


def percentile_95(lengths: Sequence[int]) -> int:
    """The smallest length that 95 % of the functions don't exceed. Raises ValueError where there are none."""
    if not lengths:
        raise ValueError("no functions")
    return sorted(lengths)[math.ceil(0.95 * len(lengths)) - 1]


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _function(path: Path, node: ast.AST) -> Iterator[Function]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        end = node.end_lineno or node.lineno
        yield Function(path, node.name, node.lineno, end - node.lineno + 1)


def _is_any(node: ast.expr) -> bool:
    return (isinstance(node, ast.Name) and node.id == "Any") or (isinstance(node, ast.Attribute) and node.attr == "Any")


def _imports_inside(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom))
