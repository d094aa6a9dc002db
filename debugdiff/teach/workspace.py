"""A course in a learner's folder: one folder per exercise, a list of them, a log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff import __version__
from debugdiff.errors import DebugdiffError
from debugdiff.files import to_json, write_atomically, written_whole
from debugdiff.records import describe_damage
from debugdiff.teach.attempts import LOG_FILE, STATES, AttemptLog
from debugdiff.teach.course import exercises, find_course, find_exercise, is_built_in
from debugdiff.teach.handout import REFERENCE_FILE, exercise_of, read_sheets
from debugdiff.teach.instructions import course_readme, exercise_readme
from debugdiff.teach.model import COURSE_SCHEMA, PROGRAM, Exercise, FrameworkChoice
from debugdiff.teach.states import state_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.teach.handout import Sheet
    from debugdiff.teach.model import Course, HandOutForm

LIST_FILE = "course.json"
MARK = ".exercise"
"""In each exercise's folder, its id: a folder may be moved or renamed."""

_MAXIMUM_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One exercise of a `course.json`."""

    id: str
    folder: str


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A learner's folder.

    Attributes:
        course: the course's name or path, as it was started.
        study: whether the log keeps more than progress needs.
        handed_out: whether it was given out without answers; see `debugdiff.teach.handout`.
    """

    folder: Path
    course: str
    framework: FrameworkChoice
    listed: tuple[Listed, ...]
    study: bool = True
    handed_out: bool = False

    @cached_property
    def source(self) -> Course:
        """The course, with its answers."""
        return find_course(self.course)

    @cached_property
    def log(self) -> AttemptLog:
        """Its log."""
        return AttemptLog(self.folder, study=self.study)

    def exercise(self, listed: Listed) -> Exercise:
        """An exercise: with its answer, unless it was handed out.

        Raises:
            DebugdiffError: as `outline`; `reference` if the files that were handed out are gone.
        """
        if self.handed_out and self._given(listed) is None:
            raise DebugdiffError(
                f"The original files of exercise {listed.folder} are missing from {self.folder}.",
                hint=f"Copy the folder `{STATES}` from what you were given. Yours is kept.",
                slug="reference",
            )
        return self.outline(listed)

    def outline(self, listed: Listed) -> Exercise:
        """What an exercise is about, for a list or a hint: its files are empty if they are gone.

        Raises:
            DebugdiffError: `exercise-unknown` if the course that is installed has it no more; as
                `read_sheets`.
        """
        if self.handed_out:
            found = self._handed_out(listed)
        else:
            found = find_exercise(self.source, listed.id)
        if found is None:
            raise DebugdiffError(
                f"The course {self.course} no longer has an exercise {listed.id}.",
                hint="It was started with another version of the course: start it again.",
                slug="exercise-unknown",
            )
        number = self.listed.index(listed) + 1
        return replace(found, number=number, folder=listed.folder)

    @cached_property
    def _sheets(self) -> Mapping[str, Sheet]:
        return read_sheets(self.folder / REFERENCE_FILE)

    def _handed_out(self, listed: Listed) -> Exercise | None:
        sheet = self._sheets.get(listed.id)
        if sheet is None:
            return None
        return exercise_of(sheet, self.folder / listed.folder, self._given(listed) or {})

    def _given(self, listed: Listed) -> Mapping[str, str] | None:
        """The files as they were handed out: kept, or still untouched in the exercise's folder."""
        sheet = self._sheets.get(listed.id)
        if sheet is None:
            return {}
        kept = self.log.files_of(sheet.given)
        return self._untouched(listed, sheet.given) if kept is None else kept

    def _untouched(self, listed: Listed, given: str) -> Mapping[str, str] | None:
        try:
            files = self.files(listed)
        except DebugdiffError:
            return None
        return files if state_of(files) == given else None

    def find(self, name: str | None, where: Path | None = None) -> Listed | None:
        """An exercise by number, id or folder; by default the one whose folder this is.

        Raises:
            DebugdiffError: `exercise-unknown`.
        """
        if name is None:
            return self._here(where or Path.cwd())
        mark = _mark_of(self.folder / name)
        for number, listed in enumerate(self.listed, start=1):
            names = (str(number), f"{number:02}", listed.id, listed.folder)
            if name.strip("/") in names or mark == listed.id:
                return listed
        raise DebugdiffError(
            f"There is no exercise `{name}` in this course.",
            hint="`debugdiff teach list` shows them. You can use the number.",
            slug="exercise-unknown",
        )

    def _here(self, where: Path) -> Listed | None:
        for folder in (where.resolve(), *where.resolve().parents):
            identity = _mark_of(folder)
            if identity:
                return next((each for each in self.listed if each.id == identity), None)
        return None

    def path(self, listed: Listed) -> Path:
        """The exercise's folder, wherever it was moved to inside the course.

        Raises:
            DebugdiffError: `exercise-folder`.
        """
        usual = self.folder / listed.folder
        if usual.is_dir() and _mark_of(usual) in {"", listed.id}:
            return usual
        for mark in self.folder.glob(f"*/{MARK}"):
            if _mark_of(mark.parent) == listed.id:
                return mark.parent
        raise DebugdiffError(
            f"The folder {usual} is gone.",
            hint=f"`debugdiff teach reset {self.listed.index(listed) + 1}` makes it again.",
            slug="exercise-folder",
        )

    def files(self, listed: Listed) -> Mapping[str, str]:
        """The learner's Python files of an exercise, relative name to text.

        A byte order mark at the beginning of a file is left out, as Python does.

        Raises:
            DebugdiffError: `exercise-folder`, `exercise-file` for one that cannot be read.
        """
        folder = self.path(listed)
        _require_program(folder / PROGRAM)
        found = {}
        for path in sorted(folder.rglob("*.py")):
            if path.is_file() and not path.is_symlink() and path.stat().st_size < _MAXIMUM_BYTES:
                try:
                    found[path.relative_to(folder).as_posix()] = path.read_text(
                        encoding="utf-8-sig"
                    )
                except (OSError, UnicodeDecodeError) as error:
                    raise DebugdiffError(
                        f"{path} cannot be read: {describe_damage(error)}.",
                        hint="Save it as UTF-8 text, or `debugdiff teach undo`.",
                        slug="exercise-file",
                    ) from error
        return found

    def write(self, listed: Listed, files: Mapping[str, str]) -> None:
        """Put files into an exercise's folder, which is made if it is gone.

        Raises:
            DebugdiffError: `exercise-folder` if it cannot be written, or lies elsewhere.
        """
        try:
            folder = self.path(listed)
        except DebugdiffError:
            folder = self.folder / listed.folder
            if folder.exists():  # it holds another exercise now
                folder = folder.with_name(f"{listed.folder}-{listed.id}")
        if not folder.resolve().is_relative_to(self.folder.resolve()):
            raise _unwritable(folder, "it is a link to another place")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / MARK, listed.id + "\n")
            for name, text in files.items():
                _keep_unreadable(folder / name)
                write_atomically(folder / name, text)
        except OSError as error:
            raise _unwritable(folder, describe_damage(error)) from error

    def lay_out(self, exercise: Exercise) -> None:
        """Write an exercise as it is given out."""
        listed = Listed(id=exercise.id, folder=exercise.folder)
        self.write(
            listed,
            {**exercise.given, "README.md": exercise_readme(exercise, handed_out=self.handed_out)},
        )

    def lay_out_all(
        self, course: Course, chosen: Sequence[Exercise], form: HandOutForm | None = None
    ) -> None:
        """Write every exercise, a README, an empty log and the list; `form`: as handed out."""
        for exercise in chosen:
            self.lay_out(exercise)
        readme = course_readme(course, chosen, form)
        write_atomically(self.folder / "README.md", readme)
        (self.folder / LOG_FILE).touch()
        self.save()

    def with_twin(self, exercise: Exercise) -> Workspace:
        """The same with an exercise's twin in the other framework at its end, written out.

        At its end, so that no other exercise gets another number.
        """
        twin = find_exercise(self.source, exercise.twin)
        assert twin is not None
        if any(each.id == twin.id for each in self.listed):
            return self
        number = len(self.listed) + 1
        name = exercise.folder.partition("-")[2]
        listed = Listed(id=twin.id, folder=f"{number:02}-{name}-{twin.framework}")
        extended = replace(self, listed=(*self.listed, listed))
        extended.lay_out(replace(twin, number=number, folder=listed.folder))
        extended.save()
        return extended

    def with_study(self, study: bool) -> Workspace:  # noqa: FBT001 - there is one thing to say
        """The same, with a log that keeps more than progress needs, or not."""
        return replace(self, study=study)

    def save(self) -> None:
        """Write `course.json`."""
        facts = {
            "schema": COURSE_SCHEMA,
            "debugdiff": __version__,
            "course": self.course,
            "framework": self.framework,
            "study": self.study,
            "handed_out": self.handed_out,
            "exercises": self.listed,
        }
        write_atomically(self.folder / LIST_FILE, to_json(facts, indent=2) + "\n")


def _keep_unreadable(path: Path) -> None:
    """Put aside what is not UTF-8: the log cannot hold it, so `undo` could not bring it back."""
    try:
        path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        aside = (path.with_name(f"{path.name}.kept-{number}") for number in count(1))
        path.rename(next(each for each in aside if not each.exists()))
    except OSError:
        return  # there is nothing, or nothing that could be kept


def require_new(folder: Path, hint: str) -> None:
    """Nothing is written over what somebody has.

    Raises:
        DebugdiffError: `course-folder` if there is something in the folder already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DebugdiffError(f"{folder} already exists.", hint=hint, slug="course-folder")


def some_exercises(course: Course, choice: FrameworkChoice) -> tuple[Exercise, ...]:
    """The exercises of a course in a framework, at least one.

    Raises:
        DebugdiffError: `course-empty`; as `exercises`.
    """
    chosen = exercises(course, choice)
    if not chosen:
        raise DebugdiffError(
            f"The course {course.name} has no exercise in {choice}.",
            hint="Try --framework mixed.",
            slug="course-empty",
        )
    return chosen


def start_course(
    name: str, folder: Path, choice: FrameworkChoice = FrameworkChoice.MIXED
) -> Workspace:
    """Copy a course into a new folder.

    Raises:
        DebugdiffError: `course-folder` if there is something in the folder already, `course-empty`
            if the course has nothing in that framework; as `find_course`, `exercises` and
            `written_whole`.
    """
    course = find_course(name)
    require_new(
        folder, "Name another folder, or continue in this one: cd into it, then `debugdiff teach`."
    )
    chosen = some_exercises(course, choice)
    given = Path(name).expanduser()
    workspace = Workspace(
        folder=folder.resolve(),
        course=name if is_built_in(name) else str(given.resolve()),
        framework=choice,
        listed=tuple(Listed(id=each.id, folder=each.folder) for each in chosen),
    )
    with written_whole(folder) as out:
        replace(workspace, folder=out).lay_out_all(course, chosen)
    return workspace


def _require_program(path: Path) -> None:
    """What is called as a program is one, or not there."""
    problem = ""
    if path.is_symlink():
        problem = "it is a link"
    elif path.exists() and not path.is_file():
        problem = "it is not a file"
    elif path.exists() and path.stat().st_size >= _MAXIMUM_BYTES:
        problem = f"it is larger than {_MAXIMUM_BYTES // 1_000_000} MB"
    if problem:
        raise DebugdiffError(
            f"{path} was not read: {problem}.",
            hint="Put a file with your program in its place, or `debugdiff teach undo`.",
            slug="exercise-file",
        )


def _unwritable(folder: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{folder} cannot be written: {problem}.",
        hint="Move away what is there, then try again.",
        slug="exercise-folder",
    )


def _mark_of(folder: Path) -> str:
    """The id in an exercise's folder; empty if there is none."""
    path = folder / MARK
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""
    except OSError:
        return ""
