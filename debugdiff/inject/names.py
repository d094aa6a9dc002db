"""What names stand for: import tables by scope, and one canonical spelling per library object."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.source.names import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LIBRARIES = frozenset(
    {
        "copy",
        "functools",
        "itertools",
        "jax",
        "keras",
        "math",
        "numpy",
        "os",
        "random",
        "sys",
        "tensorflow",
        "time",
        "torch",
    }
)
"""Roots of dotted names that a pattern means as libraries."""

ALIASES = {
    "F": "torch.nn.functional",
    "jnp": "jax.numpy",
    "layers": "keras.layers",
    "nn": "torch.nn",
    "np": "numpy",
    "ops": "keras.ops",
    "optim": "torch.optim",
    "tf": "tensorflow",
}
"""The field's customary short forms; a pattern may use them as well as the long ones."""


def is_library(dotted: str) -> bool:
    """Whether a pattern's dotted name means a library: `torch.cat`, `nn.Linear`, not `self.fc`."""
    root = dotted.partition(".")[0]
    return root in LIBRARIES or root in ALIASES


def expand(dotted: str) -> str:
    """A pattern's dotted name with its customary short form written out: `F.relu`."""
    root, dot, rest = dotted.partition(".")
    return ALIASES.get(root, root) + dot + rest


@dataclass(slots=True)
class Scope:
    """What the names of one function or module stand for.

    Attributes:
        imports: name to the dotted name it was imported as.
        values: name of a variable, parameter or `def`, to the library name that it is another name
            of (`keras = tf.keras`) or `None`.
        stars: modules of `from module import *`.
        is_class: a class body, whose names its functions do not see.
    """

    parent: Scope | None = None
    is_class: bool = False
    imports: dict[str, str] = field(default_factory=dict)
    values: dict[str, str | None] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)

    def bind(self, name: str, dotted: str | None = None) -> None:
        """Note an assignment; a name that is assigned twice is no alias of a library."""
        self.values[name] = None if name in self.values else dotted

    def resolve(self, dotted: str) -> str | None:
        """The full library name behind a dotted name; `None` for variables and unknown names.

        A customary short form that nothing in the file binds is taken at its word, so that short
        examples need no imports.
        """
        root, dot, rest = dotted.partition(".")
        for scope in self.chain():
            if root in scope.imports:
                return scope.imports[root] + dot + rest
            if root in scope.values:
                alias = scope.values[root]
                return None if alias is None else alias + dot + rest
            if len(scope.stars) == 1:
                return f"{scope.stars[0]}.{dotted}"
        return expand(dotted) if is_library(dotted) else None

    def chain(self) -> Iterator[Scope]:
        """This scope, then the ones around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def visible(self) -> dict[str, str]:
        """Every name that stands for a library object here: name to full dotted name."""
        found = self.parent.visible() if self.parent is not None else {}
        for name, alias in self.values.items():
            found.pop(name, None)
            if alias is not None:
                found[name] = alias
        return found | self.imports

    def is_variable(self, name: str) -> bool:
        """Whether the name is an ordinary variable here."""
        for scope in self.chain():
            if name in scope.imports:
                return False
            if name in scope.values:
                return scope.values[name] is None
        return False


def agree(pattern: str, code: str, scope: Scope) -> bool:
    """Whether a pattern's dotted name means the same as a program's, in the program's scope."""
    resolved = scope.resolve(code)
    if resolved is None:
        return pattern == code
    if is_library(pattern):
        return canonical(resolved) == canonical(expand(pattern))
    return pattern in {code, resolved}


def spell(dotted: str, scope: Scope) -> str | None:
    """How a program writes a library name through its own imports; `None` if nothing gives it."""
    return spelled(dotted, scope.visible())


def spelled(dotted: str, visible: Mapping[str, str]) -> str | None:
    """A library name, given which names stand for what; `None` if none of them leads to it.

    The most specific import wins: `Linear` before `nn.Linear` before `torch.nn.Linear`.
    """
    target = canonical(expand(dotted))
    spellings = [target]
    if target.partition(".")[0] == "keras":
        spellings.append(f"tensorflow.{target}")
    best, depth = None, 0
    for name, source in visible.items():
        rest = _remainder(spellings, {source, canonical(source)})
        if rest is not None and canonical(source).count(".") + 1 > depth:
            best, depth = name + rest, canonical(source).count(".") + 1
    return best


def _remainder(spellings: Sequence[str], prefixes: Iterable[str]) -> str | None:
    for spelling in spellings:
        for prefix in prefixes:
            if spelling == prefix or spelling.startswith(f"{prefix}."):
                return spelling[len(prefix) :]
    return None
