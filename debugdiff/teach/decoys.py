"""Decoys: neutral edits, so that an exercise's program differs in more than its bug.

Who has debugdiff can compare a program with the shipped case. With decoys that shows several
differences, and one of them is the bug. A decoy is an edit of a few lines that the bug has no part
in. In the healthy program it has to change no bit of what is computed: the judge proves it. Whoever
reads the differences can still tell which one is the bug: decoys stop a look, not an inspection.
"""

from __future__ import annotations

import difflib
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.inject.engine import unified
from debugdiff.source.lines import line_map
from debugdiff.source.normal import parse
from debugdiff.teach.measuring import applied as fixed
from debugdiff.teach.model import PROGRAM, Verdict
from debugdiff.teach.neutral import name_arguments, write_otherwise
from debugdiff.teach.statement_edits import Edit, applied, assertions, exchanges, extractions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import Span
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.model import Exercise


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoy:
    """One neutral edit, in the lines of the healthy program and in those of the broken one.

    Attributes:
        kind: what was done: `variable extracted`, `keyword for position`.
        healthy, broken: the same lines become the same, at two places.
    """

    kind: str
    healthy: Edit
    broken: Edit


def decoyed(
    exercise: Exercise, seed: str, count: int = 3, among: Sequence[Decoy] | None = None
) -> Exercise:
    """An exercise with decoys in its program, and the bug's spans where they are then.

    The healthy program that it is judged by stays as it is; `mutant.diff` shows the bug alone. The
    same seed gives the same program. Kinds of decoys take turns. Where fewer fit, it has fewer.

    Args:
        exercise: without decoys.
        seed: a student's name, say.
        count: how many.
        among: those to choose from, from `proven`; by default every one that `possible_decoys`
            gives, proven or not.
    """
    known = possible_decoys(exercise) if among is None else among
    chosen = _without_overlaps(_shuffled(known, f"{exercise.id} {seed}"))
    return with_decoys(exercise, chosen[:count])


def with_decoys(exercise: Exercise, decoys: Sequence[Decoy]) -> Exercise:
    """An exercise with these decoys, which do not overlap."""
    edits = [decoy.broken for decoy in decoys]
    mutant = exercise.mutant
    source = applied(mutant.source, edits)
    parse(source)
    return replace(
        exercise,
        mutant=replace(
            mutant,
            source=source,
            diff=unified(f"{mutant.case}/{mutant.file}", healthy_with(exercise, decoys), source),
            defect=_moved(mutant.defect, edits),
            use=_moved(mutant.use, edits),
            accept=_moved(mutant.accept, edits),
        ),
    )


def healthy_with(exercise: Exercise, decoys: Sequence[Decoy]) -> str:
    """The healthy program with these decoys: what has to be bitwise equal to it."""
    return applied(exercise.implementation.source, [decoy.healthy for decoy in decoys])


def proven(exercise: Exercise, judge: Judge, among: Sequence[Decoy]) -> tuple[Decoy, ...]:
    """Those decoys that change nothing, run by run: neither of the healthy program nor of the bug.

    In the healthy program they have to be judged `fixed-exactly`, in the broken one as the bug
    alone is. Several are tried at once, and halved where they are not.

    Raises:
        StackError: an interpreter cannot be started.
    """
    return tuple(_proven(exercise, judge, list(among), _verdict(exercise, judge, ())))


def _proven(
    exercise: Exercise, judge: Judge, decoys: list[Decoy], symptom: Verdict
) -> Iterator[Decoy]:
    together = _without_overlaps(decoys)
    rest = [each for each in decoys if each not in together]
    if together and _is_neutral(exercise, judge, together, symptom):
        yield from together
    elif len(together) > 1:
        half = len(together) // 2
        yield from _proven(exercise, judge, together[:half], symptom)
        yield from _proven(exercise, judge, together[half:], symptom)
    if rest:
        yield from _proven(exercise, judge, rest, symptom)


def _is_neutral(
    exercise: Exercise, judge: Judge, decoys: Sequence[Decoy], symptom: Verdict
) -> bool:
    files = {**exercise.given, PROGRAM: healthy_with(exercise, decoys)}
    healthy = judge.check(exercise, files, in_detail=False).verdict
    return healthy is Verdict.FIXED_EXACTLY and _verdict(exercise, judge, decoys) is symptom


def _verdict(exercise: Exercise, judge: Judge, decoys: Sequence[Decoy]) -> Verdict:
    given = with_decoys(exercise, decoys).given
    return judge.check(exercise, given, in_detail=False).verdict


# --- where they fit ----------------------------------------------------------------------------


def possible_decoys(exercise: Exercise) -> tuple[Decoy, ...]:
    """Every edit of one place that leaves the bug's lines and the written fixes alone."""
    healthy = exercise.implementation.source
    shifts = _shifts(healthy, exercise.mutant.source)
    kept = _lines_of_bug(exercise)
    found = []
    for kind, edit in _edits(healthy):
        lines = range(edit.start, edit.end)
        if any(line not in shifts for line in lines):
            continue
        places = [shifts[line] for line in lines]
        if places[-1] - places[0] != len(lines) - 1 or not kept.isdisjoint(places):
            continue
        broken = replace(edit, start=places[0], end=places[-1] + 1)
        decoy = Decoy(kind=kind, healthy=edit, broken=broken)
        if _is_usable(exercise, decoy):
            found.append(decoy)
    return tuple(found)


def _edits(source: str) -> Iterator[tuple[str, Edit]]:
    yield from (("variable extracted", edit) for edit in extractions(source))
    yield from (("assertion added", edit) for edit in assertions(source))
    yield from (("statements exchanged", edit) for edit in exchanges(source))
    yield from (("keyword for position", edit) for edit in _hunks(source, name_arguments(source)))
    yield from (("other spelling", edit) for edit in _hunks(source, write_otherwise(source)))


def _hunks(source: str, changed: str) -> Iterator[Edit]:
    old, new = (text.splitlines(keepends=True) for text in (source, changed))
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "replace":
            yield Edit(start=start, end=end, lines=tuple(new[new_start:new_end]))


def _shifts(healthy: str, broken: str) -> Mapping[int, int]:
    """For each line of the healthy program that the broken one has too, where it is there."""
    matcher = difflib.SequenceMatcher(
        a=healthy.splitlines(keepends=True), b=broken.splitlines(keepends=True), autojunk=False
    )
    return {
        match.a + step: match.b + step
        for match in matcher.get_matching_blocks()
        for step in range(match.size)
    }


def _lines_of_bug(exercise: Exercise) -> frozenset[int]:
    """Lines of the broken program, from 0, of all statements that the bug's spans touch."""
    mutant = exercise.mutant
    spans = (*mutant.defect, *mutant.use, *mutant.accept)
    statements = line_map(mutant.source)
    touched = {line for span in spans for line in span.lines}
    wanted = statements.statements(touched)
    whole = {line for line, first in statements.statement.items() if first in wanted}
    return frozenset(line - 1 for line in touched | wanted | whole)


def _is_usable(exercise: Exercise, decoy: Decoy) -> bool:
    """Whether both programs still parse and the written fixes still fit."""
    try:
        parse(healthy_with(exercise, [decoy]))
        source = applied(exercise.mutant.source, [decoy.broken])
        parse(source)
        for fix in exercise.fixes:
            fixed(fix, source)
    except (SyntaxError, ValueError):
        return False
    return True


# --- choosing and moving -----------------------------------------------------------------------


def _shuffled(decoys: Sequence[Decoy], seed: str) -> Iterator[Decoy]:
    """In an order of the seed's own, in which kinds take turns."""
    generator = random.Random(seed)  # noqa: S311 - nothing secret
    queues: dict[str, list[Decoy]] = {}
    for decoy in generator.sample(decoys, len(decoys)):
        queues.setdefault(decoy.kind, []).append(decoy)
    while queues:
        for kind in list(queues):
            yield queues[kind].pop()
            if not queues[kind]:
                del queues[kind]


def _without_overlaps(decoys: Iterable[Decoy]) -> list[Decoy]:
    chosen: list[Decoy] = []
    for decoy in decoys:
        if not any(_overlap(decoy.broken, each.broken) for each in chosen):
            chosen.append(decoy)
    return chosen


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


def _moved(spans: Sequence[Span], edits: Sequence[Edit]) -> tuple[Span, ...]:
    def place(line: int) -> int:
        return line + sum(edit.growth for edit in edits if edit.end < line)

    return tuple(
        replace(span, line=place(span.line), end_line=place(span.end_line)) for span in spans
    )
