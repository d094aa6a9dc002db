"""Statements by line: a statement over several lines counts as one, known by its first line."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.source.normal import DEFINITIONS, has_docstring
from debugdiff.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_NOT_EXECUTED = (ast.Global, ast.Nonlocal)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMap:
    """The statements of a file.

    Attributes:
        executable: first line of every statement, sorted, docstrings left out.
        statement: any line of a statement to its first line; of a compound statement only the
            header's lines are its own.
    """

    executable: tuple[int, ...]
    statement: Mapping[int, int]

    def statements(self, lines: Iterable[int]) -> frozenset[int]:
        """First lines of the statements that some lines belong to; other lines stay as they are."""
        return frozenset(self.statement.get(line, line) for line in lines)


@lru_cache(maxsize=64)
def line_map(source: str) -> LineMap:
    """Read the statements of a source; empty for a source that does not parse."""
    try:
        tree = parse(source)
    except SyntaxError:
        return LineMap(executable=(), statement={})
    return lines_of(tree)


@lru_cache(maxsize=64)
def loop_lines(source: str) -> frozenset[int]:
    """The lines of loops, their headers with them; empty for a source that does not parse."""
    try:
        tree = parse(source)
    except SyntaxError:
        return frozenset()
    loops = (node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While))
    return frozenset(
        line for node in loops for line in range(node.lineno, (node.end_lineno or 0) + 1)
    )


def lines_of(tree: ast.Module) -> LineMap:
    """Read the statements of a parsed module (with its docstrings still in it)."""
    owner: dict[int, int] = {}
    executable = set()
    docstrings = {node.body[0] for node in ast.walk(tree) if has_docstring(node)}
    for node in _statements(tree):
        if node in docstrings or isinstance(node, _NOT_EXECUTED):
            continue
        executable.add(node.lineno)
        for line in range(first_line(node), header_end(node) + 1):
            owner[line] = owner.get(node.lineno, node.lineno)
    return LineMap(executable=tuple(sorted(executable)), statement=owner)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Outer statements before inner ones, so that the innermost owns a shared line."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def first_line(node: ast.stmt) -> int:
    """The first line of a statement, its decorators with it."""
    if isinstance(node, DEFINITIONS) and node.decorator_list:
        return min(node.lineno, *(decorator.lineno for decorator in node.decorator_list))
    return node.lineno


def header_end(node: ast.stmt) -> int:
    """The last line that is a statement's own: of a compound statement, the end of its header."""
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    if not body:
        return node.end_lineno or node.lineno
    inner = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
    first = first_line(inner) if isinstance(inner, ast.stmt) else inner.lineno
    return max(node.lineno, first - 1)
