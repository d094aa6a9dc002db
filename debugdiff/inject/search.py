"""Where a pattern matches in a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING

from debugdiff.inject.constraints import fits
from debugdiff.inject.terms import ONE, Term, TermPlace
from debugdiff.inject.unify import Bindings, Bound, prefix, unify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from debugdiff.inject.pattern import Pattern
    from debugdiff.inject.program import ParsedText
    from debugdiff.model import Constraint, Span

UNBOUND: Mapping[str, Bound] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Which of the places that a pattern matches are meant.

    Attributes:
        inside: the function, class or `Class.method` that holds the match; `*` and `?` as in file
            names.
        not_inside: the same, for what must not hold it.
        where: what a metavariable may stand for.
    """

    inside: str = ""
    not_inside: str = ""
    where: Mapping[str, Constraint] = field(default_factory=dict)

    def at(self, place: TermPlace) -> bool:
        """Whether a match may stand there."""
        if self.not_inside and is_inside(place.path, self.not_inside):
            return False
        return is_inside(place.path, self.inside)

    def allow(self, bindings: Bindings) -> bool:
        """Whether the metavariables may stand for this."""
        return all(
            fits(constraint, bindings[name].terms)
            for name, constraint in self.where.items()
            if name in bindings
        )


ANYWHERE = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A pattern's place in a program.

    Attributes:
        place: the expression, or the block that holds the statements.
        first: the index of the first statement in its block.
        terms: the expression, or the matched statements.
        span: of the code alone, without parentheses around it and comments after it.
    """

    place: TermPlace
    first: int
    terms: tuple[Term, ...]
    bindings: Bindings
    span: Span


def find(
    pattern: Pattern,
    program: ParsedText,
    *,
    statements: bool = False,
    limits: Limits = ANYWHERE,
    bound: Bindings = UNBOUND,
) -> tuple[Match, ...]:
    """Every match in the order of the text, outer expressions before their parts.

    Args:
        pattern: what to look for.
        program: where to look.
        statements: match a lone expression as a statement of its own.
        limits: which of the places are meant.
        bound: metavariables that are known already.
    """
    if not pattern.words <= program.words:
        return ()
    expression = None if statements else pattern.expression
    if expression is None:
        found = _statements(pattern, program, limits, bound)
    else:
        found = _expressions(expression, program, limits, bound)
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


def _expressions(
    pattern: Term, program: ParsedText, limits: Limits, bound: Bindings
) -> Iterator[Match]:
    for place in _candidates(pattern, program):
        if not limits.at(place):
            continue
        bindings = next(filter(limits.allow, unify(pattern, place.term, bound)), None)
        if bindings is not None:
            yield Match(
                place=place,
                first=0,
                terms=(place.term,),
                bindings=bindings,
                span=program.span(place.term.node, within=_outermost(place)),
            )


def _outermost(place: TermPlace) -> str:
    return place.path[0] if place.path else ""


def _candidates(pattern: Term, program: ParsedText) -> Iterable[TermPlace]:
    kinds = {pattern.kind}
    if pattern.dotted:
        kinds |= {"Name", "Attribute"}
    elif pattern.kind == ONE:
        kinds = set(program.expressions)
    return [place for kind in sorted(kinds) for place in program.expressions.get(kind, ())]


def _statements(
    pattern: Pattern, program: ParsedText, limits: Limits, bound: Bindings
) -> Iterator[Match]:
    for place in program.blocks:
        if limits.at(place):
            yield from _in_block(pattern, place, program, limits, bound)


def _in_block(
    pattern: Pattern, place: TermPlace, program: ParsedText, limits: Limits, bound: Bindings
) -> Iterator[Match]:
    body = place.term.terms("body")
    for first in range(len(body)):
        ways = prefix(pattern.statements, body[first:], bound)
        bindings, used = next((way for way in ways if limits.allow(way[0])), (None, 0))
        if bindings is not None and used:
            terms = body[first : first + used]
            span = program.span(terms[0].node, terms[-1].node, within=_outermost(place))
            yield Match(place=place, first=first, terms=terms, bindings=bindings, span=span)
