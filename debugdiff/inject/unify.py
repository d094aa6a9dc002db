"""Whether a pattern is the same code as a piece of a program, and what its metavariables are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from debugdiff.inject.names import agree
from debugdiff.inject.terms import ONE, RUN, Term, same_run

_OPTIONAL: Mapping[str, frozenset[str]] = {
    "ClassDef": frozenset({"decorators"}),
    "FunctionDef": frozenset({"decorators", "returns"}),
    "Param": frozenset({"annotation"}),
}
"""What a pattern need not write for the program to have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a metavariable stands for: one term, or a run of them."""

    terms: tuple[Term, ...]


Bindings = Mapping[str, Bound]


def unify(pattern: Term, code: Term, bound: Bindings) -> Iterator[Bindings]:
    """Every way in which the pattern is the code, given what is bound already."""
    if pattern.kind == ONE:
        yield from _bind(pattern.value, (code,), bound)
    elif pattern.dotted and code.dotted:
        if agree(pattern.dotted, code.dotted, code.scope):
            yield bound
    elif (pattern.kind, pattern.value) == (code.kind, code.value):
        yield from _parts(pattern, code, bound)


def sequence(
    patterns: tuple[Term, ...], codes: tuple[Term, ...], bound: Bindings
) -> Iterator[Bindings]:
    """Every way in which a whole list is matched, in order."""
    for bindings, used in prefix(patterns, codes, bound):
        if used == len(codes):
            yield bindings


def prefix(
    patterns: tuple[Term, ...], codes: tuple[Term, ...], bound: Bindings
) -> Iterator[tuple[Bindings, int]]:
    """Every way in which the beginning of a list is matched, with the number of terms used.

    A run takes as little as it can, a run at the very end everything that is left.
    """
    if not patterns:
        yield bound, 0
        return
    head, rest = patterns[0], patterns[1:]
    for taken, bindings in _heads(head, codes, bound, last=not rest):
        for result, used in prefix(rest, codes[taken:], bindings):
            yield result, taken + used


def _heads(
    head: Term, codes: tuple[Term, ...], bound: Bindings, *, last: bool
) -> Iterator[tuple[int, Bindings]]:
    if head.kind == RUN:
        for taken in range(len(codes) if last else 0, len(codes) + 1):
            for bindings in _bind(head.value, codes[:taken], bound):
                yield taken, bindings
    elif codes:
        for bindings in unify(head, codes[0], bound):
            yield 1, bindings


def _bind(name: str, terms: tuple[Term, ...], bound: Bindings) -> Iterator[Bindings]:
    if name not in bound:
        yield {**bound, name: Bound(terms=terms)}
    elif same_run(bound[name].terms, terms):
        yield bound


def _without_unsaid(pattern: Term, code: Term) -> Term:
    """The program's term without the annotations and decorators that the pattern leaves open."""
    unsaid = {name for name in _OPTIONAL[pattern.kind] if pattern.child(name) is None}
    return replace(code, children=tuple(pair for pair in code.children if pair[0] not in unsaid))


def _parts(pattern: Term, code: Term, bound: Bindings) -> Iterator[Bindings]:
    if pattern.kind in _OPTIONAL:
        code = _without_unsaid(pattern, code)
    if pattern.kind == "Call":
        yield from _call(pattern, code, bound)
    elif [name for name, _ in pattern.children] == [name for name, _ in code.children]:
        pairs = [(part, code.child(name)) for name, part in pattern.children]
        yield from _all(pairs, bound)
    elif any(isinstance(part, tuple) for _, part in pattern.children):
        yield from _lists(pattern, code, bound)


def _lists(pattern: Term, code: Term, bound: Bindings) -> Iterator[Bindings]:
    """An empty list is no child at all: a run in the pattern may stand for it."""
    names = list(dict.fromkeys(name for name, _ in (*pattern.children, *code.children)))
    pairs = []
    for name in names:
        wanted, found = pattern.child(name), code.child(name)
        pairs.append((() if wanted is None else wanted, () if found is None else found))
    if all(isinstance(wanted, tuple) == isinstance(found, tuple) for wanted, found in pairs):
        yield from _all(pairs, bound)


def _all(pairs: Sequence[tuple[object, object]], bound: Bindings) -> Iterator[Bindings]:
    if not pairs:
        yield bound
        return
    (wanted, found), rest = pairs[0], pairs[1:]
    for bindings in _part(wanted, found, bound):
        yield from _all(rest, bindings)


def _part(wanted: object, found: object, bound: Bindings) -> Iterator[Bindings]:
    if isinstance(wanted, Term) and isinstance(found, Term):
        yield from unify(wanted, found, bound)
    elif isinstance(wanted, tuple) and isinstance(found, tuple):
        yield from sequence(wanted, found, bound)


def _call(pattern: Term, code: Term, bound: Bindings) -> Iterator[Bindings]:
    for bindings in _part(pattern.child("func"), code.child("func"), bound):
        yield from _arguments(pattern.terms("args"), code.terms("args"), bindings)


def _arguments(
    patterns: tuple[Term, ...], codes: tuple[Term, ...], bound: Bindings
) -> Iterator[Bindings]:
    """Keyword arguments first, in any order; what is left in the order in which it is written."""
    keyword = next((term for term in patterns if term.child("keyword") is not None), None)
    if keyword is None:
        yield from sequence(patterns, codes, bound)
        return
    others = tuple(term for term in patterns if term is not keyword)
    for index, code in enumerate(codes):
        for bindings in unify(keyword, code, bound):
            yield from _arguments(others, codes[:index] + codes[index + 1 :], bindings)
