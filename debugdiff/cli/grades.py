"""Grading a class from the command line: hosts without a network, progress, files of grades."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.cli.console import say
from debugdiff.cli.pages import write_page
from debugdiff.cli.selection import processors
from debugdiff.config import default_store
from debugdiff.errors import DebugdiffError
from debugdiff.execute.hosts import can_isolate
from debugdiff.execute.pool import Pool
from debugdiff.files import digest, require_place, to_json
from debugdiff.model import Sandbox
from debugdiff.report.layout import count_of
from debugdiff.teach import gradebook
from debugdiff.teach.course import find_course
from debugdiff.teach.file_names import file_names
from debugdiff.teach.grading import Grader, best_of
from debugdiff.teach.judge import Judge
from debugdiff.teach.submissions import find_submissions, passed_over, read_submission
from debugdiff.teach.verdicts import Verdicts
from debugdiff.teach.views import clean
from debugdiff.teach.workspace import some_exercises
from debugdiff.worker.process.sandbox import describe_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from debugdiff.cli.teach_grade import GradeFiles, Judging
    from debugdiff.teach.grading import Grade
    from debugdiff.teach.model import Course
    from debugdiff.teach.submissions import Submission

_RESULTS = frozenset({"", ".csv", ".tsv", ".txt", ".xml", ".json"})
_NAMED = 5
"""Names in a warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """What was graded, and whether that is all."""

    grades: tuple[Grade, ...]
    is_all: bool


def grade_all(course: str, submissions: Path, judging: Judging, writer: GradeWriter) -> Graded:
    """Judge every submission, and write what there is after each; also when it is stopped.

    Then every verdict is kept until the same submissions have been graded to the end.

    Raises:
        DebugdiffError: as `find_course`, `find_submissions` and `some_exercises`; StackError.
    """
    found, paths = find_course(course), find_submissions(submissions)
    if judging.framework is not None:
        some_exercises(found, judging.framework)
    writer.check(len(paths), submissions)
    _warn_of(passed_over(submissions))
    verdicts = Verdicts(_unfinished(found, submissions))
    if verdicts.found_before:
        say(f"{count_of(verdicts.found_before, 'program')} judged before the interruption.")
    grades: tuple[Grade, ...] = ()
    done = 0
    try:
        with _judge(judging.jobs, judging.sandbox) as judge:
            choice, seconds = judging.framework, judging.seconds
            grader = Grader(found, judge, choice=choice, seconds=seconds, verdicts=verdicts)
            for grades in _graded(grader, paths):
                done += 1
                writer.write_long(grades)
    except KeyboardInterrupt:
        counted = f"Interrupted: {done} of {count_of(len(paths), 'submission')}"
        say(f"{counted} graded. The same command continues from here.")
    finally:
        writer.write_others(grades)
    if done == len(paths):
        verdicts.forget()
    return Graded(grades=grades, is_all=done == len(paths))


def _warn_of(names: Sequence[str]) -> None:
    if names:
        shown = ", ".join(map(clean, names[:_NAMED])) + ", ..." * (len(names) > _NAMED)
        say(f"Not read: {shown}. A submission is a folder, .zip, .ipynb or answers file (.json).")


def _unfinished(course: Course, submissions: Path) -> Path:
    """Where verdicts are kept while submissions are being graded."""
    name = digest(course.name, str(submissions.resolve()))[:16]
    return default_store().parent / "grading" / f"{name}.jsonl"


def _require_result(path: Path, handed_in: Path) -> None:
    """Nothing that somebody wrote may be lost to a slip in `-o`.

    Raises:
        DebugdiffError: `output-unwritable`.
    """
    is_input = path.resolve().is_relative_to(handed_in.resolve())
    if is_input or (path.is_file() and path.suffix.lower() not in _RESULTS):
        raise DebugdiffError(
            f"`{path}` would be overwritten: it is "
            + ("among what was handed in." if is_input else "not a file of results."),
            hint="Name another file, such as grades.csv beside the submissions.",
            slug="output-unwritable",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeWriter:
    """Where grades are written. Whatever was graded is there, even after Ctrl-C."""

    files: GradeFiles

    def check(self, submissions: int, handed_in: Path) -> None:
        """Before anything runs, see that every file has a folder, and holds one student if it must.

        No result is written over what was handed in, or over a program or a course.

        Raises:
            DebugdiffError: `output-unwritable`, `results-many`.
        """
        files = self.files
        single = [path for path in (files.output, files.wide, files.junit) if path is not None]
        for file in single:
            require_place(file)
            _require_result(file, handed_in)
        if len({path.resolve() for path in single}) < len(single):
            raise DebugdiffError(
                "Two results would be written to one file.",
                hint="Give -o, --wide and --junit different files.",
                slug="output-unwritable",
            )
        for path in (files.gradescope, files.classroom50):
            if path is not None and path.suffix == ".json":
                require_place(path)
                if submissions > 1:
                    raise DebugdiffError(
                        f"`{path}` can hold one student's result: there are {submissions}.",
                        hint="Name a folder, not a .json file: it gets one file per student.",
                        slug="results-many",
                    )
            elif path is not None and path.exists() and not path.is_dir():
                raise DebugdiffError(
                    f"`{path}` cannot be written: it is not a folder.",
                    hint="Name a folder, which gets a file for each student, or a .json file.",
                    slug="output-unwritable",
                )

    def write_long(self, grades: Sequence[Grade]) -> None:
        """The CSV with a row per student and exercise."""
        if self.files.output is not None:
            write_page(self.files.output, gradebook.long_table(grades))

    def write_others(self, grades: Sequence[Grade]) -> None:
        """What is written once."""
        if self.files.wide is not None:
            write_page(self.files.wide, gradebook.wide_table(grades))
        students = gradebook.by_student(grades)
        if self.files.junit is not None:
            write_page(self.files.junit, gradebook.junit(students))
        if self.files.gradescope is not None:
            _write_each(self.files.gradescope, students, gradebook.gradescope)
        if self.files.classroom50 is not None:
            _write_each(
                self.files.classroom50,
                students,
                lambda mine: gradebook.classroom50(mine, os.environ),
            )


def _write_each(
    path: Path,
    students: Mapping[str, Sequence[Grade]],
    made: Callable[[Sequence[Grade]], Mapping[str, object]],
) -> None:
    """One file for the only student, or one each in a folder."""
    names = file_names(students)
    for student, mine in students.items():
        target = path if path.suffix == ".json" else path / f"{names[student]}.json"
        write_page(target, to_json(made(mine), indent=2) + "\n")


@contextmanager
def _judge(jobs: int | None, sandbox: Sandbox) -> Iterator[Judge]:
    """A judge whose programs have no network and change no files, where the system can do that."""
    is_isolated = sandbox is not Sandbox.OFF
    if is_isolated and not can_isolate():
        say("Programs can use a network but for TCP: `unshare` cannot take it away here.")
    say(f"The sandbox ({sandbox}) stops {describe_sandbox(sandbox, isolated=is_isolated)}.")
    with (
        Pool(slots=jobs or processors(), isolated=is_isolated, sandbox=sandbox) as pool,
        Judge(pool=pool, cache=default_store()) as judge,
    ):
        yield judge


def _graded(grader: Grader, paths: Sequence[Path]) -> Iterator[tuple[Grade, ...]]:
    """All grades so far, after each submission; what is going on is said on stderr."""
    submissions = [read_submission(path) for path in paths]
    count = grader.warm_up(submissions)
    say(f"{count_of(len(submissions), 'submission')}, {count_of(count, 'exercise')}.")
    _warn(grader, submissions)
    grades: tuple[Grade, ...] = ()
    for number, submission in enumerate(submissions, start=1):
        mine = grader.grade(submission)
        grades = best_of((*grades, *mine))
        total = sum(each.score or 0.0 for each in mine)
        unjudged = sum(not each.is_judged for each in mine)
        line = f"{number}/{len(submissions)}  {submission.student}: {total:g} of {len(mine)}"
        yield grades  # before it is said: what is said was written
        say(clean(line + (f", {unjudged} not judged" if unjudged else "")))


def _warn(grader: Grader, submissions: Sequence[Submission]) -> None:
    """Say it before anything runs: the course or the framework may be named wrongly."""
    groups: dict[str, list[str]] = defaultdict(list)
    for each in submissions:
        groups[grader.mismatch(each)].append(each.student)
    groups.pop("", None)
    for problem, names in groups.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        named = ", ".join(names[:_NAMED]) + more
        said = "submission is" if len(names) == 1 else "submissions are"
        say(clean(f"warning: {len(names)} {said} {problem}: {named}."))
