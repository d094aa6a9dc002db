"""Two letters of a name swapped where it is used: the commonest slip of the keyboard."""

from __future__ import annotations

import ast
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Implementation

CALLS = {"forward", "call"}
SHORTEST = 4
"""Letters: nobody overlooks a slip in `fc`."""


class Misspelt:
    """Swap two letters of the last layer that `forward` or `call` calls.

    A program without such a method loses a name in `keras.Model(...)` instead.
    """

    missing = "no `forward` or `call` of the main file calls a layer with a name of four letters"

    def apply(self, source: str, implementation: Implementation) -> str | None:  # noqa: ARG002 - the protocol's
        tree = ast.parse(source)
        uses = [*_layers_called(tree)] or [*_outputs(tree)]
        if not uses:
            return None
        taken = {name for name, _, _ in uses}
        name, line, column = uses[-1]
        wrong = swapped(name)
        if wrong in taken:
            return None
        lines = source.splitlines(keepends=True)
        text = lines[line - 1].encode()  # columns of `ast` are bytes
        changed = text[:column] + wrong.encode() + text[column + len(name.encode()) :]
        return "".join([*lines[: line - 1], changed.decode(), *lines[line:]])


def swapped(name: str) -> str:
    """The name with the two different neighbours nearest to its middle swapped."""
    places = sorted(range(1, len(name) - 1), key=lambda place: abs(place - (len(name) - 1) // 2))
    place = next((place for place in places if name[place] != name[place + 1]), 0)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def _layers_called(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """Name, line and column of every `self.layer` that is called and assigned in its class."""
    for owner in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        assigned = {
            node.attr
            for node in ast.walk(owner)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }
        methods = [part for part in owner.body if getattr(part, "name", "") in CALLS]
        for node in chain.from_iterable(map(ast.walk, methods)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name, line = node.func.attr, node.func.end_lineno
                if name in assigned and len(name) >= SHORTEST and line is not None:
                    yield name, line, (node.func.end_col_offset or 0) - len(name.encode())


def _outputs(tree: ast.Module) -> Iterator[tuple[str, int, int]]:
    """The names that are handed to `Model(...)` as its outputs, also in a list or dictionary."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Model":
            named = [keyword.value for keyword in node.keywords if keyword.arg == "outputs"]
            for part in chain.from_iterable(map(ast.walk, node.args[1:] or named)):
                if isinstance(part, ast.Name) and len(part.id) >= SHORTEST:
                    yield part.id, part.lineno, part.col_offset
