"""Edits of whole statements that change nothing a program computes, each in one place."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source.normal import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Whole lines of a program, and what they become.

    Attributes:
        start, end: places in the list of lines, from 0, `end` exclusive; never empty.
        lines: with their line ends.
    """

    start: int
    end: int
    lines: tuple[str, ...]

    @property
    def growth(self) -> int:
        """By how many lines the program becomes longer."""
        return len(self.lines) - (self.end - self.start)


def applied(source: str, edits: Iterable[Edit]) -> str:
    """The program with edits that do not overlap."""
    lines = source.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda one: -one.start):
        lines[edit.start : edit.end] = edit.lines
    return "".join(lines)


def exchanges(source: str, *, in_constructor: bool = False) -> Iterator[Edit]:
    """Every pair of neighbouring assignments that do not need each other, exchanged."""
    lines = source.splitlines(keepends=True)
    for function in _functions(source):
        if (function.name == "__init__") is not in_constructor:
            continue
        for block in _blocks(function):
            for first, second in itertools.pairwise(block):
                if _independent(first, second):
                    start, middle, end = first.lineno - 1, second.lineno - 1, _end(second)
                    text = (*lines[middle:end], *lines[start:middle])
                    yield Edit(start=start, end=end, lines=text)


def extractions(source: str) -> Iterator[Edit]:
    """Every call that a function returns, given a name before."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(parse(source)):
        if not isinstance(node, ast.Return) or not isinstance(node.value, ast.Call):
            continue
        start, end = node.lineno - 1, _end(node)
        before = lines[start][: node.col_offset]
        if not before.strip():
            first = before + lines[start][node.col_offset :].replace("return ", "outcome = ", 1)
            text = (first, *lines[start + 1 : end], f"{before}return outcome\n")
            yield Edit(start=start, end=end, lines=text)


def assertions(source: str) -> Iterator[Edit]:
    """Every simple assignment of a function, with an assertion behind it."""
    lines = source.splitlines(keepends=True)
    assignments = {
        (node.lineno - 1, _end(node), node.col_offset, node.targets[0].id)
        for function in _functions(source)
        for block in _blocks(function)
        for node in block
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for start, end, column, name in sorted(assignments):
        added = f"{' ' * column}assert {name} is not None\n"
        yield Edit(start=start, end=end, lines=(*lines[start:end], added))


def _functions(source: str) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(parse(source)) if isinstance(node, ast.FunctionDef))


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _blocks(function: ast.FunctionDef) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(function):
        for name in ("body", "orelse"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _independent(first: ast.stmt, second: ast.stmt) -> bool:
    if not isinstance(first, ast.Assign) or not isinstance(second, ast.Assign):
        return False
    made = [{ast.unparse(target) for target in each.targets} for each in (first, second)]
    read = [{ast.unparse(node) for node in ast.walk(each.value)} for each in (first, second)]
    simple = all(re.fullmatch(r"[\w.]+", name) for names in made for name in names)
    return simple and not made[0] & (made[1] | read[1]) and not made[1] & read[0]
