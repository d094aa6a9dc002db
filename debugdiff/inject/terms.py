"""Syntax trees without their clothes: libcst nodes as terms that can be compared.

White space, comments, parentheses, quotes, trailing commas and the spelling of numbers are gone;
what a name stands for can be asked of its scope. Every term keeps the node that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.inject.names import Scope

ONE = "$one"
RUN = "$run"
ONE_PREFIX = "__metavariable_one_"
RUN_PREFIX = "__metavariable_run_"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """One piece of code: its kind, its literal text, its named parts.

    Attributes:
        dotted: `torch.nn.Linear` for a chain of names in an expression, else empty.
        scope: what its names stand for.
        body: the statement's line or suite, for a small statement.
    """

    kind: str
    node: cst.CSTNode
    value: str = ""
    children: tuple[tuple[str, Term | tuple[Term, ...]], ...] = ()
    dotted: str = ""
    scope: Scope
    holder: cst.CSTNode | None = None

    def child(self, name: str) -> Term | tuple[Term, ...] | None:
        """A part by its name."""
        return next((part for key, part in self.children if key == name), None)

    def terms(self, name: str) -> tuple[Term, ...]:
        """A part that is a list; a missing one is empty."""
        part = self.child(name)
        return part if isinstance(part, tuple) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TermPlace:
    """An expression or a block, and where it stands.

    Attributes:
        path: names of the classes and functions around it.
        indent: the white space before the statements of its block.
    """

    term: Term
    path: tuple[str, ...]
    indent: str


def same(one: Term, other: Term) -> bool:
    """Whether two terms are the same code, white space and such apart."""
    if (one.kind, one.value, len(one.children)) != (other.kind, other.value, len(other.children)):
        return False
    return all(
        name == name_of_other and _same_part(part, part_of_other)
        for (name, part), (name_of_other, part_of_other) in zip(
            one.children, other.children, strict=True
        )
    )


def _same_part(one: Term | tuple[Term, ...], other: Term | tuple[Term, ...]) -> bool:
    if isinstance(one, Term) or isinstance(other, Term):
        return isinstance(one, Term) and isinstance(other, Term) and same(one, other)
    return same_run(one, other)


def same_run(one: Sequence[Term], other: Sequence[Term]) -> bool:
    """Whether two lists of terms are the same code."""
    return len(one) == len(other) and all(map(same, one, other))


def dotted_name(node: cst.CSTNode) -> str:
    """`torch.nn.Linear` of a chain of names; empty for anything else."""
    if isinstance(node, cst.Name):
        return "" if node.value.startswith((ONE_PREFIX, RUN_PREFIX)) else node.value
    if isinstance(node, cst.Attribute):
        head, tail = dotted_name(node.value), dotted_name(node.attr)
        return f"{head}.{tail}" if head and tail else ""
    return ""


def is_run(node: cst.CSTNode | None) -> bool:
    """Whether a node is the stand-in of a `$*name`."""
    return isinstance(node, cst.Name) and node.value.startswith(RUN_PREFIX)


def imported(node: cst.CSTNode) -> list[tuple[str, str]]:
    """What an import statement binds: name and full dotted name; `*` for a star import."""
    if isinstance(node, cst.ImportFrom):
        return _imported_from(node)
    assert isinstance(node, cst.Import)
    found = []
    for alias in node.names:
        dotted = dotted_name(alias.name)
        root = dotted.partition(".")[0]
        found.append((_as_name(alias), dotted) if alias.asname else (root, root))
    return found


def _imported_from(node: cst.ImportFrom) -> list[tuple[str, str]]:
    module = dotted_name(node.module) if node.module is not None else ""
    base = "." * len(node.relative) + module
    if isinstance(node.names, cst.ImportStar):
        return [("*", base)]
    names = [(_as_name(alias), dotted_name(alias.name)) for alias in node.names]
    return [(bound, f"{base}.{name}") for bound, name in names]


def _as_name(alias: cst.ImportAlias) -> str:
    return dotted_name(alias.asname.name) if alias.asname else dotted_name(alias.name)


def bound_names(node: cst.CSTNode) -> list[str]:
    """The plain names that a target binds: `a` and `b` of `a, (b, self.c)`."""
    if isinstance(node, cst.Name):
        return [node.value]
    if isinstance(node, (cst.Tuple, cst.List)):
        return [name for element in node.elements for name in bound_names(element.value)]
    return []


def flat_parameters(node: cst.Parameters) -> list[cst.CSTNode]:
    """Every parameter and marker in the order in which they are written."""
    found: list[cst.CSTNode] = [*node.posonly_params]
    if isinstance(node.posonly_ind, cst.ParamSlash):
        found.append(node.posonly_ind)
    found.extend(node.params)
    if isinstance(node.star_arg, cst.CSTNode):
        found.append(node.star_arg)
    found.extend(node.kwonly_params)
    if node.star_kwarg is not None:
        found.append(node.star_kwarg)
    return found
