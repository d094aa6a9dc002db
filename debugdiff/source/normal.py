"""The normal form of a program: parsed, without docstrings, unparsed; no layout, no comments."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Sequence

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_ODD = re.compile("[\x0b\x0c\x1c-\x1e]|[^\\x00-\\x7f]")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def without_docstrings(tree: ast.Module) -> ast.Module:
    """A tree with every docstring taken out; a body that held nothing else becomes `pass`.

    The given tree is changed in place and returned.
    """
    for node in ast.walk(tree):
        if has_docstring(node):
            del node.body[0]
            if not node.body and not isinstance(node, ast.Module):
                node.body.append(ast.Pass(lineno=node.lineno, col_offset=node.col_offset))
    return tree


def has_docstring(node: ast.AST) -> TypeGuard[ast.Module | Definition]:
    """Whether a node is a module, class or function whose body starts with a docstring."""
    if not isinstance(node, (ast.Module, *DEFINITIONS)) or not node.body:
        return False
    first = node.body[0]
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )


def in_plain_letters(source: str) -> str:
    """The same program in ASCII, for readers that split lines and names otherwise than Python.

    `tokenize` takes some letters of a name for none, radon some of a string for the end of a line.
    Different names stay different.
    """
    return _ODD.sub(lambda odd: f"_{ord(odd[0]):x}" if odd[0] > "\x7f" else "", source)


def unparse(statements: Sequence[ast.stmt]) -> str:
    """The normal text of some statements, ending in a line break; empty for none."""
    if not statements:
        return ""
    return ast.unparse(ast.Module(body=list(statements), type_ignores=[])) + "\n"


def definitions(statements: Sequence[ast.stmt]) -> dict[str, Definition]:
    """Top-level functions and classes by name; of two with one name, the last, as in Python."""
    return {node.name: node for node in statements if isinstance(node, DEFINITIONS)}
