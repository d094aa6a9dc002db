"""What a teacher sees of a course: what was chosen, what was proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.model import Symptom
from debugdiff.report.layout import (
    BAD,
    GOOD,
    LOUD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    heading,
    indented,
    legend,
    number,
    quiet,
)
from debugdiff.report.text import Text
from debugdiff.teach.instructions import SEEN
from debugdiff.teach.measuring import CandidateKind
from debugdiff.teach.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.teach.course_check import CheckedExercise
    from debugdiff.teach.measuring import Tally
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
        Column(header="expected\nsymptom"),
        Column(header="difficulty\n(1 to 5)", justify="right"),
        Column(header="minutes", justify="right"),
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
    for symptom in sorted({each.expected for each in chosen}, key=tuple(Symptom).index):
        yield legend(f"*{symptom}*: {SEEN[symptom]}")
    minutes = sum(each.minutes for each in chosen)
    twins = sum(bool(each.twin) for each in chosen)
    yield quiet(
        f"{count_of(len(chosen), 'exercise')}, {minutes} minutes; {twins} exist in both frameworks."
    )


def checked_facts(checked: CheckedExercise) -> Mapping[str, Any]:
    """What was proven of an exercise, for JSON."""
    return {
        **exercise_facts(checked.exercise),
        "seen": checked.seen,
        "seconds": checked.broken and checked.broken.seconds,
        "figures": checked.figures,
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
        "without_effect": [each.candidate.name for each in checked.idle],
        "problems": checked.problems,
    }


# --- what was proven ---------------------------------------------------------------------------

_COLUMNS = (
    Column(header="", justify="right"),
    Column(header="bug", flexible=14),
    Column(header="healthy\nprogram\naccepted"),
    Column(header="broken\nprogram\nrefused"),
    Column(header="symptom\nseen"),
    Column(header="other\nfixes\naccepted", justify="right"),
    Column(header="hints\nwithout\nthe fix"),
    Column(header="judged\nright", justify="right"),
    Column(header="seconds", justify="right"),
)
_LEGEND = (
    "*symptom seen*: in the run that a student sees. *seconds*: how long that run takes. *other"
    " fixes*: those that `course.toml` lists. *judged right*: out of all programs that the judge"
    " was given for this exercise; the table at the end lists them by kind. *·*: not judged."
)
_UNSEEN = (
    "No metric shows that something is wrong in {}: every metric stays within three standard"
    " deviations of five healthy runs. If students should see it, choose another size or program."
)
_JUDGE_COLUMNS = (
    Column(header="program given to the judge", flexible=30),
    Column(header="programs", justify="right"),
    Column(header="accepted", justify="right"),
    Column(header="refused", justify="right"),
    Column(header="not judged", justify="right"),
)
_KINDS: Mapping[CandidateKind, str] = {
    CandidateKind.BUG: "with the bug",
    CandidateKind.OTHER_BUG: "with another bug",
    CandidateKind.SWALLOWED: "with the bug, its exception hidden",
    CandidateKind.COPIED: "with the bug, metrics copied",
    CandidateKind.HEALTHY: "healthy",
    CandidateKind.FIX: "with another fix of the course",
    CandidateKind.REWRITE: "healthy, written differently",
}
_MARKS = {True: Text("✓", style=GOOD), False: Text("✗", style=BAD)}


def state_of(checked: CheckedExercise) -> str:
    """In a word or two."""
    if checked.problems:
        return "not as promised"
    return "not judged" if checked.unjudged else "proven"


def checked_parts(checked: Sequence[CheckedExercise]) -> Iterator[RenderableType]:
    """A row per exercise, what is not as promised, and the judge's answers by kind."""
    yield Grid(columns=_COLUMNS, blocks=tuple(_blocks(checked)))
    yield legend(_LEGEND)
    unseen = [each.exercise.folder for each in checked if each.figures == ()]
    if unseen:
        yield legend(_UNSEEN.format(clean(", ".join(unseen))))
    unproven = [each for each in checked if state_of(each) != "proven"]
    if unproven:
        yield heading("Not proven")
    for each in unproven:
        yield from _findings(each)
    yield heading("What the judge said")
    rows = tuple(_answers(kind, tally) for kind, tally in _total(checked).items())
    yield Grid(columns=_JUDGE_COLUMNS, blocks=(Block(rows=rows),))
    idle = sum(len(each.idle) for each in checked)
    if idle:
        yield legend(
            f"Not counted: {count_of(idle, 'program')} in which another bug has no effect."
        )
    yield Text()
    yield quiet(f"{len(checked) - len(unproven)} of {count_of(len(checked), 'exercise')} proven.")


def _blocks(checked: Sequence[CheckedExercise]) -> Iterator[Block]:
    """By framework."""
    for framework in sorted({each.exercise.framework for each in checked}):
        mine = [each for each in checked if each.exercise.framework is framework]
        yield Block(title=Text(framework, style=STRONG), rows=tuple(map(_row, mine)))


def _row(checked: CheckedExercise) -> Row:
    exercise, judge = checked.exercise, checked.judge
    fixes = judge.get(CandidateKind.FIX)
    return (
        Text(str(exercise.number)),
        Text(clean(exercise.bug.id), style=STRONG),
        _mark(CandidateKind.HEALTHY, judge),
        _mark(CandidateKind.BUG, judge),
        _symptom(checked),
        _share(fixes.accepted if fixes else 0, len(exercise.fixes)),
        _MARKS[not checked.leaks],
        _share(
            sum(tally.right(kind) for kind, tally in judge.items()),
            sum(tally.asked for tally in judge.values()),
        ),
        NOTHING if checked.broken is None else number(checked.broken.seconds, 1),
    )


def _mark(kind: CandidateKind, judge: Mapping[CandidateKind, Tally]) -> Text:
    """Whether the one candidate of a kind was accepted, or refused, as it must be."""
    tally = judge.get(kind)
    if tally is None or tally.not_judged:
        return NOTHING
    return _MARKS[bool(tally.right(kind))]


def _symptom(checked: CheckedExercise) -> Text:
    if checked.seen is None:
        return NOTHING
    return Text(checked.seen, style=GOOD if checked.is_as_promised else BAD)


def _share(right: int, asked: int) -> Text:
    return Text(f"{right}/{asked}", style="" if right == asked else BAD) if asked else NOTHING


def _findings(checked: CheckedExercise) -> Iterator[RenderableType]:
    """What is not as promised with what can be done about it, then what was not judged."""
    exercise = checked.exercise
    program = f"{exercise.case.name}/{exercise.implementation.name}"
    name = f"{exercise.folder}  {clean(exercise.bug.id)}"
    yield Text.assemble((name, STRONG), (f" in {clean(program)}", QUIET))
    for problem in checked.problems:
        yield indented(Text.assemble(("✗ ", BAD), clean(problem.what)))
        yield indented(Text.assemble("  ", ("hint: ", STRONG), clean(problem.hint)))
    for each in checked.unjudged:
        kind = _KINDS[each.candidate.kind]
        answer = f"{kind} ({clean(each.candidate.name)}): {clean(each.reason)}"
        yield indented(Text.assemble(("not judged: ", LOUD), answer))


def _answers(kind: CandidateKind, tally: Tally) -> Row:
    wrong_count = tally.refused if kind.is_right else tally.accepted
    wrong = Text(str(wrong_count), style=BAD if wrong_count else QUIET)
    right = Text(str(tally.right(kind)), style=GOOD)
    accepted, refused = (right, wrong) if kind.is_right else (wrong, right)
    not_judged = Text(str(tally.not_judged), style=LOUD if tally.not_judged else QUIET)
    return (Text(_KINDS[kind]), Text(str(tally.asked)), accepted, refused, not_judged)


def _total(checked: Sequence[CheckedExercise]) -> Mapping[CandidateKind, Tally]:
    """The judge's answers to all exercises, in the order of the kinds."""
    judges = [each.judge for each in checked]
    every = {kind: [judge[kind] for judge in judges if kind in judge] for kind in CandidateKind}
    return {kind: sum(tallies[1:], tallies[0]) for kind, tallies in every.items() if tallies}
