"""R5, the API surface: what of a library a reader of the program has to know.

It is the number of distinct library names, of distinct keyword arguments passed to a library, and
of methods that a class defines because the library calls them (after Clarke's cognitive dimensions
of APIs, 2004: API elaboration and penetrability). Attributes of values (`loss.backward`) are
counted by name, `.backward`, unless a class of the program has it, or a number, text, container or
exception of Python. The standard library and the program's own modules do not count.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.source.names import Resolver, bound_names, dotted
from debugdiff.source.normal import FUNCTIONS, Definition, Function

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OVERRIDES = frozenset(
    {
        # PyTorch: modules, autograd functions, optimizers, data sets, samplers
        *("forward", "backward", "setup_context", "extra_repr", "reset_parameters", "step"),
        *("__len__", "__getitem__", "__getitems__", "__iter__"),
        # Keras: layers, models, losses, metrics, optimizers, callbacks, initialisers, schedules
        *("call", "build", "get_config", "from_config", "compute_output_shape", "compute_mask"),
        *("compute_output_spec", "train_step", "test_step", "predict_step", "compute_loss"),
        *("compute_metrics", "update_state", "result", "reset_state", "update_step", "__call__"),
        *("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end"),
        *("on_train_batch_begin", "on_train_batch_end", "on_test_begin", "on_test_end"),
        *("on_test_batch_begin", "on_test_batch_end", "on_predict_begin", "on_predict_end"),
    }
)
"""Methods that a framework calls and a user therefore has to define under this very name."""

_BUILT_IN_TYPES = (
    *(object, type, int, float, complex, bool, str, bytes, list, tuple, dict, set, frozenset),
    BaseException,
)
_BUILT_IN_ATTRIBUTES = frozenset(name for kind in _BUILT_IN_TYPES for name in dir(kind))
_BUILT_IN_NAMES = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What some statements use of a library."""

    names: frozenset[str]
    keywords: frozenset[str]
    overrides: frozenset[str]

    @property
    def size(self) -> int:
        """R5: everything together, each thing once."""
        return len(self.names) + len(self.keywords) + len(self.overrides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """What a whole file defines: needed to judge any part of it."""

    resolver: Resolver
    own_attributes: frozenset[str]
    own_functions: frozenset[str]
    own_parameters: frozenset[str]
    library_bases: dict[str, str]


def read_definitions(tree: ast.Module, resolver: Resolver) -> Definitions:
    """Collect the definitions of a file that tell its own names from a library's."""
    functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return Definitions(
        resolver=resolver,
        own_attributes=frozenset(_own_attributes(tree)),
        own_functions=frozenset(node.name for node in (*functions, *classes)),
        own_parameters=frozenset(_parameters(functions)),
        library_bases=_library_bases(classes, resolver),
    )


def _own_attributes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.ClassDef(body=body):
                yield from (inner.name for inner in body if isinstance(inner, FUNCTIONS))
                yield from (name for inner in body for name in _targets(inner))


def _targets(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _parameters(functions: Sequence[Function]) -> Iterator[str]:
    for function in functions:
        arguments = function.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            yield argument.arg


def _library_bases(classes: Sequence[ast.ClassDef], resolver: Resolver) -> dict[str, str]:
    """Class name to the library class it derives from, also through classes of the file."""
    bases: dict[str, str] = {}
    for _ in classes:
        for node in classes:
            for base in node.bases:
                qualified = resolver.qualified(base)
                inherited = bases.get(".".join(dotted(base)), "")
                found = qualified if resolver.is_library(qualified) else inherited
                if found:
                    bases.setdefault(node.name, found)
    return bases


def library_base(definition: Definition, program: Definitions) -> str:
    """The library class that a definition derives from; empty for none."""
    return program.library_bases.get(definition.name, "")


def surface_of(statements: Sequence[ast.stmt], program: Definitions) -> Surface:
    """Count what some statements of the program use of a library."""
    reader = _Reader(program=program)
    for statement in statements:
        reader.visit(statement)
    return Surface(
        names=frozenset(reader.names),
        keywords=frozenset(reader.keywords),
        overrides=frozenset(reader.overrides),
    )


@dataclass(slots=True, kw_only=True)
class _Reader(ast.NodeVisitor):
    """Walks statements with the names that the functions around a node bind for themselves."""

    program: Definitions
    names: set[str] = field(default_factory=set)
    keywords: set[str] = field(default_factory=set)
    overrides: set[str] = field(default_factory=set)
    hidden: frozenset[str] = frozenset()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_scope(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_scope(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_scope(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        base = library_base(node, self.program)
        if base:
            methods = {inner.name for inner in node.body if isinstance(inner, FUNCTIONS)}
            self.overrides |= {f"{base}.{name}" for name in methods & OVERRIDES}
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._add_qualified(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if self._add_qualified(node):
            return
        if self._is_library_attribute(node):
            self.names.add(f".{node.attr}")
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        given = {keyword.arg for keyword in node.keywords if keyword.arg}
        if given:
            self.keywords |= self._library_keywords(node.func, given)
        self.generic_visit(node)

    def _visit_scope(self, node: Function | ast.Lambda) -> None:
        outside = self.hidden
        self.hidden = outside | bound_names(node)
        self.generic_visit(node)
        self.hidden = outside

    def _add_qualified(self, node: ast.expr) -> bool:
        """Add a name that starts at an import; True if it does, whosever it is."""
        resolver = self.program.resolver
        qualified = resolver.qualified(node, self.hidden)
        if resolver.is_library(qualified):
            self.names.add(qualified)
        return bool(qualified)

    def _is_library_attribute(self, node: ast.Attribute) -> bool:
        return (
            node.attr not in self.program.own_attributes
            and node.attr not in _BUILT_IN_ATTRIBUTES
            and not self.program.resolver.is_foreign(node.value, self.hidden)
        )

    def _library_keywords(self, callee: ast.expr, given: set[str]) -> set[str]:
        """Keywords that a library understands; a variable's callee may be the program's own."""
        resolver, program = self.program.resolver, self.program
        qualified = resolver.qualified(callee, self.hidden)
        if qualified:
            return given if resolver.is_library(qualified) else set()
        match callee:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                return given
            case ast.Attribute():
                return given if self._is_library_attribute(callee) else set()
            case ast.Name(id=name) if name in program.own_functions or name in _BUILT_IN_NAMES:
                return set()
            case ast.Call(func=inner):
                return given if self._library_keywords(inner, {""}) else set()
            case _:
                return given - program.own_parameters
