"""What a teacher sees of a course: what was chosen, what was proven."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.text import Text

from debugdiff.report.layout import (
    BAD,
    GOOD,
    LOUD,
    NOTHING,
    STRONG,
    Block,
    Column,
    Grid,
    count_of,
    legend,
    number,
    plain,
    quiet,
)
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
    exercises, took = count_of(len(chosen), "exercise"), count_of(minutes, "minute")
    yield quiet(f"{exercises}, {took}; {twins} in both frameworks.")


def checked_facts(checked: CheckedExercise) -> Mapping[str, Any]:
    """What was proven of an exercise, for JSON."""
    return {
        **exercise_facts(checked.exercise),
        "proven": checked.is_proven,
        "seen": checked.seen,
        "seconds": checked.seconds,
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


_LEGEND = (
    "*shows*: how the run of the program that is given out ends, *s* its seconds. *asked*: programs"
    " that the judge was asked about, right and wrong ones. *wrongly accepted*: with a fault."
    " *wrongly refused*: right."
)


def checked_parts(checked: Sequence[CheckedExercise]) -> Iterator[RenderableType]:
    """A row per exercise, and below it what is not as promised."""
    columns = (
        Column(header=""),
        Column(header="bug", flexible=16),
        Column(header="program", flexible=12),
        Column(header="shows"),
        Column(header="s", justify="right"),
        Column(header="asked", justify="right"),
        Column(header="wrongly\naccepted", justify="right"),
        Column(header="wrongly\nrefused", justify="right"),
    )
    blocks = tuple(Block(rows=(_row(each),), notes=tuple(_notes(each))) for each in checked)
    yield Grid(columns=columns, blocks=blocks)
    yield legend(_LEGEND)
    idle = sum(len(each.measured) - len(each.counted) for each in checked)
    if idle:
        yield legend(f"Not counted: {count_of(idle, 'other bug')} that changed nothing.")
    yield Text()
    yield _summary(checked)


def state_of(checked: CheckedExercise) -> str:
    """What came of an exercise, in a word or three."""
    if checked.problems:
        return "not as promised"
    return "not judged" if checked.unjudged else "proven"


_MARKS = {
    "proven": Text("✓", style=GOOD),
    "not as promised": Text("✗", style=BAD),
    "not judged": Text("?", style=LOUD),
}


def _row(checked: CheckedExercise) -> tuple[Text, ...]:
    exercise = checked.exercise
    return (
        _MARKS[state_of(checked)],
        Text(clean(exercise.bug.id)),
        Text(clean(f"{exercise.case.name}/{exercise.implementation.name}")),
        plain(checked.seen),
        NOTHING if checked.seconds is None else number(checked.seconds, 1),
        Text(str(len(checked.counted))),
        _wrong(len(checked.wrongly_accepted)),
        _wrong(len(checked.wrongly_refused)),
    )


def _wrong(count: int) -> Text:
    return Text(str(count), style=BAD if count else "")


def _notes(checked: CheckedExercise) -> Iterator[Text]:
    for problem in checked.problems:
        yield Text.assemble(("✗ ", BAD), clean(problem.what))
        yield Text.assemble("  ", ("hint: ", STRONG), clean(problem.hint))
    for reason in dict.fromkeys(each.reason for each in checked.unjudged):
        yield Text.assemble(("? ", LOUD), "not judged: ", clean(reason))


def _summary(checked: Sequence[CheckedExercise]) -> Text:
    counts = Counter(map(state_of, checked))
    told = ", ".join(f"{counts[state]} {state}" for state in _MARKS if counts[state])
    return Text(f"{count_of(len(checked), 'exercise')}: {told or 'none was checked'}.", STRONG)
