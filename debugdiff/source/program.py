"""The person's files, read for the rules: definitions, calls, names and constants; never run."""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from debugdiff.source.location import Location
from debugdiff.source.names import canonical, dotted, import_table
from debugdiff.source.normal import FUNCTIONS, Function, parse
from debugdiff.source.syntax import (
    argument_of,
    bindings,
    body_of,
    default_of,
    in_order,
    last_name,
    parameters,
    position,
    targets,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Number = int | float
_DEPTH = 8
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_POWER_LIMIT = 64
_NOT_SOURCE = frozenset({"__future__"})


@dataclass(eq=False, slots=True, kw_only=True)
class File:
    """One parsed file, with the parent of every node and what its imports bind."""

    name: str
    tree: ast.Module
    parents: dict[ast.AST, ast.AST]
    imports: dict[str, str]

    def spot(self, node: ast.AST) -> Location:
        """Where a node stands."""
        return Location(self.name, getattr(node, "lineno", 1))

    def loop(self, node: ast.AST) -> ast.For | ast.While | None:
        """The innermost loop around a node."""
        return next((each for each in self.up(node) if isinstance(each, ast.For | ast.While)), None)

    def up(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node belongs to."""
        if isinstance(node, ast.stmt):
            return node
        return next(each for each in self.up(node) if isinstance(each, ast.stmt))

    def function(self, node: ast.AST) -> Function | None:
        """The function around a node."""
        return next((each for each in self.up(node) if isinstance(each, FUNCTIONS)), None)

    def owner(self, node: ast.AST) -> ast.ClassDef | None:
        """The class around a node."""
        return next((each for each in self.up(node) if isinstance(each, ast.ClassDef)), None)

    def qualified(self, node: ast.expr) -> str:
        """`torch.nn.Linear` for `nn.Linear`; a name that no import binds stays as it is."""
        chain = dotted(node)
        if not chain:
            return ""
        return canonical(".".join((self.imports.get(chain[0], chain[0]), *chain[1:])))


@dataclass(frozen=True, eq=False, kw_only=True)
class Program:
    """All files of the person's that parse.

    Attributes:
        main: the name of the file that runs.
    """

    main: str
    files: Mapping[str, File] = field(default_factory=dict)

    @classmethod
    def of(cls, sources: Mapping[str, str], main: str) -> Program:
        """Read some files, relative name to text; what does not parse is left out."""
        found = {name: _file(name, text) for name, text in sources.items()}
        return cls(main=main, files={name: file for name, file in found.items() if file})

    @cached_property
    def calls(self) -> tuple[tuple[File, ast.Call], ...]:
        """Every call of the program, the main file's first, in the order of their lines."""
        order = sorted(self.files, key=lambda name: (name != self.main, name))
        return tuple(
            (self.files[name], node)
            for name in order
            for node in in_order(self.files[name].tree)
            if isinstance(node, ast.Call)
        )

    @cached_property
    def classes(self) -> Mapping[str, tuple[File, ast.ClassDef]]:
        """The person's classes by name."""
        return {
            node.name: (file, node)
            for file in self.files.values()
            for node in ast.walk(file.tree)
            if isinstance(node, ast.ClassDef)
        }

    @cached_property
    def functions(self) -> Mapping[str, tuple[File, Function]]:
        """The person's functions outside classes by name."""
        return {
            node.name: (file, node)
            for file in self.files.values()
            for node in ast.walk(file.tree)
            if isinstance(node, FUNCTIONS) and not isinstance(file.parents.get(node), ast.ClassDef)
        }

    def file_of(self, printed: str) -> File | None:
        """The file that a traceback names by its whole path."""
        path = f"/{PurePosixPath(printed.replace(chr(92), '/'))}"
        fits = [name for name in self.files if path.endswith(f"/{name}")]
        return self.files[max(fits, key=len)] if fits else None

    def is_kind(self, node: ast.ClassDef, file: File, roots: frozenset[str]) -> bool:
        """Whether a class descends from one of some library classes, by their last names."""
        return any(name.rpartition(".")[2] in roots for name in self.bases(node, file))

    def bases(self, node: ast.ClassDef, file: File, depth: int = _DEPTH) -> Iterator[str]:
        """Qualified names of all base classes, through the person's own classes."""
        for base in node.bases:
            name = file.qualified(base)
            yield name
            own = self.classes.get(name.rpartition(".")[2])
            if own and depth and own[1] is not node:
                yield from self.bases(own[1], own[0], depth - 1)

    def number(  # noqa: PLR0911 - one form of an expression each
        self, node: ast.expr | None, file: File, depth: int = _DEPTH
    ) -> Number | None:
        """The number that an expression stands for, as far as the text says; else `None`."""
        if node is None or not depth:
            return None
        match node:
            case ast.Constant(value=bool()):
                return None
            case ast.Constant(value=int() | float() as value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                found = self.number(inner, file, depth - 1)
                return None if found is None else -found
            case ast.BinOp(left=left, op=symbol, right=right):
                return _computed(
                    type(symbol),
                    self.number(left, file, depth - 1),
                    self.number(right, file, depth - 1),
                )
            case ast.Call(func=ast.Name(id="len"), args=[argument]):
                return self._length(argument, file, depth - 1)
            case ast.Call(func=ast.Name(id="int"), args=[argument]):
                found = self.number(argument, file, depth - 1)
                return None if found is None else int(found)
            case ast.Name() | ast.Attribute():
                return self._named(node, file, depth - 1)
            case _:
                return None

    def _named(self, node: ast.Name | ast.Attribute, file: File, depth: int) -> Number | None:
        found = self.definition(node, file)
        if found is None:
            return None
        numbers = {self.number(value, where, depth) for where, value in found}
        return numbers.pop() if len(numbers) == 1 else None

    def definition(
        self, node: ast.Name | ast.Attribute, file: File
    ) -> list[tuple[File, ast.expr]] | None:
        """The expressions that a name or `self.name` is bound to; `None` where that is open."""
        if isinstance(node, ast.Name):
            return self._bound_name(node, file)
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return self._bound_attribute(node.attr, file.owner(node), file)
        return self._class_attribute(node)

    def attribute(self, name: str, owner: tuple[File, ast.ClassDef]) -> list[tuple[File, ast.expr]]:
        """What an attribute of a class's instances is bound to."""
        return self._bound_attribute(name, owner[1], owner[0]) or []

    def _class_attribute(self, node: ast.Attribute) -> list[tuple[File, ast.expr]] | None:
        """`Config.hidden`, `config.hidden`: by the attribute where just one is so named."""
        found = [
            (other, value)
            for other in self.files.values()
            for owner in ast.walk(other.tree)
            if isinstance(owner, ast.ClassDef)
            for name, value in bindings(owner.body)
            if name == node.attr
        ]
        return found if len(found) == 1 else None

    def _bound_attribute(
        self, name: str, owner: ast.ClassDef | None, file: File
    ) -> list[tuple[File, ast.expr]] | None:
        if owner is None:
            return None
        found = [
            (file, value)
            for node in ast.walk(owner)
            if isinstance(node, (ast.Assign, ast.AnnAssign))
            for target, value in targets(node)
            if isinstance(target, ast.Attribute) and target.attr == name
        ]
        return found or [(file, value) for key, value in bindings(owner.body) if key == name]

    def _bound_name(self, node: ast.Name, file: File) -> list[tuple[File, ast.expr]] | None:
        function = file.function(node)
        while function is not None:
            local = [(file, value) for key, value in bindings(body_of(function)) if key == node.id]
            if local:
                return local
            if node.id in parameters(function):
                return self._arguments_for(function, node.id, file)
            function = file.function(function)
        found = [(file, value) for key, value in bindings(file.tree.body) if key == node.id]
        return found or self._imported(node.id, file)

    def _imported(self, name: str, file: File) -> list[tuple[File, ast.expr]] | None:
        module, _, original = file.imports.get(name, "").rpartition(".")
        other = self.files.get(f"{module.strip('.').replace('.', '/')}.py")
        if other is None:
            return None
        return [(other, value) for key, value in bindings(other.tree.body) if key == original]

    def _arguments_for(
        self, function: Function, name: str, file: File
    ) -> list[tuple[File, ast.expr]] | None:
        """What the program's calls pass for a parameter, and its default."""
        owner = file.parents.get(function)
        called = owner.name if isinstance(owner, ast.ClassDef) else function.name
        if isinstance(owner, ast.ClassDef) and function.name != "__init__":
            return None
        passed = [
            (where, argument)
            for where, call in self.calls
            if last_name(call.func) == called
            for argument in [argument_of(call, name, position(function, name))]
            if argument is not None
        ]
        default = default_of(function, name)
        return passed or ([(file, default)] if default else None)

    def _length(  # noqa: PLR0911 - one form of an expression each
        self, node: ast.expr, file: File, depth: int
    ) -> int | None:
        """`len` of a literal, or of a name that is bound to one."""
        if not depth:
            return None
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                plain = not any(isinstance(item, ast.Starred) for item in items)
                return len(items) if plain else None
            case ast.Constant(value=str() as text):
                return len(text)
            case ast.Dict(keys=keys):
                return len(keys)
            case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted"), args=[inner]):
                return self._length(inner, file, depth - 1)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                one, two = self._length(left, file, depth), self._length(right, file, depth)
                return None if one is None or two is None else one + two
            case ast.Name() | ast.Attribute():
                found = self.definition(node, file) or []
                lengths = {self._length(value, where, depth - 1) for where, value in found}
                return lengths.pop() if len(lengths) == 1 else None
            case _:
                return None


def _file(name: str, text: str) -> File | None:
    try:
        tree = parse(text)
    except SyntaxError:
        return None
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    return File(name=name, tree=tree, parents=parents, imports=import_table(tree))


def _computed(
    symbol: type[ast.operator], left: Number | None, right: Number | None
) -> Number | None:
    if left is None or right is None:
        return None
    if symbol is ast.Pow:
        return left**right if 0 <= right <= _POWER_LIMIT and abs(left) <= _POWER_LIMIT else None
    function = _ARITHMETIC.get(symbol)
    try:
        return function(left, right) if function else None
    except ArithmeticError:
        return None
