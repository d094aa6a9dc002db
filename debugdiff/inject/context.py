"""Whether an expression needs parentheses where it is put."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.inject.tokens import token_before

if TYPE_CHECKING:
    from debugdiff.inject.edits import Stretch
    from debugdiff.source.program import File

NEVER_PARENTHESISED = (
    ast.Name,
    ast.Attribute,
    ast.Call,
    ast.Subscript,
    ast.List,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.DictComp,
    ast.SetComp,
    ast.JoinedStr,
)
_OTHER_HEADERS = (ast.Try, ast.Match)


def read_alike(file: File, node: ast.AST, stretch: Stretch, text: str) -> bool:
    """Whether a text in the place of a stretch is read as one expression, without parentheses."""
    if isinstance(_expression(text), NEVER_PARENTHESISED):
        return True
    start, end, suffix = _surroundings(file, node)
    before, after = file.text[start : stretch.start], file.text[stretch.end : end] + suffix
    if before.startswith("elif"):
        before = before.removeprefix("el")
    grouped = _dump(f"{before}({text}){after}")
    return grouped is None or _dump(before + text + after) == grouped


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def _surroundings(file: File, node: ast.AST) -> tuple[int, int, str]:
    """The smallest piece of the file that can be read by itself, and what its end lacks."""
    statement = file.statement(node)
    body = getattr(statement, "body", None)
    if isinstance(statement, _OTHER_HEADERS) or node in getattr(statement, "decorator_list", []):
        return 0, len(file.text), ""
    start, end = file.span(statement)
    if not body:
        return start, end, ""
    colon = token_before(file.text, file.span(body[0])[0])
    while colon is not None and colon.text != ":":
        colon = token_before(file.text, colon.start)  # the decorators of the first statement
    assert colon is not None
    return start, colon.end, " pass"


def _dump(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return None
