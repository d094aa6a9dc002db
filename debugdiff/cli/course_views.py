"""What `debugdiff teach check-course` found, as tables and as JSON."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.files import to_json
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
)
from debugdiff.teach.course_check import keeps
from debugdiff.teach.measuring import CandidateKind, Tally
from debugdiff.teach.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.report import Page
    from debugdiff.teach.course_check import ExerciseCheck
    from debugdiff.teach.model import Course

SCHEMA_VERSION = 1
_LEFT = 2
_STATES = ("proven", "not as promised", "not judged")
_COLUMNS = (
    Column(header="exercise", flexible=12),
    Column(header="bug", flexible=14),
    Column(header="healthy\naccepted"),
    Column(header="bug\nrefused"),
    Column(header="symptom"),
    Column(header="fixes\naccepted", justify="right"),
    Column(header="hints"),
    Column(header="judge\nright", justify="right"),
    Column(header="s", justify="right"),
)
_LEGEND = (
    "*symptom*: of the run that a learner sees, and *s* its seconds. *fixes*: that the course"
    " writes down. *hints*: none holds the fix. *judge right*: of all programs that the judge was"
    " asked about."
)
_KINDS: Mapping[CandidateKind, str] = {
    CandidateKind.BUG: "the bug",
    CandidateKind.OTHER_BUG: "another bug",
    CandidateKind.SWALLOWED: "the bug, its exception hidden",
    CandidateKind.COPIED: "the bug, with copied figures",
    CandidateKind.HEALTHY: "the healthy program",
    CandidateKind.FIX: "a fix of the course",
    CandidateKind.REWRITE: "the healthy program, written in another way",
}
_MARKS = {True: Text("✓", style=GOOD), False: Text("✗", style=BAD), None: NOTHING}


def checks_json(course: Course, found: Sequence[ExerciseCheck]) -> str:
    """The exercises with all that was found, and the judge's answers to all of them."""
    facts = {
        "schema_version": SCHEMA_VERSION,
        "course": course.name,
        "exercises": found,
        "judge": _total(found),
    }
    return to_json(facts, indent=2) + "\n"


def line_of(check: ExerciseCheck) -> str:
    """One exercise in a line, as soon as it was checked."""
    name = f"{check.folder} in {check.framework}, {clean(check.bug)}"
    return f"{name}: {_state(check)}"


def checks(found: Sequence[ExerciseCheck], page: Page) -> str:
    """One row per exercise, what is not as promised, and the judge's answers by kind."""
    return page.write(*_parts(found))


def _parts(found: Sequence[ExerciseCheck]) -> Iterator[RenderableType]:
    blocks = tuple(
        Block(title=Text(framework, style=STRONG), rows=tuple(map(_row, group)))
        for framework, group in groupby(_by_framework(found), key=lambda each: each.framework)
    )
    yield Grid(columns=_COLUMNS, blocks=blocks)
    yield legend(_LEGEND)
    open_ones = [each for each in found if not each.is_proven]
    if open_ones:
        yield heading("Not proven")
    for check in open_ones:
        yield from _findings(check)
    yield heading("The judge of fixes")
    yield from _judge_parts(found)
    yield Text()
    yield _summary(found)


def _by_framework(found: Sequence[ExerciseCheck]) -> Sequence[ExerciseCheck]:
    return sorted(found, key=lambda each: each.framework)


def _row(check: ExerciseCheck) -> Row:
    judge = check.judge
    return (
        Text(check.folder),
        Text(clean(check.bug), style=STRONG),
        _mark(judge.get(CandidateKind.HEALTHY), is_right=True),
        _mark(judge.get(CandidateKind.BUG), is_right=False),
        _symptom(check),
        _share(judge[CandidateKind.FIX].accepted if CandidateKind.FIX in judge else 0, check.fixes),
        _MARKS[check.hints_are_clean],
        _share(
            sum(tally.right(kind) for kind, tally in judge.items()),
            sum(tally.asked for tally in judge.values()),
        ),
        NOTHING if check.seconds is None else number(check.seconds, 1),
    )


def _mark(tally: Tally | None, *, is_right: bool) -> Text:
    """Whether the one candidate of a kind was accepted, or refused, as it must be."""
    if tally is None or tally.not_judged:
        return NOTHING
    return _MARKS[bool(tally.accepted) is is_right]


def _symptom(check: ExerciseCheck) -> Text:
    if check.seen is None:
        return NOTHING
    return Text(check.seen, style=GOOD if keeps(check.promised, check.seen) else BAD)


def _share(right: int, asked: int) -> Text:
    return Text(f"{right}/{asked}", style="" if right == asked else BAD) if asked else NOTHING


def _findings(check: ExerciseCheck) -> Iterator[RenderableType]:
    """What is not as promised with what can be done about it, then what was not judged."""
    name = f"{check.folder}  {clean(check.bug)}"
    yield Text.assemble((name, STRONG), (f" in {clean(check.program)}", QUIET))
    for problem in check.problems:
        yield indented(Text.assemble(("✗ ", BAD), clean(problem.what)))
        yield indented(Text.assemble("  ", ("hint: ", STRONG), clean(problem.hint)))
    for reason in check.not_judged:
        yield indented(Text.assemble(("not judged: ", LOUD), clean(reason)))


def _judge_parts(found: Sequence[ExerciseCheck]) -> Iterator[RenderableType]:
    headers = ("a program that is", "must be", "asked", "accepted", "refused", "not judged")
    columns = tuple(
        Column(header=name, justify="left" if at < _LEFT else "right", flexible=0 if at else 30)
        for at, name in enumerate(headers)
    )
    rows = tuple(_answers(kind, tally) for kind, tally in _total(found).items())
    yield Grid(columns=columns, blocks=(Block(rows=rows),))
    idle = sum(len(each.without_effect) for each in found)
    if idle:
        yield legend(f"Not counted: {count_of(idle, 'other bug')} that changed nothing.")


def _answers(kind: CandidateKind, tally: Tally) -> Row:
    wrong = Text(str(tally.refused if kind.is_right else tally.accepted))
    wrong.stylize(BAD if wrong.plain != "0" else QUIET)
    right = Text(str(tally.right(kind)))
    accepted, refused = (right, wrong) if kind.is_right else (wrong, right)
    must = "accepted" if kind.is_right else "refused"
    not_judged = Text(str(tally.not_judged), style=LOUD if tally.not_judged else QUIET)
    return (Text(_KINDS[kind]), Text(must), Text(str(tally.asked)), accepted, refused, not_judged)


def _total(found: Sequence[ExerciseCheck]) -> Mapping[CandidateKind, Tally]:
    """The judge's answers to all exercises, in the order of the kinds."""
    every = {kind: [each.judge[kind] for each in found if kind in each.judge] for kind in _KINDS}
    return {kind: sum(tallies[1:], tallies[0]) for kind, tallies in every.items() if tallies}


def _state(check: ExerciseCheck) -> str:
    if check.problems:
        return "not as promised"
    return "not judged" if check.not_judged else "proven"


def _summary(found: Sequence[ExerciseCheck]) -> Text:
    counts = Counter(map(_state, found))
    told = ", ".join(f"{counts[state]} {state}" for state in _STATES if counts[state])
    style = GOOD if counts["proven"] == len(found) else BAD
    return Text(f"{count_of(len(found), 'exercise')}: {told or 'none was checked'}.", style=style)
