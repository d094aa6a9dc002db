"""From submissions to grades: every program judged, every guess measured, one row per exercise."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError, StackError
from debugdiff.files import digest
from debugdiff.syntax import split_lines
from debugdiff.teach.course import exercises, find_exercise
from debugdiff.teach.localising import given_line, rank_of
from debugdiff.teach.model import PROGRAM, Exercise, FrameworkChoice, Verdict
from debugdiff.teach.printed import without_folders
from debugdiff.teach.runs import healthy_program, versions_of
from debugdiff.teach.states import state_of
from debugdiff.teach.trial import missing_stack
from debugdiff.teach.verdicts import Judged, Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.teach.judge import Judge
    from debugdiff.teach.model import Course
    from debugdiff.teach.submissions import GuessedLine, HandedIn, Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Localisation:
    """How well a student's guesses found the line.

    Attributes:
        first: hops from the first guess to the nearest right line; `None`: no data flows there.
        tries: how many guesses it took; `None` if none was right.
    """

    first: int | None
    tries: int | None

    @property
    def score(self) -> float:
        """1 for the first guess, 1/2 for the second, and so on; 0 if it was not found."""
        return 1 / self.tries if self.tries else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """What one student gets for one exercise.

    Attributes:
        source: the file or folder that it was read from.
        exercise: its id; empty if nothing is known but that nothing could be read.
        folder: what the exercise's folder is called, for people.
        verdict: of the program; `None` if none was asked for or handed in.
        score: from 0 to 1: of the program, else of the guesses; `None` if it was not judged.
        localisation: `None` without a guess.
        guesses, checks, hints: as the student's log says.
    """

    student: str
    source: str
    exercise: str = ""
    folder: str = ""
    verdict: Verdict | None = None
    score: float | None = None
    localisation: Localisation | None = None
    guesses: int = 0
    checks: int = 0
    hints: int = 0
    reason: str = ""

    @property
    def is_judged(self) -> bool:
        """Whether there is a score."""
        return self.score is not None


class Grader:
    """Grades submissions of one course.

    Args:
        choice: the framework that the course was given out in. With one, a student gets a row for
            every exercise of the course in it; without, for those that they were given or handed
            in.
        seconds: the most that a run of a program may take.
        verdicts: what was judged before.
    """

    def __init__(
        self,
        course: Course,
        judge: Judge,
        *,
        choice: FrameworkChoice | None = None,
        seconds: float | None = None,
        verdicts: Verdicts | None = None,
    ) -> None:
        self._course = course
        self._judge = judge
        self._seconds = seconds
        self._choice = choice
        self._known: dict[str, Exercise | None] = {}
        self._verdicts = verdicts or Verdicts()
        self.expected = self.learn(choice) if choice is not None else ()

    def learn(self, choice: FrameworkChoice) -> tuple[str, ...]:
        """The ids of the course in a framework. Names of folders are those learnt first."""
        found = exercises(self._course, choice)
        for each in found:
            self._known.setdefault(each.id, self._limited(each))
        return tuple(each.id for each in found)

    def exercise(self, identity: str) -> Exercise | None:
        """An exercise of the course, in whichever framework."""
        if identity not in self._known:
            found = find_exercise(self._course, identity)
            self._known[identity] = found and self._limited(found)
        return self._known[identity]

    def _limited(self, exercise: Exercise) -> Exercise:
        if self._seconds is None:
            return exercise
        budget = min(exercise.case.budget, self._seconds)
        return replace(exercise, case=replace(exercise.case, budget=budget))

    def warm_up(self, submissions: Iterable[Submission]) -> int:
        """Run what programs are compared with, once; the number of exercises.

        Raises:
            StackError: an interpreter cannot be started.
        """
        given = list(submissions)
        for choice in dict.fromkeys(choice for one in given for choice in one.choices):
            self.learn(choice)
        ids = dict.fromkeys(
            each.exercise for one in given for each in one.handed_in if each.files is not None
        )
        found = [each for each in map(self.exercise, ids) if each is not None]
        for exercise in found:
            if not missing_stack(exercise):
                self._judge.warm_up(exercise)
        return len(found)

    def grade(self, submission: Submission) -> tuple[Grade, ...]:
        """One student's grades, in the order of the course.

        Raises:
            StackError: an interpreter cannot be started; nothing can be judged then.
        """
        plain = Grade(student=submission.student, source=submission.source)
        if submission.reason:
            broken = replace(plain, verdict=Verdict.NOT_JUDGED, reason=submission.reason)
            return (broken,)
        for choice in submission.choices:
            self.learn(choice)
        grades = [self._grade(plain, each) for each in submission.handed_in]
        known = {grade.exercise for grade in grades}
        wanted = dict.fromkeys((*self.expected, *submission.listed))
        problem = self.mismatch(submission)
        grades += [self._missing(plain, each, problem) for each in wanted if each not in known]
        notes = "".join(f" ({note})" for note in submission.notes)
        return best_of(replace(each, reason=each.reason + notes) for each in grades)

    def mismatch(self, submission: Submission) -> str:
        """What a submission is of, if not of this course as it was given out; else nothing."""
        ids = [*(each.exercise for each in submission.handed_in), *submission.listed]
        found = [each for each in map(self.exercise, ids) if each is not None]
        if ids and not found:
            return "for another course"
        expected = set(self.expected)
        is_other = bool(submission.choices) and self._choice not in submission.choices
        fits = not expected.isdisjoint(ids) and (not is_other or expected <= set(ids))
        if not ids or self._choice is None or fits:
            return ""
        choices = submission.choices or [each.framework for each in found]
        return f"for this course in {' and '.join(dict.fromkeys(choices))}, not in {self._choice}"

    def _missing(self, plain: Grade, identity: str, problem: str) -> Grade:
        exercise = self.exercise(identity)
        if exercise is None:
            reason = self._unknown(identity)
            return replace(plain, exercise=identity, verdict=Verdict.NOT_JUDGED, reason=reason)
        missing = replace(plain, exercise=identity, folder=exercise.folder)
        if problem:
            reason = f"It was not handed in: the submission is {problem}."
            return replace(missing, verdict=Verdict.NOT_JUDGED, reason=reason)
        return replace(missing, score=0.0, reason="It was not handed in.")

    def _unknown(self, identity: str) -> str:
        return f"The course {self._course.name} has no exercise `{identity}`."

    def _grade(self, plain: Grade, handed_in: HandedIn) -> Grade:
        exercise = self.exercise(handed_in.exercise)
        grade = replace(
            plain,
            exercise=handed_in.exercise,
            folder=exercise.folder if exercise else "",
            guesses=len(handed_in.guesses),
            checks=handed_in.checks,
            hints=handed_in.hints,
        )
        reason = handed_in.reason
        if exercise is None:
            reason = self._unknown(handed_in.exercise)
        if reason or exercise is None:
            return replace(grade, verdict=Verdict.NOT_JUDGED, reason=reason)
        localisation = localise(exercise, handed_in)
        if handed_in.files is None:
            score = localisation.score if localisation else 0.0
            reason = _found_in(localisation)
            return replace(grade, localisation=localisation, score=score, reason=reason)
        verdict, reason = self._verdict(exercise, handed_in.files)
        return replace(
            grade,
            localisation=localisation,
            verdict=verdict,
            score=verdict.credit,
            reason=reason,
        )

    def _verdict(self, exercise: Exercise, files: Mapping[str, str]) -> tuple[Verdict, str]:
        """Of programs that are the same, one is run."""
        key = _key(exercise, files)
        judged = self._verdicts.get(key)
        if judged is None:
            try:
                result = self._judge.check(exercise, files)
            except StackError:
                raise
            except Exception as error:  # noqa: BLE001 - one program never ends the others' grading
                reason = f"It could not be judged: {_problem(error)}"
                return Verdict.NOT_JUDGED, without_folders(reason)
            reason = without_folders(result.reason)
            judged = self._verdicts.add(Judged(key=key, verdict=result.verdict, reason=reason))
        return judged.verdict, judged.reason


def _key(exercise: Exercise, files: Mapping[str, str]) -> str:
    """All that decides a verdict: the exercise as it is now, versions, and the program."""
    facts = (exercise.id, exercise.seed, exercise.size, exercise.case.budget, versions_of(exercise))
    states = (state_of(exercise.given), state_of(healthy_program(exercise).files))
    return digest(repr(facts), *states, state_of({**files, **exercise.case.helpers}))


def _problem(error: Exception) -> str:
    if isinstance(error, DebugdiffError):
        return error.message
    return f"debugdiff itself failed; please report this ({type(error).__name__}: {error})."


def localise(exercise: Exercise, handed_in: HandedIn) -> Localisation | None:
    """How well the guesses found a right line; `None` without a guess."""
    text = (handed_in.files or {}).get(PROGRAM, exercise.mutant.source)
    ranks = [_rank(exercise, guess, text) for guess in handed_in.guesses]
    if not ranks:
        return None
    tries = ranks.index(0) + 1 if 0 in ranks else None
    return Localisation(first=ranks[0], tries=tries)


def _rank(exercise: Exercise, guess: GuessedLine, text: str) -> int | None:
    program = text if guess.program is None else guess.program
    if not 0 < guess.line <= len(split_lines(program)):
        return None
    return rank_of(exercise, given_line(exercise.mutant.source, program, guess.line))


def _found_in(localisation: Localisation | None) -> str:
    if localisation is None:
        return "No line was guessed."
    if localisation.tries is None:
        return "The line was not found."
    return f"The line was found with guess {localisation.tries}."


def best_of(grades: Iterable[Grade]) -> tuple[Grade, ...]:
    """One grade per student and exercise: the best of several, which then says so."""
    groups: dict[tuple[str, str], list[Grade]] = defaultdict(list)
    for grade in grades:
        groups[grade.student, grade.exercise].append(grade)
    return tuple(map(_best, groups.values()))


def _best(grades: Sequence[Grade]) -> Grade:
    best = max(grades, key=lambda grade: -1.0 if grade.score is None else grade.score)
    if len(grades) == 1:
        return best
    others = ", ".join(dict.fromkeys(each.source for each in grades))
    note = f" (The best of {len(grades)} submissions: {others}.)"
    return replace(best, reason=best.reason + note)
