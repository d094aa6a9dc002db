"""The code of a verb: Python in which `$it` stands for the place, `$targets` for another role.

Names of libraries in it are canonical, and are written as the program writes them.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from debugdiff.inject.context import NEVER_PARENTHESISED
from debugdiff.inject.fresh import own_names
from debugdiff.inject.names import is_library
from debugdiff.inject.pattern import python_text
from debugdiff.inject.terms import ONE_PREFIX
from debugdiff.source.names import dotted
from debugdiff.source.offsets import Offsets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from debugdiff.inject.edits import Part

IT = "it"
HEAD_IN_MODEL = "head-in-model"
"""`$head_in_model`: the head as code outside of the model names it, `model.head`."""
CLASSES = "classes"
"""`$classes`: the class numbers of the labels of the place, also where they are one-hot vectors."""
LAYER = "layer"
"""`$layer.units`: an argument of the call that made the layer that the place applies."""
RECEIVER = "receiver"
"""`$receiver`: what stands before the dot of the method that the place calls."""


@dataclass(frozen=True, slots=True)
class Hole:
    """A stretch of the code that is filled in.

    Attributes:
        name: `it`, `layer`, `head-in-model`, or a role.
        argument: an argument of the place's call, or of the layer's, if that is meant; empty for
            the whole.
    """

    start: int
    end: int
    name: str
    argument: str = ""


@dataclass(frozen=True)
class Code:
    """Parsed code; metavariables are reserved names in `text`."""

    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The code as Python."""
        return ast.parse(self.text)

    @cached_property
    def is_expression(self) -> bool:
        """Whether it is one expression."""
        return len(self.tree.body) == 1 and isinstance(self.tree.body[0], ast.Expr)

    @cached_property
    def offsets(self) -> Offsets:
        """The way from nodes to offsets."""
        return Offsets(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """The metavariables: `it` and roles."""
        return frozenset(re.findall(rf"{ONE_PREFIX}(\w+)", self.text))

    def holes(self, arguments: frozenset[str]) -> Iterator[Hole]:
        """What is filled in; `$it.units` is one hole where `units` is one of the arguments."""
        called = {node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        inner = set()
        for node in ast.walk(self.tree):
            match node:
                case ast.Attribute(value=ast.Name(id=name) as value, attr=argument) if (
                    name == ONE_PREFIX + LAYER
                    or (name == ONE_PREFIX + IT and argument in arguments and node not in called)
                ):
                    inner.add(value)
                    yield Hole(*self.offsets.span(node), name.removeprefix(ONE_PREFIX), argument)
                case ast.Name(id=name) if name.startswith(ONE_PREFIX) and node not in inner:
                    role = name.removeprefix(ONE_PREFIX).replace("_", "-")
                    yield Hole(*self.offsets.span(node), role)

    def libraries(self, is_variable: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
        """Names of libraries and where they stand; not what the code or the program binds."""
        bound = {*_stored(self.tree), *self.imported}
        inner: set[ast.AST] = set()
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.Attribute) or node in inner:
                continue
            chain = dotted(node)
            inner.add(node.value)
            if not chain or not is_library(".".join(chain)):
                continue
            inner.update(ast.walk(node))
            if chain[0] not in bound and not is_variable(chain[0]):
                yield (*self.offsets.span(node), ".".join(chain))

    @cached_property
    def methods_of_it(self) -> frozenset[str]:
        """The methods that the code calls on the place."""
        calls = (node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return frozenset(
            function.attr
            for function in calls
            if isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id == ONE_PREFIX + IT
        )

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The variables and functions that the code binds."""
        return own_names(self.tree)

    def uses(self, name: str) -> Iterator[tuple[int, int]]:
        """Where the code binds or reads a variable or function of a name."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and node.id == name:
                yield self.offsets.span(node)
            elif isinstance(node, ast.FunctionDef) and node.name == name:
                start = self.text.index(name, self.offsets.span(node)[0] + len("def"))
                yield start, start + len(name)

    @cached_property
    def imported(self) -> Sequence[str]:
        """Names that imports in the code bind."""
        imports = [n for n in ast.walk(self.tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
        names = [alias.asname or alias.name for node in imports for alias in node.names]
        return [name.partition(".")[0] for name in names]


@lru_cache(maxsize=1024)
def parse_code(text: str) -> Code:
    """Read the code of a verb.

    Raises:
        PatternError: it is not Python once its metavariables are names.
    """
    return Code(python_text(text).strip("\n"))


def filled(code: Code, values: Mapping[tuple[int, int], tuple[Part, str]]) -> list[Part]:
    """The parts of the code with something in the place of some stretches.

    Args:
        code: the code.
        values: per stretch, what takes its place, and the text of that. It gets parentheses where
            the code would be read as something else without them.
    """
    spans = sorted(values)
    bare = {span for span in spans if _is_bare(values[span][1])}
    grouped = _written(code, {span: values[span][1] for span in spans}, bare)
    meant = _dump(grouped)
    for span in spans:
        if (
            span not in bare
            and _dump(_written(code, {s: values[s][1] for s in spans}, bare | {span})) == meant
        ):
            bare.add(span)
    return list(_parts(code, values, bare))


def _parts(
    code: Code, values: Mapping[tuple[int, int], tuple[Part, str]], bare: set[tuple[int, int]]
) -> Iterator[Part]:
    position = 0
    for start, end in sorted(values):
        value = values[start, end][0]
        yield code.text[position:start]
        yield from [value] if (start, end) in bare else ["(", value, ")"]
        position = end
    yield code.text[position:]


def _written(code: Code, texts: Mapping[tuple[int, int], str], bare: set[tuple[int, int]]) -> str:
    parts = _parts(code, {span: (text, text) for span, text in texts.items()}, bare)
    return "".join(map(str, parts))


def _is_bare(text: str) -> bool:
    """Whether an expression needs parentheses nowhere."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return False
    return isinstance(tree, NEVER_PARENTHESISED) or (
        isinstance(tree, ast.Constant) and not isinstance(tree.value, int | float | complex)
    )


def _dump(text: str) -> str:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return ""


def _stored(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
