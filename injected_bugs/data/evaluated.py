"""What is evaluated, taken from the training data instead of the test data."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Implementation

_TEST = re.compile(r"(?<![a-zA-Z])test(?![a-zA-Z])")
_EVALUATION = re.compile(r"eval|test|valid|score|accuracy")
_CALLS = frozenset({"evaluate", "predict"})


class OnTrainingData:
    """Turns `data.test.words` and `x_test` into `data.train.words` and `x_train`.

    Only in functions that evaluate, by their names; where there is none, in the arguments of
    `model.evaluate(...)` and `model.predict(...)`. Only names whose twin the program knows.
    """

    def apply(self, source: str, _: Implementation) -> str | None:
        """The changed program; `None` if it evaluates nothing that is called a test."""
        tree = ast.parse(source)
        known = {*_named(tree).values(), *_parameters(tree)}
        places = {
            place: name
            for region in _functions(tree) or _arguments(tree)
            for place, name in _named(region).items()
            if _TEST.search(name) and _TEST.sub("train", name) in known
        }
        lines = source.splitlines(keepends=True)
        for (line, column), name in sorted(places.items(), reverse=True):
            text = lines[line - 1].encode()
            end = column + len(name.encode())
            changed = text[:column] + _TEST.sub("train", name).encode() + text[end:]
            lines[line - 1] = changed.decode()
        return "".join(lines) if places else None


def _functions(tree: ast.Module) -> list[ast.AST]:
    defined = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [node for node in defined if _EVALUATION.search(node.name)]


def _arguments(tree: ast.Module) -> list[ast.AST]:
    return [
        argument
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in _CALLS
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
    ]


def _parameters(tree: ast.Module) -> list[str]:
    return [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]


def _named(region: ast.AST) -> dict[tuple[int, int], str]:
    """Line (from 1) and column (bytes, from 0) of every name and attribute in an expression."""
    return dict(_places(region))


def _places(region: ast.AST) -> Iterator[tuple[tuple[int, int], str]]:
    for node in ast.walk(region):
        if isinstance(node, ast.Name):
            yield (node.lineno, node.col_offset), node.id
        elif isinstance(node, ast.Attribute):
            end = node.end_col_offset or 0
            yield (node.end_lineno or 0, end - len(node.attr.encode())), node.attr
