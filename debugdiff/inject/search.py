"""Where a pattern matches in a program."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING

from debugdiff.inject.terms import ONE, Place, Term
from debugdiff.inject.unify import Bindings, Bound, prefix, unify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from debugdiff.inject.pattern import Pattern
    from debugdiff.inject.program import Program
    from debugdiff.model import Span

UNBOUND: Mapping[str, Bound] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A pattern's place in a program.

    Attributes:
        place: the expression, or the block that holds the statements.
        first: the index of the first statement in its block.
        terms: the expression, or the matched statements.
        span: of the code alone, without parentheses around it and comments after it.
    """

    place: Place
    first: int
    terms: tuple[Term, ...]
    bindings: Bindings
    span: Span


def find(
    pattern: Pattern,
    program: Program,
    *,
    statements: bool = False,
    inside: str = "",
    bound: Bindings = UNBOUND,
) -> tuple[Match, ...]:
    """Every match in the order of the text, outer expressions before their parts.

    Args:
        pattern: what to look for.
        program: where to look.
        statements: match a lone expression as a statement of its own.
        inside: the function, class or `Class.method` that holds the match; `*` and `?` as in file
            names.
        bound: metavariables that are known already.
    """
    if not pattern.words <= program.words:
        return ()
    expression = None if statements else pattern.expression
    if expression is None:
        found = _statements(pattern, program, inside, bound)
    else:
        found = _expressions(expression, program, inside, bound)
    return tuple(sorted(found, key=_order))


def is_inside(path: tuple[str, ...], inside: str) -> bool:
    """Whether a place lies in the named function, class or method, at any depth."""
    if not inside:
        return True
    wanted = inside.split(".")
    windows = range(len(path) - len(wanted) + 1)
    return any(all(map(fnmatchcase, path[start:], wanted)) for start in windows)


def _order(match: Match) -> tuple[int, int, int, int]:
    span = match.span
    return span.line, span.column, -span.end_line, -span.end_column


def _expressions(pattern: Term, program: Program, inside: str, bound: Bindings) -> Iterator[Match]:
    for place in _candidates(pattern, program):
        if not is_inside(place.path, inside):
            continue
        bindings = next(unify(pattern, place.term, bound), None)
        if bindings is not None:
            yield Match(
                place=place,
                first=0,
                terms=(place.term,),
                bindings=bindings,
                span=program.span(place.term.node),
            )


def _candidates(pattern: Term, program: Program) -> Iterable[Place]:
    kinds = {pattern.kind}
    if pattern.dotted:
        kinds |= {"Name", "Attribute"}
    elif pattern.kind == ONE:
        kinds = set(program.expressions)
    return [place for kind in sorted(kinds) for place in program.expressions.get(kind, ())]


def _statements(
    pattern: Pattern, program: Program, inside: str, bound: Bindings
) -> Iterator[Match]:
    for place in program.blocks:
        if is_inside(place.path, inside):
            yield from _in_block(pattern, place, program, bound)


def _in_block(pattern: Pattern, place: Place, program: Program, bound: Bindings) -> Iterator[Match]:
    body = place.term.terms("body")
    for first in range(len(body)):
        bindings, used = next(prefix(pattern.statements, body[first:], bound), (None, 0))
        if bindings is not None and used:
            terms = body[first : first + used]
            span = program.span(terms[0].node, terms[-1].node)
            yield Match(place=place, first=first, terms=terms, bindings=bindings, span=span)
