"""The program as code objects: its module, and the call of `main` in the person's own words.

A contract program is run as `__main__` without its `if __name__ == "__main__":` block. What stands
in for the block is the one call of `main`, compiled at the exact place where the block has it, so
that a printed traceback is that of `python program.py`, down to the line and the carets.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType

RESULT = "__debugdiff_result__"
_SEED = "__debugdiff_seed__"
_SIZE = "__debugdiff_size__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is executed, one after the other, in the program's `__main__`."""

    module: CodeType
    call: CodeType | None

    @staticmethod
    def arguments(seed: int, size: str) -> dict[str, object]:
        """The names that the call of `main` reads."""
        return {_SEED: seed, _SIZE: size}


def compile_entry(source: str, path: str, *, contract: bool) -> Entry:
    """Compile a program; `SyntaxError` as Python itself would raise it."""
    tree = compile(source, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    if not contract:
        return Entry(module=_compile(tree, path), call=None)
    guard = next((each for each in tree.body if _is_guard(each)), None)
    place = _place_of_call(tree, guard)
    body = [each for each in tree.body if each is not guard]
    module = ast.Module(body=body, type_ignores=[])
    return Entry(module=_compile(module, path), call=_compile(_call_of_main(place), path))


def _compile(tree: ast.Module, path: str) -> CodeType:
    code: CodeType = compile(tree, path, "exec", dont_inherit=True)
    return code


def _is_guard(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":`, written either way round."""
    if not isinstance(statement, ast.If):
        return False
    parts = list(ast.walk(statement.test))
    named = any(isinstance(part, ast.Name) and part.id == "__name__" for part in parts)
    return named and any(
        isinstance(part, ast.Constant) and part.value == "__main__" for part in parts
    )


def _place_of_call(tree: ast.Module, guard: ast.stmt | None) -> ast.expr | ast.stmt:
    """The call of `main` in the block, or the definition of `main` when no block calls it."""
    calls = (
        node
        for node in ast.walk(guard or ast.Module(body=[], type_ignores=[]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "main"
    )
    definitions = (
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"
    )
    place: ast.expr | ast.stmt | None = next(calls, None) or next(definitions, None)
    if place is None:
        raise NameError("name 'main' is not defined")
    return place


def _call_of_main(place: ast.expr | ast.stmt) -> ast.Module:
    """`RESULT = main(seed=..., size=...)`, every node of it standing at `place`."""
    text = f"{RESULT} = main(seed={_SEED}, size={_SIZE})"
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.stmt, ast.keyword)):
            node.lineno = place.lineno
            node.col_offset = place.col_offset
            # A definition spans many lines; its first one is where a person looks.
            one_line = isinstance(place, ast.stmt)
            node.end_lineno = place.lineno if one_line else place.end_lineno
            node.end_col_offset = place.col_offset if one_line else place.end_col_offset
    return tree
