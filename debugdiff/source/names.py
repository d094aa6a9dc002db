"""What the names of a program stand for, as far as its imports and assignments say.

Resolution is by scope and never by type inference: `layers.Dense` is followed through
`from keras import layers` unless the function at hand binds `layers` itself.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.source.normal import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SAME_LIBRARY = (
    ("tensorflow.keras", "keras"),
    ("tensorflow.python.keras", "keras"),
    ("tf_keras", "keras"),
    ("keras.api", "keras"),
)
_REEXPORTS = {
    "keras.layers.Input": "keras.Input",
    "keras.layers.InputSpec": "keras.InputSpec",
    "keras.layers.Layer": "keras.Layer",
    "keras.models.Model": "keras.Model",
    "keras.models.Sequential": "keras.Sequential",
    "torch.nn.parameter.Parameter": "torch.nn.Parameter",
}
_MODULES_OF = re.compile(r"torch\.(nn\.modules|optim)\.[a-z_]+\.(?=[A-Z])")
_SCOPES = (*FUNCTIONS, ast.Lambda)


def dotted(node: ast.expr) -> tuple[str, ...]:
    """`("nn", "Linear")` for `nn.Linear`; empty where the chain does not start with a name."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.Attribute(value=value, attr=attribute):
            before = dotted(value)
            return (*before, attribute) if before else ()
        case _:
            return ()


def root_of(chain: ast.expr) -> ast.expr:
    """`nn` of `nn.functional.relu`."""
    while isinstance(chain, ast.Attribute):
        chain = chain.value
    return chain


def import_table(tree: ast.AST) -> dict[str, str]:
    """Every name that an import anywhere in the tree binds, and the qualified name behind it."""
    table: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    root = alias.name.partition(".")[0]
                    table[alias.asname or root] = alias.name if alias.asname else root
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    prefix = "." * level + (module or "")
                    separator = "." if module else ""
                    table[alias.asname or alias.name] = f"{prefix}{separator}{alias.name}"
    return table


def canonical(name: str) -> str:
    """One spelling for one object: `tensorflow.keras.models.Model` is `keras.Model`.

    Injection and R5 (the API surface of a program) count names by this spelling alone.
    """
    for other, spelling in _SAME_LIBRARY:
        if name == other or name.startswith(f"{other}."):
            name = spelling + name.removeprefix(other)
    name = _MODULES_OF.sub(_package, name)
    return _REEXPORTS.get(name, name)


def _package(module: re.Match[str]) -> str:
    """`torch.nn.` for `torch.nn.modules.linear.`, `torch.optim.` for `torch.optim.adam.`."""
    return "torch.nn." if module[1] == "nn.modules" else "torch.optim."


def bound_names(scope: ast.AST) -> set[str]:
    """Names that a function binds for itself: parameters, targets, nested definitions."""
    names: set[str] = set()
    freed: set[str] = set()
    for node in _own_nodes(scope):
        match node:
            case ast.arg(arg=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name):
                names.add(name)
            case ast.Global(names=declared) | ast.Nonlocal(names=declared):
                freed.update(declared)
    return names - freed


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Nodes below a scope, without the insides of the scopes nested in it."""
    for child in ast.iter_child_nodes(scope):
        yield child
        if not isinstance(child, (*_SCOPES, ast.ClassDef)):
            yield from _own_nodes(child)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolver:
    """Names of one file by what they resolve to.

    Attributes:
        imports: what imports bind.
        own_modules: top-level modules that are the program's own.
        foreign: variables that hold what the standard library or an own module returned.
    """

    imports: Mapping[str, str]
    own_modules: frozenset[str]
    foreign: frozenset[str] = frozenset()

    def qualified(self, node: ast.expr, hidden: frozenset[str] = frozenset()) -> str:
        """`torch.nn.Linear` for `nn.Linear`; empty if the chain does not start at an import.

        Args:
            node: a name or a chain of attributes.
            hidden: names that the functions around the node bind for themselves.
        """
        chain = dotted(node)
        if not chain or chain[0] in hidden or chain[0] not in self.imports:
            return ""
        return canonical(".".join((self.imports[chain[0]], *chain[1:])))

    def is_library(self, qualified: str) -> bool:
        """Whether a qualified name belongs to a library: not standard, not the program's own."""
        root = qualified.partition(".")[0]
        return bool(root) and root not in sys.stdlib_module_names and root not in self.own_modules

    def is_foreign(self, node: ast.expr, hidden: frozenset[str] = frozenset()) -> bool:
        """Whether a value is, or came out of, the standard library or one of the own modules."""
        match node:
            case ast.Name(id=name) if name in self.foreign:
                return True
            case ast.Name():
                qualified = self.qualified(node, hidden)
                return bool(qualified) and not self.is_library(qualified)
            case ast.Call(func=inner) | ast.Subscript(value=inner) | ast.Attribute(value=inner):
                return self.is_foreign(inner, hidden)
            case _:
                return False


def resolver(tree: ast.Module, own_modules: frozenset[str]) -> Resolver:
    """Read the imports of a module, and which variables hold no library's value."""
    known = Resolver(imports=import_table(tree), own_modules=own_modules)
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if known.is_foreign(value):
                known = replace(known, foreign=known.foreign | {name})
    return known
