"""Is an exercise what it promises? Its programs are run, its hints read."""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING

from debugdiff.model import Symptom
from debugdiff.score.symptom import seen_symptom
from debugdiff.source.normal import parse
from debugdiff.teach.course import exercises
from debugdiff.teach.measuring import (
    CandidateKind,
    applied,
    candidates_of,
    measure,
    other_bugs,
)
from debugdiff.teach.model import FrameworkChoice, Verdict
from debugdiff.teach.workspace import some_exercises

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import Bug, Record
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.measuring import Candidate, Measured
    from debugdiff.teach.model import Course, Exercise, Fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is not as promised, and what the author of the course can do about it."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExercise:
    """What was found of one exercise.

    Attributes:
        seen: how the bug showed itself; `None` where nothing could be judged.
        seconds: of the run that a learner sees: reported, and nothing depends on it.
        measured: what the judge said of each program; only the healthy one where it cannot be
            judged.
        unfit: written fixes whose edits do not fit the broken program.
        leaks: of the hints, those that hold what the fix writes.
    """

    exercise: Exercise
    seen: Symptom | None
    seconds: float | None
    measured: tuple[Measured, ...]
    unfit: tuple[Problem, ...]
    leaks: tuple[Problem, ...]

    @property
    def counted(self) -> tuple[Measured, ...]:
        """What tells something of the judge: not another bug that changes no bit of the program."""
        return tuple(each for each in self.measured if not _does_nothing(each))

    @property
    def wrongly_accepted(self) -> tuple[Measured, ...]:
        """Programs with a fault that passed; what is given out, if it has any credit."""
        return tuple(x for x in self.counted if not x.candidate.kind.is_right and _has_passed(x))

    @property
    def wrongly_refused(self) -> tuple[Measured, ...]:
        """Right programs that did not pass."""
        return tuple(x for x in self.counted if x.candidate.kind.is_right and x.right is False)

    @property
    def unjudged(self) -> tuple[Measured, ...]:
        """Programs of which the judge could not say anything."""
        return tuple(each for each in self.measured if each.right is None)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is not as promised."""
        wrong = (*self.wrongly_accepted, *self.wrongly_refused)
        return (*self._unkept, *map(_answered_wrongly, wrong), *self.unfit, *self.leaks)

    @property
    def is_proven(self) -> bool:
        """Whether all is as promised, and nothing is left open."""
        return not self.problems and not self.unjudged

    @property
    def _unkept(self) -> tuple[Problem, ...]:
        promised = self.exercise.expected
        if self.seen in {promised, None} or (
            promised is Symptom.STATIC and self.seen is Symptom.BUILD
        ):
            return ()  # what could be found without running it stops it while it is built
        what = f"It promises the symptom `{promised}` and shows `{self.seen}`"
        hint = (
            "Choose a program, a size or a seed that shows it; a bug of your own can promise"
            f' `{self.exercise.framework} = "{self.seen}"` below `[symptom]`.'
        )
        return (Problem(what=what, hint=hint),)


def _does_nothing(measured: Measured) -> bool:
    other = measured.candidate.kind is CandidateKind.OTHER_BUG
    return other and measured.verdict is Verdict.FIXED_EXACTLY


def _has_passed(measured: Measured) -> bool:
    untouched = measured.candidate.kind is CandidateKind.BUG
    return bool(measured.verdict.credit) if untouched else measured.verdict.is_fixed


_UNSEEN = "The judge cannot tell it from a fix here: choose another program, size or seed."
_ANSWERED_WRONGLY: Mapping[CandidateKind, tuple[str, str]] = {
    CandidateKind.BUG: (
        "Accepted: the program that is given out, {name}",
        "Choose a program, a size or a seed with which the bug does something.",
    ),
    CandidateKind.OTHER_BUG: ("Accepted: the program with another bug, {name}", _UNSEEN),
    CandidateKind.SWALLOWED: ("Accepted: its exception hidden, {name}", _UNSEEN),
    CandidateKind.COPIED: ("Accepted: the healthy figures copied, {name}", _UNSEEN),
    CandidateKind.HEALTHY: (
        "Refused: the healthy program",
        "Does it do the same each time it is run? It has to set every seed.",
    ),
    CandidateKind.FIX: (
        'Refused: the fix "{name}" of the course',
        "Correct the `edits` of this fix, or take it out.",
    ),
    CandidateKind.REWRITE: (
        "Refused: the healthy program written in another way, {name}",
        "A learner who writes it like that is refused, too: choose another program or size.",
    ),
}


def _answered_wrongly(measured: Measured) -> Problem:
    what, hint = _ANSWERED_WRONGLY[measured.candidate.kind]
    return Problem(
        what=f"{what.format(name=measured.candidate.name)}: {measured.reason}", hint=hint
    )


def exercises_to_check(course: Course, choice: FrameworkChoice | None) -> tuple[Exercise, ...]:
    """The exercises of a course as a learner gets them; without a choice, in each framework.

    Raises:
        DebugdiffError: `course-empty` if there is none; as `exercises`.
    """
    if choice is not None:
        return some_exercises(course, choice)
    single = (FrameworkChoice.PYTORCH, FrameworkChoice.KERAS)
    found = tuple(exercise for each in single for exercise in exercises(course, each))
    return found or some_exercises(course, FrameworkChoice.MIXED)


def check_exercise(
    judge: Judge, exercise: Exercise, bugs: Sequence[Bug], others: int
) -> CheckedExercise:
    """Run all that the judge is measured with, and some other bugs.

    Args:
        judge: that is asked.
        exercise: with its answer.
        bugs: from which the other ones are drawn, always the same ones.
        others: how many; fewer if fewer fit the program.

    Raises:
        StackError: an interpreter cannot be started.
    """
    unfit = {fix: problem for fix in exercise.fixes if (problem := _misfit(fix, exercise))}
    usable = replace(exercise, fixes=tuple(fix for fix in exercise.fixes if fix not in unfit))
    drawn = islice(other_bugs(exercise, _shuffled(bugs, exercise)), others)
    measured = tuple(_asked(judge, usable, drawn))
    judged = any(each.right is not None for each in measured)
    broken = judge.symptom(exercise) if judged else None
    return CheckedExercise(
        exercise=exercise,
        seen=_seen(judge, exercise, broken) if broken else None,
        seconds=broken.seconds if broken else None,
        measured=measured,
        unfit=tuple(unfit.values()),
        leaks=tuple(_leak(number) for number in leaks(exercise)),
    )


def _misfit(fix: Fix, exercise: Exercise) -> Problem | None:
    try:
        applied(fix, exercise.mutant.source)
    except ValueError as error:
        return Problem(
            what=f'The fix "{fix.why}" of the course does not fit: {error}',
            hint="What its `edits` look for has to occur once in the program that is given out.",
        )
    return None


def _shuffled(bugs: Sequence[Bug], exercise: Exercise) -> Sequence[Bug]:
    others = [each for each in bugs if each.id != exercise.bug.id]
    program = f"{exercise.case.name}/{exercise.implementation.name}"
    return random.Random(program).sample(others, len(others))  # noqa: S311 - nothing secret


def _asked(judge: Judge, exercise: Exercise, others: Iterable[Candidate]) -> Iterator[Measured]:
    """Nothing further is asked where the healthy program, which comes first, is not judged."""
    for measured in measure(judge, exercise, candidates_of(judge, exercise, others)):
        yield measured
        if measured.candidate.kind is CandidateKind.HEALTHY and measured.right is None:
            return


def _seen(judge: Judge, exercise: Exercise, broken: Record) -> Symptom:
    """The probes of a second run see what is not finite and shows in no figure."""
    seen = seen_symptom(broken, None)
    if seen is Symptom.SILENT:
        return seen_symptom(broken, judge.watched_symptom(exercise))
    return seen


# --- hints -------------------------------------------------------------------------------------


def _leak(number: int) -> Problem:
    return Problem(
        what=f"Hint {number} holds what the fix writes",
        hint="Ask a question, or name the place: the fix is still to be thought of.",
    )


def leaks(exercise: Exercise) -> tuple[int, ...]:
    """The hints, from 1, that hold the code that the fix writes, spaces aside."""
    fragments = {_plain(each) for each in _written(exercise)}
    return tuple(
        number
        for number, hint in enumerate(exercise.bug.hints, start=1)
        if any(fragment in _plain(hint) for fragment in fragments)
    )


def _plain(text: str) -> str:
    return "".join(text.split())


def _written(exercise: Exercise) -> Iterator[str]:
    """Per change, the smallest expression or statement of the healthy program that covers it.

    A name or a constant alone is none: words of a hint are such, too. Where the fix only takes
    something away, it writes nothing.
    """
    healthy, broken = exercise.implementation.source, exercise.mutant.source
    old, new = (text.encode().splitlines(keepends=True) for text in (broken, healthy))
    for kind, start, end, first, last in SequenceMatcher(None, old, new, False).get_opcodes():  # noqa: FBT003
        if kind in {"replace", "insert"}:
            before, after = b"".join(old[start:end]), b"".join(new[first:last])
            same = _common(before, after)
            tail = _common(before[same:][::-1], after[same:][::-1])
            offset = sum(map(len, new[:first]))
            text = healthy.encode()[offset + same : offset + len(after) - tail]
            begin = offset + same + len(text) - len(text.lstrip())
            if text.strip():
                yield from _covering(healthy, begin, begin + len(text.strip()))


def _common(one: bytes, other: bytes) -> int:
    """How many first bytes are the same."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _covering(source: str, start: int, end: int) -> Iterator[str]:
    """The smallest node over a stretch of bytes; of a stretch of statements, each of them."""
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    places = {
        (starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column): node
        for node in ast.walk(parse(source))
        if isinstance(node, ast.expr | ast.keyword | ast.stmt) and not _is_word(node)
        if (end_line := node.end_lineno) and (end_column := node.end_col_offset) is not None
    }
    over = [place for place in places if place[0] <= start and end <= place[1]]
    smallest = min(over, key=lambda place: place[1] - place[0], default=None)
    if smallest is not None and not hasattr(places[smallest], "body"):
        yield data[slice(*smallest)].decode()
        return
    for place, node in places.items():
        if start <= place[0] and place[1] <= end and isinstance(node, ast.stmt):
            yield data[slice(*place)].decode()


def _is_word(node: ast.AST) -> bool:
    """Whether it is a name or a constant, with a sign or without."""
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Name | ast.Constant)
