"""What a metavariable may stand for: the `where` of a rule."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import libcst as cst

from debugdiff.inject.names import expand, is_library
from debugdiff.inject.terms import Term
from debugdiff.model import CodeKind
from debugdiff.source.names import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from debugdiff.model import Constraint

_TYPES: Mapping[CodeKind, tuple[type, ...]] = {
    CodeKind.NUMBER: (int, float, complex),
    CodeKind.INTEGER: (int,),
    CodeKind.FLOAT: (float,),
    CodeKind.STRING: (str, bytes),
    CodeKind.BOOLEAN: (bool,),
    CodeKind.NONE: (type(None),),
}


def fits(constraint: Constraint, terms: Sequence[Term]) -> bool:
    """Whether every piece of code that a metavariable stands for is what it may be."""
    return all(_fits(constraint, term) for term in terms)


def _fits(constraint: Constraint, term: Term) -> bool:
    tests = (
        (constraint.kind, constraint.not_kind, _is_kind),
        (constraint.name, constraint.not_name, _is_named),
        (constraint.value, constraint.not_value, _is_value),
        (constraint.regex, constraint.not_regex, _is_written),
    )
    return all(_agrees(term, *test) for test in tests)


def _agrees(
    term: Term, wanted: Sequence[Any], unwanted: Sequence[Any], test: Callable[[Any, Term], bool]
) -> bool:
    if wanted and not any(test(each, term) for each in wanted):
        return False
    return not any(test(each, term) for each in unwanted)


def _is_kind(kind: CodeKind, term: Term) -> bool:
    code = _bare(term)
    if kind is CodeKind.CALL:
        return code.kind == "Call"
    constants = _constant(code)
    if kind is CodeKind.LITERAL:
        return bool(constants)
    if kind is CodeKind.NAME:
        return bool(_dotted(code)) and not constants
    return any(_has_type(value, _TYPES[kind]) for value in constants)


def _has_type(value: object, types: tuple[type, ...]) -> bool:
    """`True` is an `int` to Python, and no number to anybody else."""
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _is_named(name: str, term: Term) -> bool:
    code = _bare(term)
    written = _dotted(code)
    resolved = code.scope.resolve(written) if code.dotted else None
    wanted = canonical(expand(name)) if is_library(name) else name
    found = {written} if resolved is None else {written, canonical(resolved)}
    return any(_same_name(wanted.split("."), each.split(".")) for each in found if each)


def _same_name(wanted: Sequence[str], found: Sequence[str]) -> bool:
    return len(wanted) == len(found) and all(map(fnmatchcase, found, wanted))


def _is_value(value: object, term: Term) -> bool:
    return any(
        constant == value and isinstance(constant, bool) == isinstance(value, bool)
        for constant in _constant(_bare(term))
    )


def _is_written(regex: str, term: Term) -> bool:
    return re.fullmatch(regex, _text(term), re.DOTALL) is not None


def _bare(term: Term) -> Term:
    """The value of an argument or an element; the term itself for anything else."""
    value = term.child("value")
    holders = {"Arg", "Element"}
    return value if term.kind in holders and isinstance(value, Term) else term


def _dotted(term: Term) -> str:
    """Also the name after a dot or before `=`, which is no expression."""
    return term.dotted or (term.value if term.kind == "Name" else "")


def _constant(term: Term) -> tuple[object, ...]:
    """The constant that code is, if it is one."""
    try:
        return (ast.literal_eval(_text(term)),)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return ()


def _text(term: Term) -> str:
    node = term.node
    if getattr(node, "lpar", None):
        node = node.with_changes(lpar=(), rpar=())
    return cst.Module(body=[]).code_for_node(node).strip().removesuffix(",")
