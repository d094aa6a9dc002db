"""What a teacher sees of a course: what was chosen, what was proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from debugdiff.report.layout import BAD, GOOD, LOUD, Block, Column, Grid, quiet
from debugdiff.teach.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.teach.course_check import CheckedExercise
    from debugdiff.teach.model import Exercise


def exercise_facts(exercise: Exercise) -> Mapping[str, Any]:
    """An exercise with its answer, for JSON."""
    return {
        "number": exercise.number,
        "id": exercise.id,
        "bug": exercise.bug.id,
        "case": exercise.case.name,
        "program": exercise.implementation.name,
        "framework": exercise.framework,
        "promised": exercise.expected,
        "difficulty": exercise.bug.difficulty,
        "size": exercise.size,
        "minutes": exercise.minutes,
        "twin": exercise.twin,
    }


def new_parts(chosen: Sequence[Exercise]) -> Iterator[RenderableType]:
    """What was chosen, in the order in which it is worked through."""
    columns = (
        Column(header="", justify="right"),
        Column(header="bug", flexible=20),
        Column(header="program", flexible=12),
        Column(header="shows", flexible=3),
        Column(header="level", justify="right"),
        Column(header="min", justify="right"),
    )
    rows = tuple(
        (
            Text(str(each.number)),
            Text(clean(each.bug.id)),
            Text(clean(f"{each.case.name}/{each.implementation.name}")),
            Text(each.expected),
            Text(str(each.bug.difficulty)),
            Text(str(each.minutes)),
        )
        for each in chosen
    )
    yield Grid(columns=columns, blocks=(Block(rows=rows),))
    minutes = sum(each.minutes for each in chosen)
    twins = sum(bool(each.twin) for each in chosen)
    yield quiet(f"{len(chosen)} exercises, {minutes} minutes; {twins} in both frameworks.")


def checked_facts(checked: CheckedExercise) -> Mapping[str, Any]:
    """What was proven of an exercise, for JSON."""
    return {
        **exercise_facts(checked.exercise),
        "seen": checked.seen,
        "seconds": checked.seconds,
        "leaks": checked.leaks,
        "asked": [
            {
                "kind": each.candidate.kind,
                "name": each.candidate.name,
                "verdict": each.verdict,
                "reason": each.reason,
            }
            for each in checked.measured
        ],
        "wrongly_accepted": len(checked.wrongly_accepted),
        "wrongly_refused": len(checked.wrongly_refused),
        "not_judged": len(checked.unjudged),
        "problems": checked.problems,
    }


def checked_parts(checked: Sequence[CheckedExercise]) -> Iterator[RenderableType]:
    """A row per exercise, and below it what is not as promised."""
    columns = (
        Column(header="bug", flexible=20),
        Column(header="program", flexible=12),
        Column(header="shows"),
        Column(header="asked", justify="right"),
        Column(header="wrong", justify="right"),
        Column(header="s", justify="right"),
        Column(header=""),
    )
    blocks = tuple(Block(rows=(_row(each),), notes=tuple(_notes(each))) for each in checked)
    yield Grid(columns=columns, blocks=blocks)
    proven = sum(not each.problems and not each.unjudged for each in checked)
    asked = sum(len(each.measured) for each in checked)
    yield quiet(
        f"{proven} of {len(checked)} exercises proven; the judge was asked about {asked} programs."
    )


def _row(checked: CheckedExercise) -> tuple[Text, ...]:
    exercise = checked.exercise
    if checked.problems:
        state = Text("✗", style=BAD)
    else:
        state = Text("not judged", style=LOUD) if checked.unjudged else Text("✓", style=GOOD)
    wrong = len(checked.wrongly_accepted) + len(checked.wrongly_refused)
    return (
        Text(clean(exercise.bug.id)),
        Text(clean(f"{exercise.case.name}/{exercise.implementation.name}")),
        Text(checked.seen),
        Text(str(len(checked.measured))),
        Text(str(wrong)),
        Text(f"{checked.seconds:.1f}"),
        state,
    )


def _notes(checked: CheckedExercise) -> Iterator[Text]:
    for problem in checked.problems:
        yield Text(clean(problem))
    for each in checked.unjudged:
        yield Text(
            clean(f"not judged: {each.candidate.kind} ({each.candidate.name}): {each.reason}")
        )
