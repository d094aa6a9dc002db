"""What is evaluated, taken from the training data instead of the test data."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Implementation

_TEST = re.compile(r"(?<![a-zA-Z])(test|testing|val|valid|validation|dev)(?![a-z])")
_EVALUATION = re.compile(r"eval|test|valid|score|accuracy")
_CALLS = frozenset({"evaluate", "predict"})
_WITHOUT_GRADIENT = frozenset({"no_grad", "inference_mode"})

Place = tuple[int, int]


class OnTrainingData:
    """Turns `data.test.words` and `x_test` into `data.train.words` and `x_train`.

    In the first of these where that is possible: functions that evaluate, by their names; the
    arguments of `model.evaluate(...)` and `model.predict(...)`; those of calls of the program's own
    functions that evaluate; `validation_data=`; what loops in blocks without gradients go over;
    what a loop goes over that calls such a function. Only names whose twin
    the program knows at the place.
    """

    missing = "this program evaluates nothing that is named `test` and has a twin named `train`"

    def apply(self, source: str, _: Implementation) -> str | None:
        """The changed program; `None` if it evaluates nothing that is called a test."""
        tree = ast.parse(source)
        known = _Known(tree)
        places: dict[Place, str] = {}
        for regions in (_functions, _calls_of_keras, _own_calls, _validation, _blocks, _loops):
            for region in regions(tree):
                places |= known.tested(region)
            if places:
                break
        return _renamed(source, places) if places else None


def _renamed(source: str, places: dict[Place, str]) -> str:
    lines = source.splitlines(keepends=True)
    for (line, column), name in sorted(places.items(), reverse=True):
        text = lines[line - 1].encode()
        end = column + len(name.encode())
        lines[line - 1] = (text[:column] + _twin(name).encode() + text[end:]).decode()
    return "".join(lines)


def _twin(name: str) -> str:
    return _TEST.sub("train", name)


# --- where a program evaluates --------------------------------------------------------------------


def _functions(tree: ast.Module) -> list[ast.AST]:
    defined = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [node for node in defined if _EVALUATION.search(node.name)]


def _calls_of_keras(tree: ast.Module) -> list[ast.AST]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _CALLS
    ]


def _own_calls(tree: ast.Module) -> list[ast.AST]:
    names = _evaluating(tree)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func).rpartition(".")[2] in names]


def _evaluating(tree: ast.Module) -> set[str]:
    """Names of the program's own functions that evaluate, also of those that it imports."""
    names = {node.name for node in _functions(tree) if isinstance(node, ast.FunctionDef)}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    return names | {name for name in imported if _EVALUATION.search(name)}


def _loops(tree: ast.Module) -> list[ast.AST]:
    names = _evaluating(tree)
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
    return [loop.iter for loop in loops if any(_calls(part, names) for part in loop.body)]


def _calls(statement: ast.stmt, names: set[str]) -> bool:
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    return isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in names


def _validation(tree: ast.Module) -> list[ast.AST]:
    keywords = [node for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    return [keyword.value for keyword in keywords if keyword.arg == "validation_data"]


def _blocks(tree: ast.Module) -> list[ast.AST]:
    """What loops go over in blocks without gradients."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.With)]
    return [
        loop.iter
        for block in blocks
        if any(
            isinstance(item.context_expr, ast.Call)
            and ast.unparse(item.context_expr.func).rpartition(".")[2] in _WITHOUT_GRADIENT
            for item in block.items
        )
        for loop in ast.walk(block)
        if isinstance(loop, ast.For)
    ]


# --- which names have a twin ----------------------------------------------------------------------


class _Known:
    """The attributes of a program, and the names that each of its functions knows."""

    def __init__(self, tree: ast.Module) -> None:
        self.attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        self.called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        self.scopes: dict[int, set[str]] = {}
        self._read(tree, _used(tree))

    def _read(self, scope: ast.AST, known: set[str]) -> None:
        """Note for every name what is bound in the scopes around it."""
        waiting = list(ast.iter_child_nodes(scope))
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.FunctionDef):
                self._read(node, known | _used(node))
                continue
            if isinstance(node, ast.Name):
                self.scopes[id(node)] = known
            waiting += ast.iter_child_nodes(node)

    def tested(self, region: ast.AST) -> dict[Place, str]:
        """Line (from 1) and column (bytes, from 0) of what is tested, with its name.

        Nothing where only a part of it has a twin: rows of two sets do not fit together.
        """
        own = _stored(region)
        named = [
            (node, place, name)
            for node, place, name in _named(region)
            if _TEST.search(name) and id(node) not in self.called and name not in own
        ]
        found = {place: name for node, place, name in named if self._has_twin(node, name)}
        return found if len(found) == len(named) else {}

    def _has_twin(self, node: ast.Name | ast.Attribute, name: str) -> bool:
        is_attribute = isinstance(node, ast.Attribute)
        return _twin(name) in (self.attributes if is_attribute else self.scopes.get(id(node), ()))


def _used(scope: ast.AST) -> set[str]:
    """The names that a function or a module binds or reads itself."""
    found: set[str] = set()
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)
    return found


def _stored(region: ast.AST) -> set[str]:
    """Names that a region itself computes: `val_loss` is no data."""
    names = [node for node in ast.walk(region) if isinstance(node, ast.Name)]
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _named(region: ast.AST) -> Iterator[tuple[ast.Name | ast.Attribute, Place, str]]:
    for node in ast.walk(region):
        if isinstance(node, ast.Name):
            yield node, (node.lineno, node.col_offset), node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            end = node.end_col_offset or 0
            yield node, (node.end_lineno or 0, end - len(node.attr.encode())), node.attr
