"""Is an exercise what it promises? Its programs are run, its hints read."""

from __future__ import annotations

import ast
import random
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from debugdiff.model import Symptom
from debugdiff.score.symptom import seen_symptom
from debugdiff.syntax import parse, split_lines
from debugdiff.teach.course import catalogue_of, exercises
from debugdiff.teach.measuring import (
    CandidateKind,
    applied,
    candidates_of,
    is_costly,
    measure,
    other_bugs,
    tallies,
)
from debugdiff.teach.model import FrameworkChoice, Verdict
from debugdiff.teach.symptoms import describe_end, fresh_warnings
from debugdiff.teach.workspace import some_exercises

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from debugdiff.model import Record
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.measuring import Candidate, JudgedCandidate, Tally
    from debugdiff.teach.model import Course, Exercise, Fix


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is not as the course promises, and what its author can do about it."""

    what: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExercise:
    """What was found of one exercise.

    Attributes:
        broken: the run that a learner sees; `None` if nothing was asked, since the healthy program
            cannot be judged.
        watched: the same with layer probes, of a bug that no figure shows; they see more.
        figures: of a bug that says nothing and gives no warning, the metrics that show it; else
            `None`.
        misfits: fixes of the course that find no place in the program that is given out, and why.
        leaks: numbers of the hints, from 1, that hold what the fix writes.
        measured: what the judge said of each program.
    """

    exercise: Exercise
    broken: Record | None
    watched: Record | None
    figures: tuple[str, ...] | None
    misfits: tuple[tuple[Fix, str], ...]
    leaks: tuple[int, ...]
    measured: tuple[JudgedCandidate, ...]

    @property
    def seen(self) -> Symptom | None:
        """How the bug shows itself; `None` if it does nothing, or was not judged."""
        bugs = [x.accepted for x in self.measured if x.candidate.kind is CandidateKind.BUG]
        return seen_symptom(self.broken, self.watched) if self.broken and bugs == [False] else None

    @property
    def is_as_promised(self) -> bool:
        """Whether it shows as promised.

        What could be found without running it is found, at the latest, while it is built.
        """
        promised = self.exercise.expected
        is_static = promised is Symptom.STATIC and self.seen is Symptom.BUILD
        return self.seen is promised or is_static

    @property
    def idle(self) -> tuple[JudgedCandidate, ...]:
        """Programs with another bug that changes no result there: there is nothing to refuse."""
        return tuple(
            each
            for each in self.measured
            if each.candidate.kind is CandidateKind.OTHER_BUG
            and (each.verdict is Verdict.FIXED_EXACTLY or is_costly(self.exercise, each.candidate))
        )

    @property
    def counted(self) -> tuple[JudgedCandidate, ...]:
        """The others: those whose answer is known."""
        return tuple(each for each in self.measured if each not in self.idle)

    @property
    def judge(self) -> Mapping[CandidateKind, Tally]:
        """The judge's answers, by kind of candidate."""
        return tallies((each.candidate.kind, each.accepted) for each in self.counted)

    @property
    def wrongly_accepted(self) -> tuple[JudgedCandidate, ...]:
        """Programs with a fault that passed."""
        return tuple(x for x in self.counted if x.right is False and not x.candidate.kind.is_right)

    @property
    def wrongly_refused(self) -> tuple[JudgedCandidate, ...]:
        """Right programs that did not pass."""
        return tuple(x for x in self.counted if x.right is False and x.candidate.kind.is_right)

    @property
    def unjudged(self) -> tuple[JudgedCandidate, ...]:
        """Programs of which the judge could not say anything."""
        return tuple(each for each in self.measured if each.right is None)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is not as promised."""
        return tuple(_problems(self))


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
    bugs = [bug for _, bug in sorted(catalogue_of(course).items()) if bug.id != exercise.bug.id]
    random.Random(exercise.id).shuffle(bugs)  # noqa: S311 - nothing secret
    return islice(other_bugs(exercise, bugs), count)


def check_exercise(
    judge: Judge, exercise: Exercise, others: Iterable[Candidate] = ()
) -> CheckedExercise:
    """Run all that the judge is measured with, and some other bugs.

    Args:
        judge: that is asked.
        exercise: with its answer.
        others: the program with other bugs, as of `drawn_bugs`.

    Raises:
        StackError: an interpreter cannot be started.
    """
    misfits = tuple((fix, why) for fix in exercise.fixes if (why := _misfit(fix, exercise)))
    unfit = [fix for fix, _ in misfits]
    fitting = replace(exercise, fixes=tuple(fix for fix in exercise.fixes if fix not in unfit))
    measured = tuple(_answers(judge, fitting, others))
    asked = any(each.candidate.kind is CandidateKind.BUG for each in measured)
    broken = judge.symptom(exercise) if asked else None
    is_quiet = broken is not None and seen_symptom(broken, None) is Symptom.SILENT
    says_nothing = is_quiet and not _warns(judge, exercise)
    return CheckedExercise(
        exercise=exercise,
        broken=broken,
        watched=judge.watched_symptom(exercise) if is_quiet else None,
        figures=judge.telling_figures(exercise) if says_nothing else None,
        misfits=misfits,
        leaks=leaks(exercise),
        measured=measured,
    )


def _warns(judge: Judge, exercise: Exercise) -> bool:
    """Whether a warning shows that a program which runs through has a fault."""
    return bool(fresh_warnings(judge.symptom(exercise), judge.healthy(exercise)))


def _misfit(fix: Fix, exercise: Exercise) -> str:
    try:
        applied(fix, exercise.mutant.source)
    except ValueError as error:
        return str(error)
    return ""


def _answers(
    judge: Judge, exercise: Exercise, others: Iterable[Candidate]
) -> Iterator[JudgedCandidate]:
    """Nothing further is asked where the healthy program cannot be judged."""
    for found in measure(judge, exercise, candidates_of(judge, exercise, others)):
        yield found
        if found.candidate.kind is CandidateKind.HEALTHY and found.accepted is None:
            return


# --- what is not as promised ---------------------------------------------------------------------

_UNSEEN = "The judge cannot tell this from a fix here: choose another program, size or seed."
_WRONG: Mapping[CandidateKind, tuple[str, str]] = {
    CandidateKind.BUG: (
        "The program that is given out is not refused",
        "Choose a program, a size or a seed where the bug has an effect.",
    ),
    CandidateKind.OTHER_BUG: ("With another bug, {name}, the program is accepted", _UNSEEN),
    CandidateKind.SWALLOWED: ("With its exception hidden ({name}) it is accepted", _UNSEEN),
    CandidateKind.COPIED: ("With copied figures ({name}) it is accepted", _UNSEEN),
    CandidateKind.HEALTHY: (
        "The healthy program is refused",
        "Does the program do the same in every run? It has to set every seed.",
    ),
    CandidateKind.FIX: (
        'The fix "{name}" is refused',
        "Correct the `edits` of this fix in the course, or remove the fix.",
    ),
    CandidateKind.REWRITE: (
        "The healthy program is refused when it is written in another way ({name})",
        "A student who writes it like this would be refused, too: choose another program or size.",
    ),
}
_MISFIT = (
    "The text that each of its `edits` replaces must occur exactly once in the broken program."
)
_LEAK = "Ask a question or name the place instead: students should find the fix themselves."


def _problems(checked: CheckedExercise) -> Iterator[Problem]:
    for fix, why in checked.misfits:
        yield Problem(what=f'The fix "{fix.why}" does not fit: {why}.', hint=_MISFIT)
    for answer in filter(_is_wrong, checked.counted):
        what, hint = _WRONG[answer.candidate.kind]
        fault = what.format(name=answer.candidate.name)
        yield Problem(what=f"{fault}: {answer.reason}", hint=hint)
    if checked.seen and checked.broken and not checked.is_as_promised:
        yield _other_symptom(checked.exercise, checked.seen, checked.broken)
    for number in checked.leaks:
        yield Problem(what=f"Hint {number} contains code of the fix.", hint=_LEAK)


def _is_wrong(answer: JudgedCandidate) -> bool:
    """The program that is given out may not even have half the credit."""
    is_bug = answer.candidate.kind is CandidateKind.BUG
    return answer.right is False or (is_bug and bool(answer.verdict.credit))


def _other_symptom(exercise: Exercise, seen: Symptom, broken: Record) -> Problem:
    return Problem(
        what=f"Promised: `{exercise.expected}`. Seen: `{seen}`, {describe_end(broken)}.",
        hint="Choose a program, a size or a seed where it shows as promised, or promise it in"
        f' the exercise: `symptom = {{ {exercise.framework} = "{seen}" }}`.',
    )


# --- hints -------------------------------------------------------------------------------------

_SHORTEST_CODE = 8
"""Characters without blanks: shorter pieces of code occur in a sentence by chance."""


def leaks(exercise: Exercise) -> tuple[int, ...]:
    """The hints, from 1, that hold code that the healthy program has and the broken one has not.

    Every line, expression and argument counts, blanks aside.
    """
    written = _pieces(exercise.implementation.source) - _pieces(exercise.mutant.source)
    telling = [code for code in written if len(code) >= _SHORTEST_CODE]
    return tuple(
        number
        for number, hint in enumerate(exercise.bug.hints, start=1)
        if any(code in _squeezed(hint) for code in telling)
    )


def _pieces(source: str) -> frozenset[str]:
    nodes = (node for node in ast.walk(parse(source)) if isinstance(node, ast.expr | ast.keyword))
    expressions = (ast.get_source_segment(source, node) or "" for node in nodes)
    return frozenset(map(_squeezed, (*split_lines(source), *expressions)))


def _squeezed(text: str) -> str:
    return "".join(text.split())
