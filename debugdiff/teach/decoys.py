"""Edits that change nothing: what keeps a program that is given out from being compared with ours.

Whoever has debugdiff has the shipped programs, too, and sees in a diff what was changed. So some
lines of an exercise are written in another way, away from its bug, and each student may be given
other ones. A decoy is used where the healthy program with all of them is, bit by bit, what it was.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from debugdiff.teach.model import PROGRAM, Verdict
from debugdiff.teach.neutral import (
    add_assertions,
    extract_variables,
    name_arguments,
    reorder_statements,
    write_otherwise,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from debugdiff.model import Span
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.model import Exercise

_LINE_BY_LINE = (name_arguments, extract_variables, write_otherwise, add_assertions)
"""Rewrites of which each place may be changed alone."""

_PER_PROGRAM = 4


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
    """Every decoy that a program has room for: away from its bug, and no two at one place."""
    chosen: list[Decoy] = []
    for decoy in _found(exercise):
        if not any(_touch(decoy, other) for other in chosen):
            chosen.append(decoy)
    return tuple(sorted(chosen, key=lambda one: one.start))


def _touch(one: Decoy, other: Decoy) -> bool:
    return one.start <= other.end and other.start <= one.end


def _found(exercise: Exercise) -> Iterator[Decoy]:
    healthy = exercise.implementation.source
    for rewrite in _LINE_BY_LINE:
        yield from _hunks(exercise, rewrite(healthy))
    exchanged = tuple(_hunks(exercise, reorder_statements(healthy)))
    if exchanged:
        yield _joined(exchanged, healthy)


def _hunks(exercise: Exercise, rewritten: str) -> Iterator[Decoy]:
    """The places where a rewrite differs from the healthy program, away from the bug."""
    healthy = exercise.implementation.source.splitlines(keepends=True)
    lines = rewritten.splitlines(keepends=True)
    for kind, start, end, new_start, new_end in _opcodes(healthy, lines):
        shift = None if kind == "equal" else _shift(exercise, start - 1, end + 1)
        if shift is not None:
            new = tuple(lines[new_start:new_end])
            yield Decoy(start=start, end=end, lines=new, shift=shift)


def _joined(decoys: Sequence[Decoy], healthy: str) -> Decoy:
    """Two halves of an exchange are one decoy."""
    first, last = decoys[0], decoys[-1]
    lines = healthy.splitlines(keepends=True)
    whole = _applied(lines, decoys, lambda one: one.start)
    end = last.end + len(whole) - len(lines)
    return replace(first, end=last.end, lines=tuple(whole[first.start : end]))


def _shift(exercise: Exercise, start: int, end: int) -> int | None:
    """How far some lines of the healthy program moved; `None` if the bug changed one of them."""
    healthy = exercise.implementation.source.splitlines()
    broken = exercise.mutant.source.splitlines()
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
    lines = exercise.implementation.source.splitlines(keepends=True)
    return "".join(_applied(lines, decoys, lambda one: one.start))


def proven_decoys(exercise: Exercise, judge: Judge) -> tuple[Decoy, ...]:
    """The decoys of a program that change nothing: all of them, else those that do not alone."""
    decoys = decoys_of(exercise)
    if _is_neutral(exercise, judge, decoys):
        return decoys
    alone = tuple(each for each in decoys if _is_neutral(exercise, judge, [each]))
    return alone if _is_neutral(exercise, judge, alone) else ()


def _is_neutral(exercise: Exercise, judge: Judge, decoys: Sequence[Decoy]) -> bool:
    files = {**exercise.given, PROGRAM: healthy_with(exercise, decoys)}
    verdict = judge.check(exercise, files, in_detail=False).verdict
    return not decoys or verdict is Verdict.FIXED_EXACTLY


def decoyed(exercise: Exercise, decoys: Sequence[Decoy], seed: str) -> Exercise:
    """The exercise with some of its decoys, drawn by a seed; the bug's lines have moved along."""
    generator = random.Random(f"{seed} {exercise.id}")  # noqa: S311 - nothing secret hangs on it
    drawn = generator.sample(list(decoys), min(_PER_PROGRAM, len(decoys)))
    broken = exercise.mutant.source.splitlines(keepends=True)
    source = "".join(_applied(broken, drawn, lambda one: one.start + one.shift))

    def moved(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        return tuple(_moved(span, drawn) for span in spans)

    mutant = exercise.mutant
    changed = replace(
        mutant,
        source=source,
        defect=moved(mutant.defect),
        use=moved(mutant.use),
        accept=moved(mutant.accept),
    )
    return replace(exercise, mutant=changed)


def _moved(span: Span, decoys: Iterable[Decoy]) -> Span:
    before = [each for each in decoys if each.start + each.shift < span.line]
    shift = sum(len(each.lines) - (each.end - each.start) for each in before)
    return replace(span, line=span.line + shift, end_line=span.end_line + shift)
