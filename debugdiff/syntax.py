"""Reading Python: a source as a tree that everything after it can walk."""

from __future__ import annotations

import ast
import io
import warnings

DEEPEST = 200
"""Levels of nesting; every reader of trees recurses, and Python ends a recursion before 1,000."""


def parse(source: str) -> ast.Module:
    """Parse a source; what its strings escape oddly is its own affair, and no warning.

    Raises:
        SyntaxError: it is no Python, is refused by `ast` in another way, or is nested too deeply.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or "it is nested too deeply") from error
    if _is_deeper_than(DEEPEST, tree):
        raise SyntaxError(f"it is nested too deeply, more than {DEEPEST} levels")
    return tree


def split_lines(text: str, *, keep_ends: bool = False) -> list[str]:
    r"""Lines of Python code, numbered as Python numbers them.

    `str.splitlines` also splits at what may stand in a string or a comment: U+2028, `\x85`, `\f`.
    """
    lines = list(io.StringIO(text, newline=""))
    return lines if keep_ends else [line.rstrip("\r\n") for line in lines]


def _is_deeper_than(limit: int, tree: ast.AST) -> bool:
    level = [tree]
    for _ in range(limit):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)
