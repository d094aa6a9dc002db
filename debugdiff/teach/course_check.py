"""Whether a course keeps what it promises: every exercise proven by running it.

The healthy program and every written fix have to be accepted and the bug refused; the run that a
learner sees has to end as the bug promises; no hint may hold the fix. The judge is asked about all
the programs that it is measured with, and its answers are counted.
"""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from debugdiff.model import Symptom
from debugdiff.score.symptom import seen_symptom
from debugdiff.source.normal import parse
from debugdiff.teach.course import bugs_of, exercises
from debugdiff.teach.measuring import (
    CandidateKind,
    Tally,
    applied,
    candidates_of,
    measure,
    other_bugs,
    tallies,
)
from debugdiff.teach.model import FrameworkChoice, Verdict
from debugdiff.teach.symptoms import describe_end
from debugdiff.teach.workspace import some_exercises

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from debugdiff.model import Framework, Record
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.measuring import Candidate, Measured
    from debugdiff.teach.model import Course, Exercise, Fix

_SHORTEST_CODE = 8
"""Characters without blanks: shorter pieces of code occur in a sentence by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is not as the course promises, and what its author can do about it."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseCheck:
    """What was found out about one exercise.

    Attributes:
        program: case and program: `gru_sentiment/pytorch`.
        promised: how the bug is expected to show itself.
        seen: how the run that a learner sees shows it; `None` if the bug does nothing there or was
            not judged.
        fixes: how many the course writes down.
        hints_are_clean: whether no hint holds the fix.
        judge: how the judge answered, by kind of candidate. Not in it: other bugs that do nothing.
        without_effect: other bugs with which the program did bit by bit what the healthy one does.
        seconds: of the run that a learner sees; `None` if it was not run.
        problems: what is not as promised.
        not_judged: why something could not be judged, in sentences.
    """

    id: str
    number: int
    folder: str
    bug: str
    program: str
    framework: Framework
    promised: Symptom
    seen: Symptom | None
    fixes: int
    hints_are_clean: bool
    judge: Mapping[CandidateKind, Tally]
    without_effect: tuple[str, ...]
    seconds: float | None
    problems: tuple[Problem, ...]
    not_judged: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        """Whether all is as promised, and nothing is left open."""
        return not self.problems and not self.not_judged


def exercises_to_check(
    course: Course, choice: FrameworkChoice | None = None
) -> tuple[Exercise, ...]:
    """The exercises of a course as a learner gets them; without a choice, in each framework.

    Raises:
        DebugdiffError: `course-empty` if there is none; as `exercises`.
    """
    if choice is not None:
        return some_exercises(course, choice)
    single = (FrameworkChoice.PYTORCH, FrameworkChoice.KERAS)
    found = tuple(exercise for each in single for exercise in exercises(course, each))
    return found or some_exercises(course, FrameworkChoice.MIXED)


def drawn_bugs(course: Course, exercise: Exercise, count: int) -> Iterator[Candidate]:
    """The healthy program with so many other bugs that fit it, the same ones every time."""
    bugs = [bug for _, bug in sorted(bugs_of(course).items()) if bug.id != exercise.bug.id]
    random.Random(exercise.id).shuffle(bugs)  # noqa: S311 - no secret: always the same draw
    return islice(other_bugs(exercise, bugs), count)


def check_exercise(
    judge: Judge, exercise: Exercise, others: Iterable[Candidate] = ()
) -> ExerciseCheck:
    """Prove one exercise.

    Args:
        judge: runs the programs.
        exercise: with its answer.
        others: of `drawn_bugs`; the judge has to refuse those that do something.

    Raises:
        StackError: an interpreter cannot be started.
    """
    misfits = {fix: found for fix in exercise.fixes if (found := _misfit(fix, exercise))}
    fitting = tuple(fix for fix in exercise.fixes if fix not in misfits)
    answers = tuple(_answers(judge, replace(exercise, fixes=fitting), others))
    counted = [each for each in answers if not _does_nothing(each)]
    broken = judge.symptom(exercise) if _was_given_out(counted) else None
    seen = seen_symptom(broken, None) if broken and _is_refused(counted) else None
    wrong = map(_wrong, filter(_is_wrong, counted))
    hints = tuple(_telling_hints(exercise))
    return ExerciseCheck(
        id=exercise.id,
        number=exercise.number,
        folder=exercise.folder,
        bug=exercise.bug.id,
        program=f"{exercise.case.name}/{exercise.implementation.name}",
        framework=exercise.framework,
        promised=exercise.expected,
        seen=seen,
        fixes=len(exercise.fixes),
        hints_are_clean=not hints,
        judge=tallies((each.candidate.kind, each.accepted) for each in counted),
        without_effect=tuple(each.candidate.name for each in answers if each not in counted),
        seconds=broken.seconds if broken else None,
        problems=(*misfits.values(), *wrong, *_unkept(exercise, seen, broken), *hints),
        not_judged=tuple(dict.fromkeys(each.reason for each in counted if each.right is None)),
    )


# --- the judge's answers -----------------------------------------------------------------------


def _answers(judge: Judge, exercise: Exercise, others: Iterable[Candidate]) -> Iterator[Measured]:
    """Nothing further is asked where the healthy program cannot be judged."""
    for found in measure(judge, exercise, candidates_of(judge, exercise, others)):
        yield found
        if found.candidate.kind is CandidateKind.HEALTHY and found.accepted is None:
            return


def _does_nothing(answer: Measured) -> bool:
    """Whether another bug changes no value, metric or warning: then it is no wrong program."""
    exactly = answer.verdict is Verdict.FIXED_EXACTLY
    return exactly and answer.candidate.kind is CandidateKind.OTHER_BUG


def _was_given_out(answers: Iterable[Measured]) -> bool:
    """Whether the judge was asked about the program that a learner starts with."""
    return any(each.candidate.kind is CandidateKind.BUG for each in answers)


def _is_refused(answers: Iterable[Measured]) -> bool:
    """Whether the bug does something."""
    bugs = [each.accepted for each in answers if each.candidate.kind is CandidateKind.BUG]
    return bugs == [False]


def _is_wrong(answer: Measured) -> bool:
    """An untouched bug may not even have half the credit."""
    is_bug = answer.candidate.kind is CandidateKind.BUG
    return answer.right is False or (is_bug and bool(answer.verdict.credit))


def _wrong(answer: Measured) -> Problem:
    what, hint = _WRONG[answer.candidate.kind]
    return Problem(what=f"{what.format(name=answer.candidate.name)}: {answer.reason}", hint=hint)


_UNSEEN = "The judge cannot tell it from a fix here: choose another program, size or seed."
_WRONG: Mapping[CandidateKind, tuple[str, str]] = {
    CandidateKind.BUG: (
        "The program that is given out is not refused",
        "Choose a program, a size or a seed with which the bug does something.",
    ),
    CandidateKind.OTHER_BUG: ("With another bug, {name}, the program is accepted", _UNSEEN),
    CandidateKind.SWALLOWED: ("With its exception hidden ({name}) it is accepted", _UNSEEN),
    CandidateKind.COPIED: ("With copied figures ({name}) it is accepted", _UNSEEN),
    CandidateKind.HEALTHY: (
        "The healthy program is refused",
        "Does it do the same each time it is run? It has to set every seed.",
    ),
    CandidateKind.FIX: (
        'The fix "{name}" is refused',
        "Correct the `edits` of this fix in the course, or take it out.",
    ),
    CandidateKind.REWRITE: (
        "The healthy program is refused when it is written in another way ({name})",
        "A learner who writes it like that is refused, too: choose another program or size.",
    ),
}


def _misfit(fix: Fix, exercise: Exercise) -> Problem | None:
    try:
        applied(fix, exercise.mutant.source)
    except ValueError as error:
        return Problem(
            what=f'The fix "{fix.why}" does not fit: {error}.',
            hint="Its `edits` are looked for in the program that is given out: each has to occur"
            " there once.",
        )
    return None


# --- the symptom -------------------------------------------------------------------------------


def keeps(promised: Symptom, seen: Symptom | None) -> bool:
    """Whether a learner sees the symptom that he is told of.

    `static` is a fault that a checker finds before anything runs; where it runs, it stops before
    the first step.
    """
    return seen is promised or (promised is Symptom.STATIC and seen is Symptom.BUILD)


def _unkept(exercise: Exercise, seen: Symptom | None, broken: Record | None) -> tuple[Problem, ...]:
    promised = exercise.expected
    if seen is None or broken is None or keeps(promised, seen):
        return ()
    what = f"The symptom `{promised}` is promised, and `{seen}` is seen: {describe_end(broken)}."
    hint = (
        "Choose a program, a size or a seed with which it shows as promised; of a bug of your own,"
        f' you can say `{exercise.framework} = "{seen}"` below `[symptom]`.'
    )
    return (Problem(what=what, hint=hint),)


# --- hints -------------------------------------------------------------------------------------


def _telling_hints(exercise: Exercise) -> Iterator[Problem]:
    given = _pieces(exercise.mutant.source)
    healthy = _pieces(exercise.implementation.source)
    telling = [code for code in healthy - given if len(code) >= _SHORTEST_CODE]
    for number, hint in enumerate(exercise.bug.hints, start=1):
        found = [code for code in telling if code in _squeezed(hint)]
        if found:
            yield Problem(
                what=f"Hint {number} holds the fix: `{max(sorted(found), key=len)}`.",
                hint="Ask a question, or name the place: whoever reads it should still have to"
                " think of the fix.",
            )


def _pieces(source: str) -> frozenset[str]:
    """Every line, expression and argument of a program, without blanks."""
    nodes = (node for node in ast.walk(parse(source)) if isinstance(node, ast.expr | ast.keyword))
    expressions = (ast.get_source_segment(source, node) or "" for node in nodes)
    return frozenset(map(_squeezed, (*source.splitlines(), *expressions)))


def _squeezed(text: str) -> str:
    return "".join(text.split())
