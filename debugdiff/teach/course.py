"""From a `course.toml` to exercises: read, checked, resolved to programs, put in order."""

from __future__ import annotations

import difflib
import tomllib
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from debugdiff.bugs import load_catalogue
from debugdiff.cases import find_case
from debugdiff.errors import DebugdiffError
from debugdiff.files import digest, read_text, shipped
from debugdiff.inject import inject
from debugdiff.model import Framework, NotApplicable, Stack, Symptom
from debugdiff.records import describe_damage
from debugdiff.teach.model import (
    COURSE_SCHEMA,
    PROGRAM,
    Course,
    CourseEntry,
    Exercise,
    FrameworkChoice,
)
from debugdiff.toml_lines import line_of, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from debugdiff.model import Bug, Case, Implementation

Item = TypeVar("Item")

COURSE_FILE = "course.toml"
STACKS: Mapping[Framework, Stack] = {
    Framework.PYTORCH: Stack.PYTORCH,
    Framework.KERAS: Stack.KERAS_TENSORFLOW,
}
_STAGES = tuple(Symptom)
"""In the order in which a bug is noticed: before it runs, when it is built, ..., not at all."""
_ID_DIGITS = 8


def built_in_courses() -> tuple[Course, ...]:
    """The courses that came with debugdiff, shortest ids first."""
    return tuple(load_course(path) for path in _built_in().values())


def is_built_in(name: str) -> bool:
    """Whether a course of that name came with debugdiff."""
    return name in _built_in()


def _built_in() -> Mapping[str, Path]:
    """The files of the courses that came with debugdiff, by name."""
    paths = sorted((Path(__file__).parent / "courses").glob("*.toml"))
    return {path.stem: path for path in paths}


def find_course(name_or_path: str) -> Course:
    """A built-in course by its name, or any `course.toml` or folder with one by its path.

    Raises:
        DebugdiffError: `course-unknown`, and as `load_course`.
    """
    known = _built_in()
    if name_or_path in known:
        return load_course(known[name_or_path])
    with suppress(OSError, RuntimeError):  # too long for a path, or of a home that is not there
        path = Path(name_or_path).expanduser()
        if path.is_dir():
            path = path / COURSE_FILE
        if path.is_file():
            return load_course(path)
    close = difflib.get_close_matches(name_or_path, known, n=2, cutoff=0.5)
    hint = f"Did you mean {' or '.join(close)}? " if close else ""
    raise DebugdiffError(
        f"There is no course called `{name_or_path}`, and no such file.",
        hint=f"{hint}Built in: {', '.join(sorted(known))}.",
        slug="course-unknown",
    )


def load_course(path: Path) -> Course:
    """Read a `course.toml`.

    Raises:
        DebugdiffError: `course-newer` for a newer form; `course-toml` names the file, the line and
            the key.
    """
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(path, describe_damage(error)) from error
    try:
        table = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise _broken(path, f"it is not TOML: {error}") from error
    schema = table.pop("schema", COURSE_SCHEMA)
    if not isinstance(schema, int) or schema > COURSE_SCHEMA:
        raise newer_form(path, schema)
    folder = path.parent
    table.setdefault("name", folder.name if path.name == COURSE_FILE else path.stem)
    table["entries"] = table.pop("exercise", [])
    course = _validated(path, text, table)
    return replace(
        course,
        bugs=tuple(str(folder / each) for each in course.bugs),
        entries=tuple(
            replace(entry, case=str(folder / entry.case))
            if (folder / entry.case).is_dir()
            else entry
            for entry in course.entries
        ),
    )


def newer_form(path: Path, schema: object, known: int = COURSE_SCHEMA) -> DebugdiffError:
    """What is said of a file of a course that a later debugdiff wrote."""
    return DebugdiffError(
        f"{path} has format {schema}; this debugdiff knows formats up to {known}.",
        hint="It comes from a newer debugdiff: pip install --upgrade debugdiff",
        slug="course-newer",
    )


def _validated(path: Path, text: str, table: Mapping[str, Any]) -> Course:
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - slow to import

    adapter = TypeAdapter(Course)
    try:
        return adapter.validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        keys = ["exercise" if key == "entries" else key for key in first["loc"]]
        line = line_of(text, keys)
        where = ".".join(str(key) for key in keys)
        raise _broken(path, f"`{where}`: {first['msg']}", line) from error


def _broken(path: Path, problem: str, line: int | None = None) -> DebugdiffError:
    place = f"{path}:{line}" if line else f"{path}"
    return DebugdiffError(
        f"{place} is not a course: {problem}.",
        hint="docs/teaching.md describes a course.toml.",
        slug="course-toml",
    )


# --- exercises ---------------------------------------------------------------------------------


def exercises(
    course: Course, choice: FrameworkChoice = FrameworkChoice.MIXED
) -> tuple[Exercise, ...]:
    """The exercises of a course in one framework or in both, in the order to work through.

    Ordered by stage of detection, then difficulty; within the same, categories take turns. An
    entry that has no program in the framework is left out. With `mixed` the frameworks take turns.

    Raises:
        DebugdiffError: `course-bug` if a bug is unknown or does not fit its program, `course-id` if
            two exercises are the same; `CaseError` if a case is not usable.
    """
    chosen = [
        exercise
        for turn, entry in enumerate(_in_order(course))
        if (exercise := _exercise(course, entry, _framework(entry, choice, turn))) is not None
    ]
    _check_ids(course, chosen)
    return tuple(
        replace(each, number=number, folder=_folder(number, each.case))
        for number, each in enumerate(chosen, start=1)
    )


def identities(course: Course) -> tuple[str, ...]:
    """The ids of its exercises in every framework."""
    return tuple(
        exercise_id(course, entry, framework)
        for entry in course.entries
        for framework in entry.programs
    )


def catalogue_of(course: Course) -> Mapping[str, Bug]:
    """Every bug that a course can name, by id: those shipped, and its author's own."""
    return _catalogue(course.bugs)


def find_exercise(course: Course, identity: str) -> Exercise | None:
    """An exercise by its id, whichever framework it is in; its number is 0."""
    for entry in course.entries:
        for framework in entry.programs:
            if exercise_id(course, entry, framework) == identity:
                return _exercise(course, entry, framework)
    return None


def exercise_id(course: Course, entry: CourseEntry, framework: Framework) -> str:
    """Opaque and stable, wherever the course lies: a hash that its salt is part of."""
    program, case = entry.programs[framework], Path(entry.case).name
    facts = (course.salt, course.name, case, entry.bug, framework.value, program)
    return digest(*facts)[:_ID_DIGITS]


def _framework(entry: CourseEntry, choice: FrameworkChoice, turn: int) -> Framework | None:
    available = [each for each in Framework if each in entry.programs]
    if choice is FrameworkChoice.MIXED:
        return available[turn % len(available)] if available else None
    wanted = Framework(choice.value)
    return wanted if wanted in available else None


def _exercise(course: Course, entry: CourseEntry, framework: Framework | None) -> Exercise | None:
    if framework is None:
        return None
    case, bug = find_case(entry.case), _bug(course, entry)
    healthy = _implementation(course, entry, case, framework)
    mutant = inject(healthy, bug)
    if isinstance(mutant, NotApplicable):
        raise _unusable(
            course, f"`{bug.id}` does not fit {case.name}/{healthy.name}: {mutant.reason}"
        )
    twins = [other for other in entry.programs if other is not framework]
    return Exercise(
        id=exercise_id(course, entry, framework),
        number=0,
        folder=_folder(0, case),
        case=case,
        implementation=replace(healthy, path=healthy.path.with_name(PROGRAM)),
        bug=bug,
        mutant=mutant,
        stack=STACKS[framework],
        size=entry.size,
        seed=entry.seed,
        minutes=entry.minutes,
        twin=exercise_id(course, entry, twins[0]) if twins else "",
        fixes=tuple(fix for fix in entry.fix if fix.framework is framework),
    )


def _implementation(
    course: Course, entry: CourseEntry, case: Case, framework: Framework
) -> Implementation:
    name = entry.programs[framework]
    healthy = next((each for each in case.implementations if each.name == name), None)
    if healthy is None or healthy.framework is not framework:
        raise _unusable(course, f"{case.name} has no {framework} program called `{name}`")
    return healthy


def _bug(course: Course, entry: CourseEntry) -> Bug:
    bug = catalogue_of(course).get(entry.bug)
    if bug is None:
        raise _unusable(course, f"there is no bug `{entry.bug}`")
    return replace(bug, symptom={**bug.symptom, **entry.symptom})


@cache
def _catalogue(own: tuple[str, ...]) -> Mapping[str, Bug]:
    folders = [shipped("injected_bugs"), *map(Path, own)]
    return {bug.id: bug for bug in load_catalogue(folders)}


def _in_order(course: Course) -> Iterator[CourseEntry]:
    """By stage of detection, then difficulty; of the same ones, categories take turns."""
    groups: dict[tuple[int, int], list[tuple[str, CourseEntry]]] = defaultdict(list)
    for entry in course.entries:
        bug = _bug(course, entry)
        stage = min(_STAGES.index(bug.symptom.get(each, Symptom.SILENT)) for each in entry.programs)
        groups[stage, bug.difficulty].append((bug.category, entry))
    for key in sorted(groups):
        yield from taking_turns(groups[key])


def taking_turns(entries: Iterable[tuple[str, Item]]) -> Iterator[Item]:
    """Things with their categories, reordered so that categories take turns."""
    queues: dict[str, deque[Item]] = defaultdict(deque)
    for category, entry in entries:
        queues[category].append(entry)
    while any(queues.values()):
        for queue in queues.values():
            if queue:
                yield queue.popleft()


def _check_ids(course: Course, chosen: Sequence[Exercise]) -> None:
    known: dict[str, Exercise] = {}
    for exercise in chosen:
        other = known.setdefault(exercise.id, exercise)
        if other is not exercise:
            raise DebugdiffError(
                f"The course {course.name} has two exercises with the id {exercise.id}.",
                hint=f"`{exercise.bug.id}` in {exercise.case.name} is listed there twice.",
                slug="course-id",
            )


def _folder(number: int, case: Case) -> str:
    return f"{number:02}-{case.name.replace('_', '-')}"


def _unusable(course: Course, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"The course {course.name} cannot be used: {problem}.",
        hint="Correct its course.toml; `debugdiff bugs list` names every bug.",
        slug="course-bug",
    )
