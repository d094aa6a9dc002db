"""Which statements of a replacement are the program's own, and which are new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import libcst as cst

from debugdiff.inject.fill import Filler, statement_line, statement_node, without_footer
from debugdiff.inject.pattern import walk
from debugdiff.inject.program import shares_line
from debugdiff.inject.terms import RUN, Term, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from debugdiff.inject.pattern import Pattern
    from debugdiff.inject.search import Match


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """One statement of the result.

    Attributes:
        origin: the index of the matched statement that it is, untouched.
        fresh: whether it was written by the replacement alone.
    """

    node: cst.CSTNode
    origin: int | None = None
    fresh: bool = True


def align(
    match: Match, pattern: Pattern, replacement: Pattern, filler: Filler
) -> tuple[Emitted, ...]:
    """The statements of the result: a repeated statement of the pattern is the program's own."""
    for segment in _segments(pattern.statements, match):
        if segment.pattern.kind == RUN:
            continue
        for term in walk(replacement.statements):
            if term.holder is not None and same(term, segment.pattern) and not shares_line(term):
                filler.repeated[term.holder] = match.terms[segment.indices.start]
    found = _aligned(replacement.statements, pattern.statements, match.terms, filler, match)
    return tuple(found)


@dataclass(slots=True)
class _Segment:
    """The matched statements that one statement of the pattern stands for."""

    pattern: Term
    indices: range
    used: bool = False


def _segments(patterns: Sequence[Term], match: Match) -> list[_Segment]:
    segments, start = [], 0
    for pattern in patterns:
        count = len(match.bindings[pattern.value].terms) if pattern.kind == RUN else 1
        segments.append(_Segment(pattern=pattern, indices=range(start, start + count)))
        start += count
    return segments


def _take(segments: list[_Segment], fits: Callable[[Term], bool]) -> _Segment | None:
    found = next((item for item in segments if not item.used and fits(item.pattern)), None)
    if found is not None:
        found.used = True
    return found


def _aligned(
    templates: Sequence[Term],
    patterns: Sequence[Term],
    codes: Sequence[Term],
    filler: Filler,
    match: Match,
) -> Iterator[Emitted]:
    segments = _segments(patterns, match)
    for template in templates:
        if repeated := _take(segments, partial(same, template)):
            for index in repeated.indices:
                yield Emitted(node=statement_node(codes[index]), origin=index, fresh=False)
        elif reshaped := _take(segments, partial(_same_header, template)):
            code = codes[reshaped.indices.start]
            yield Emitted(node=_reshaped(template, reshaped.pattern, code, filler, match))
        else:
            yield from _filled(template, filler)


def _same_header(one: Term, other: Term) -> bool:
    """Whether two compound statements differ in nothing but their bodies."""
    if one.kind != other.kind or "body" not in dict(one.children):
        return False
    return same(_header(one), _header(other))


def _body(term: Term) -> tuple[Term, ...]:
    block = term.child("body")
    return block.terms("body") if isinstance(block, Term) else ()


def _header(term: Term) -> Term:
    children = tuple((name, part) for name, part in term.children if name != "body")
    return replace(term, children=children)


def _reshaped(
    template: Term, pattern: Term, code: Term, filler: Filler, match: Match
) -> cst.CSTNode:
    """The program's own compound statement with another body."""
    wanted, matched, found = map(_body, (template, pattern, code))
    inner = [item.node for item in _aligned(wanted, matched, found, filler, match)]
    statements = inner or [statement_line(cst.Pass())]
    old = code.node.body  # type: ignore[attr-defined] # a compound statement
    block = old if isinstance(old, cst.IndentedBlock) else cst.IndentedBlock(body=[])
    node = code.node.with_changes(body=block.with_changes(body=statements))
    if code is match.terms[0]:
        node = node.with_changes(leading_lines=())
    return without_footer(node) if code is match.terms[-1] else node


def _filled(template: Term, filler: Filler) -> Iterator[Emitted]:
    result = statement_node(template).visit(filler)
    if isinstance(result, cst.FlattenSentinel):
        for node in result:
            yield Emitted(node=node, fresh=False)
    elif isinstance(result, cst.CSTNode):
        yield Emitted(node=result)
