"""Edits that change nothing: what keeps a program that is given out from being compared with ours.

Whoever has debugdiff has the shipped programs, too, and sees in a diff what was changed. So some
lines of an exercise are written in another way, away from its bug, and each student may be given
other ones. A decoy is used where the healthy program with all of them is, bit by bit, what it was.
"""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.inject.engine import unified_diff
from debugdiff.syntax import parse, split_lines
from debugdiff.teach.disguises import (
    clear_gradients_later,
    convert_to_numbers,
    exchange_keywords,
    name_epochs,
    name_results,
    write_defaults,
    write_numbers_out,
)
from debugdiff.teach.measuring import applied
from debugdiff.teach.model import PROGRAM, Verdict
from debugdiff.teach.neutral import name_arguments, reorder_statements, write_otherwise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from debugdiff.model import Span
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.model import Exercise

_LINE_BY_LINE = (
    write_defaults,
    write_otherwise,
    exchange_keywords,
    convert_to_numbers,
    name_epochs,
    write_numbers_out,
    name_arguments,
    name_results,
)
"""Rewrites of which each place may be changed alone: the first one that fits a place is taken."""

_AS_A_WHOLE = (clear_gradients_later, reorder_statements)
"""Rewrites that move a line: it is taken away and added in one."""

_PER_PROGRAM = 4

_Lines = tuple[int, int]
"""Lines from 0, half open."""

_Change = tuple[int, int, int, int]
"""Lines of the healthy program, and those of a rewrite in their place: two times half open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoy:
    """Lines of the healthy program, from 0, and what is written in their place.

    Attributes:
        start, end: half open; equal where lines are only added.
        shift: from a line of the healthy program to the same one of the broken program.
    """

    start: int
    end: int
    lines: tuple[str, ...]
    shift: int


def decoys_of(exercise: Exercise) -> tuple[Decoy, ...]:
    """Every decoy that a program has room for: away from its bug, and no two at one place.

    Each written fix of the course fits the broken program with the decoys, too.
    """
    chosen: list[Decoy] = []
    for decoy in _found(exercise):
        beside_others = not any(_touch(decoy, other) for other in chosen)
        if beside_others and _fixes_fit(exercise, _broken_with(exercise, [*chosen, decoy])):
            chosen.append(decoy)
    return tuple(sorted(chosen, key=lambda one: one.start))


def _touch(one: Decoy, other: Decoy) -> bool:
    return one.start <= other.end and other.start <= one.end


def _fixes_fit(exercise: Exercise, source: str) -> bool:
    try:
        for fix in exercise.fixes:
            applied(fix, source)
    except ValueError:
        return False
    return True


def _found(exercise: Exercise) -> Iterator[Decoy]:
    for rewritten, groups in _rewritten(exercise.implementation.source):
        yield from _decoys(exercise, rewritten, groups)


@lru_cache(maxsize=32)
def _rewritten(healthy: str) -> Sequence[tuple[str, Sequence[Sequence[_Change]]]]:
    """Rewrites of a program, each with its changes: those in one group go together.

    Several exercises are of one program.
    """
    statements = _statements(healthy)
    line_by_line = [rewrite(healthy) for rewrite in _LINE_BY_LINE]
    moved = [rewrite(healthy) for rewrite in _AS_A_WHOLE]
    whole = [(text, [changes]) for text in moved if (changes := _changes(healthy, text))]
    return [
        *whole,
        *((text, list(_grouped(_changes(healthy, text), statements))) for text in line_by_line),
    ]


def _changes(healthy: str, rewritten: str) -> Sequence[_Change]:
    found = _opcodes(split_lines(healthy), split_lines(rewritten))
    return [each[1:] for each in found if each[0] != "equal"]


def _grouped(
    changes: Iterable[_Change], statements: Sequence[_Lines]
) -> Iterator[Sequence[_Change]]:
    """Changes of one statement, and what follows on it, are one: one alone would break it."""
    group: list[_Change] = []
    for change in changes:
        if group and not any(_belong(group[-1], change, each) for each in statements):
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _belong(one: _Change, next_one: _Change, statement: _Lines) -> bool:
    return _is_in(one[0], one[1], statement) and next_one[0] <= statement[1]


def _decoys(
    exercise: Exercise, rewritten: str, groups: Iterable[Sequence[_Change]]
) -> Iterator[Decoy]:
    """A decoy of each group of changes that is away from the bug."""
    lines = split_lines(rewritten, keep_ends=True)
    taken = _taken(exercise)
    for group in groups:
        start, end = group[0][0], group[-1][1]
        shift = _shift(exercise, start - 1, end + 1)
        if shift is not None and not any(_is_in(start + shift, end + shift, x) for x in taken):
            new = tuple(lines[group[0][2] : group[-1][3]])
            yield Decoy(start=start, end=end, lines=new, shift=shift)


def _is_in(start: int, end: int, statement: _Lines) -> bool:
    """Whether lines are changed in a statement; before and after it, lines may be added."""
    return start < statement[1] and end > statement[0]


def _taken(exercise: Exercise) -> Sequence[_Lines]:
    """The statements of the broken program that its defect, use and accepted lines touch."""
    mutant = exercise.mutant
    spans = [(x.line - 1, x.end_line) for x in (*mutant.defect, *mutant.use, *mutant.accept)]
    touched = [
        each for each in _statements(mutant.source) if any(_is_in(*span, each) for span in spans)
    ]
    return [*spans, *touched]


@lru_cache(maxsize=32)
def _statements(source: str) -> Sequence[_Lines]:
    """The lines of every statement; of one with a body, those of its head."""
    return [
        (node.lineno - 1, body[0].lineno - 1 if body else node.end_lineno or node.lineno)
        for node in ast.walk(parse(source))
        if isinstance(node, ast.stmt)
        for body in [getattr(node, "body", None)]
    ]


def _shift(exercise: Exercise, start: int, end: int) -> int | None:
    """How far some lines of the healthy program moved; `None` if the bug changed one of them."""
    healthy = split_lines(exercise.implementation.source)
    broken = split_lines(exercise.mutant.source)
    for kind, first, last, other, _ in _opcodes(healthy, broken):
        if kind == "equal" and first <= start and end <= last:
            return other - first
    return None


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    return SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()


def _applied(
    lines: Sequence[str], decoys: Iterable[Decoy], start_of: Callable[[Decoy], int]
) -> list[str]:
    changed = list(lines)
    for decoy in sorted(decoys, key=start_of, reverse=True):
        start = start_of(decoy)
        changed[start : start + decoy.end - decoy.start] = decoy.lines
    return changed


def healthy_with(exercise: Exercise, decoys: Iterable[Decoy]) -> str:
    """The healthy program with decoys."""
    lines = split_lines(exercise.implementation.source, keep_ends=True)
    return "".join(_applied(lines, decoys, lambda one: one.start))


def _broken_with(exercise: Exercise, decoys: Iterable[Decoy]) -> str:
    lines = split_lines(exercise.mutant.source, keep_ends=True)
    return "".join(_applied(lines, decoys, lambda one: one.start + one.shift))


def proven_decoys(exercise: Exercise, judge: Judge) -> tuple[Decoy, ...]:
    """The decoys of a program that change nothing: all of them, else those that do not alone."""
    decoys = decoys_of(exercise)
    if _is_neutral(exercise, judge, decoys):
        return decoys
    alone = tuple(each for each in decoys if _is_neutral(exercise, judge, [each]))
    return alone if _is_neutral(exercise, judge, alone) else ()


def _is_neutral(exercise: Exercise, judge: Judge, decoys: Sequence[Decoy]) -> bool:
    if not decoys:
        return True
    files = {**exercise.given, PROGRAM: healthy_with(exercise, decoys)}
    return judge.check(exercise, files, in_detail=False).verdict is Verdict.FIXED_EXACTLY


def decoyed(exercise: Exercise, decoys: Sequence[Decoy], seed: str) -> Exercise:
    """The exercise with some of its decoys, drawn by a seed; the bug's lines have moved along.

    The mutant's `diff` is from the healthy program with the same decoys: it shows the bug alone.
    """
    generator = random.Random(f"{seed} {exercise.id}")  # noqa: S311 - nothing secret hangs on it
    drawn = generator.sample(list(decoys), min(_PER_PROGRAM, len(decoys)))
    source = _broken_with(exercise, drawn)

    def moved(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(_moved(span, drawn) for span in spans)

    mutant = exercise.mutant
    changed = replace(
        mutant,
        source=source,
        diff=unified_diff(f"{mutant.case}/{mutant.file}", healthy_with(exercise, drawn), source),
        defect=moved(mutant.defect),
        use=moved(mutant.use),
        accept=moved(mutant.accept),
    )
    return replace(exercise, mutant=changed)


def _moved(span: Span, decoys: Iterable[Decoy]) -> Span:
    before = [each for each in decoys if each.start + each.shift < span.line]
    shift = sum(len(each.lines) - (each.end - each.start) for each in before)
    return replace(span, line=span.line + shift, end_line=span.end_line + shift)
