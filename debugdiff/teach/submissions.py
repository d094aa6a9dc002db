"""Who handed in what: students below a folder, and of each the programs and guesses by exercise.

A student is a folder, a zip, a notebook or an answers file; its stem is the name. What cannot be
read becomes a reason of that student, never the end of the others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from debugdiff.errors import DebugdiffError
from debugdiff.records import describe_damage
from debugdiff.teach.attempts import LOG_FILE, STATES, progress_of, read_log
from debugdiff.teach.course_list import read_list
from debugdiff.teach.model import PROGRAM, EventType
from debugdiff.teach.notebook import read_notebook
from debugdiff.teach.reading import read_tree
from debugdiff.teach.workspace import LIST_FILE, MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from debugdiff.teach.attempts import ReadLog
    from debugdiff.teach.model import Event, FrameworkChoice, Progress
    from debugdiff.teach.workspace import Workspace

ANSWERS_SCHEMA = 1
_ANSWERS = "answers"
_TABLES = frozenset({".csv", ".tsv", ".xlsx", ".ods", ".txt", ".md", ".toml"})
"""What lies beside submissions: rosters, notes, the course."""

_NOT_CONTENT = frozenset({LIST_FILE, "reference.json", "package.json"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessedLine:
    """A line of `program.py` that a student named, and the program as it was then, if known."""

    line: int
    program: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """What one student handed in of one exercise.

    Attributes:
        exercise: its id, as it was handed in: it may belong to no course.
        files: Python files, relative name to text; `None` if only guesses are asked for.
        guesses: in their order.
        reason: why it cannot be judged; empty if it can.
    """

    exercise: str
    files: Mapping[str, str] | None = None
    guesses: tuple[GuessedLine, ...] = ()
    checks: int = 0
    hints: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What one student handed in.

    Attributes:
        source: the name of the file or folder that it was read from.
        listed: ids of exercises that were given out to him, as far as it is known.
        choices: the frameworks that the courses were given out in.
        notes: sentences on what was left aside, such as damaged lines of a log.
        reason: why nothing of it could be read; empty if something could.
    """

    student: str
    source: str
    handed_in: tuple[HandedIn, ...] = ()
    listed: tuple[str, ...] = ()
    choices: tuple[FrameworkChoice, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""


@dataclass(slots=True)
class _Found:
    """What has been found of one submission so far; `aside`: what matters if that is nothing."""

    handed_in: list[HandedIn] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    choices: list[FrameworkChoice] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    student: str = ""


def find_submissions(path: Path) -> tuple[Path, ...]:
    """The submissions below a path, in the order of their names; the path itself may be one.

    Raises:
        DebugdiffError: `submissions-missing`.
    """
    try:
        if path.is_file() or any((path / name).is_file() for name in (LIST_FILE, MARK)):
            return (path,)
        found = sorted(each for each in path.iterdir() if _is_one(each)) if path.is_dir() else []
    except OSError as error:
        raise DebugdiffError(
            f"{path} cannot be read: {describe_damage(error)}.",
            hint="Name another folder, or check its permissions.",
            slug="submissions-missing",
        ) from error
    if not found:
        raise DebugdiffError(
            f"There are no submissions in {path}.",
            hint="Put one folder, .zip, .ipynb or answers file (.json) per student there.",
            slug="submissions-missing",
        )
    return tuple(found)


def passed_over(path: Path) -> tuple[str, ...]:
    """Names of files beside submissions that may be one, in a form that cannot be read."""
    if not path.is_dir() or find_submissions(path) == (path,):
        return ()
    others = (each for each in path.iterdir() if not _is_one(each) and not _is_hidden(each))
    return tuple(sorted(each.name for each in others if each.suffix.lower() not in _TABLES))


def _is_one(path: Path) -> bool:
    is_kind = path.is_dir() or path.suffix.lower() in {".zip", ".ipynb", ".json"}
    return is_kind and not _is_hidden(path)


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "__"))


def read_submission(path: Path) -> Submission:
    """What a student handed in. It raises nothing: what cannot be read has its reason."""
    name = (path.name if path.is_dir() else path.stem).encode("utf-8", "replace").decode()
    plain = Submission(student=name, source=path.name.encode("utf-8", "replace").decode())
    try:
        found = _read(read_tree(path))
    except DebugdiffError as error:
        return replace(plain, reason=error.message)
    except OSError as error:
        return replace(plain, reason=f"{plain.source} cannot be read: {describe_damage(error)}.")
    student = found.student if name.startswith(_ANSWERS) and found.student else name
    is_empty = not found.handed_in and not found.listed
    problem = "; ".join(found.notes) or f"No part of a course was found in {plain.source}"
    return replace(
        plain,
        student=student,
        handed_in=tuple(found.handed_in),
        listed=tuple(found.listed),
        choices=tuple(found.choices),
        notes=tuple(found.notes),
        reason=f"{problem.rstrip('.')}." if is_empty else "",
    )


def _read(tree: Mapping[str, bytes]) -> _Found:
    found = _Found()
    roots = [str(PurePosixPath(name).parent) for name in _named(tree, LIST_FILE)]
    for root in roots:
        _read_course(tree, root, found)
    inside = [f"{root}/" for root in roots if root != "."]
    for name in _named(tree, MARK):
        if "." not in roots and not name.startswith(tuple(inside)):
            identity = _text(tree[name]).strip()
            _add_folder(tree, identity, PurePosixPath(name).parent, found)
    for name, data in tree.items():
        if name.endswith(".ipynb"):
            _read_notebook(name, _text(data), found)
        elif _may_hold_answers(PurePosixPath(name)):
            _read_answers(name, _text(data), found)
    if not found.handed_in and not found.listed:
        found.notes += found.aside
    if not found.handed_in and not found.listed and _named(tree, PROGRAM):
        found.notes.append(
            f"{_named(tree, PROGRAM)[0]} belongs to no exercise:"
            f" {LIST_FILE} and {MARK} were not handed in"
        )
    return found


def _may_hold_answers(path: PurePosixPath) -> bool:
    return path.suffix == ".json" and path.name not in _NOT_CONTENT and STATES not in path.parts


def _named(tree: Mapping[str, bytes], name: str) -> list[str]:
    return [each for each in tree if PurePosixPath(each).name == name]


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")


# --- folders of a course -------------------------------------------------------------------------


def _read_course(tree: Mapping[str, bytes], root: str, found: _Found) -> None:
    """A folder as `teach start` writes it; folders of exercises may have been renamed."""
    base = PurePosixPath(root)
    workspace = read_list(_text(tree[str(base / LIST_FILE)]), Path(root) / LIST_FILE)
    log = _log(tree, base, found)
    progress = progress_of(log.events)
    folders = _folders(tree, base, workspace)
    found.listed += [each.id for each in workspace.listed]
    found.choices.append(workspace.framework)
    for identity, folder in folders.items():
        _add_folder(tree, identity, folder, found, progress.get(identity))
        guesses = _guesses(tree, base, log.events, identity)
        found.handed_in[-1] = replace(found.handed_in[-1], guesses=guesses)


def _log(tree: Mapping[str, bytes], base: PurePosixPath, found: _Found) -> ReadLog:
    log = read_log(_text(tree.get(str(base / LOG_FILE), b"")), LOG_FILE)
    if log.damaged:
        lines = ", ".join(map(str, log.damaged[:5]))
        found.notes.append(f"{LOG_FILE}: {len(log.damaged)} damaged lines were ignored ({lines})")
    return log


def _folders(
    tree: Mapping[str, bytes], base: PurePosixPath, workspace: Workspace
) -> Mapping[str, PurePosixPath]:
    """By the mark in them, else by the name in the list: some ways of sending drop hidden files."""
    marked = {
        _text(tree[name]).strip(): PurePosixPath(name).parent
        for name in _named(tree, MARK)
        if PurePosixPath(name).is_relative_to(base)
    }
    by_name = {
        each.id: base / each.folder
        for each in workspace.listed
        if any(PurePosixPath(name).is_relative_to(base / each.folder) for name in tree)
    }
    return {**by_name, **marked}


def _guesses(
    tree: Mapping[str, bytes], base: PurePosixPath, events: Iterable[Event], exercise: str
) -> tuple[GuessedLine, ...]:
    """By place in the log: clocks may go backwards."""
    return tuple(
        GuessedLine(line=int(line), program=_program_of(tree, base, event.state))
        for event in events
        if event.exercise == exercise and event.event is EventType.GUESSED
        for line in [event.guess.rpartition(":")[2]]
        if line.isdecimal() and len(line) < 7  # noqa: PLR2004 - no program has so many lines
    )


def _program_of(tree: Mapping[str, bytes], base: PurePosixPath, state: str) -> str | None:
    data = tree.get(str(base / STATES / f"{state}.json"), b"null")
    try:
        files = json.loads(_text(data))
    except (ValueError, RecursionError):
        return None
    text = files.get(PROGRAM) if isinstance(files, dict) else None
    return text if isinstance(text, str) else None


def _add_folder(
    tree: Mapping[str, bytes],
    identity: str,
    folder: PurePosixPath,
    found: _Found,
    progress: Progress | None = None,
) -> None:
    files, reason = {}, ""
    for name, data in tree.items():
        path = PurePosixPath(name)
        if path.suffix == ".py" and path.is_relative_to(folder):
            try:
                files[str(path.relative_to(folder))] = data.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                reason = f"{name} is not UTF-8 text: {error.reason}."
    found.handed_in.append(
        HandedIn(
            exercise=identity,
            files=files,
            checks=progress.checks if progress else 0,
            hints=progress.hints if progress else 0,
            reason=reason,
        )
    )


# --- notebooks and answers files -----------------------------------------------------------------


def _read_notebook(name: str, text: str, found: _Found) -> None:
    try:
        answer = read_notebook(text)
    except DebugdiffError as error:
        found.notes.append(f"{name}: {error.message}")
        return
    guesses = tuple(GuessedLine(line=line) for line in answer.guess)
    files = {PROGRAM: answer.program}
    found.handed_in.append(HandedIn(exercise=answer.exercise, files=files, guesses=guesses))


def _read_answers(name: str, text: str, found: _Found) -> None:
    """An answers file of a graded page: `{"schema": 1, "answers": [{"exercise", "guess"}]}`.

    An answer may hold the `program` that was shown: lines of one with decoys are other ones.
    """
    try:
        facts: Any = json.loads(text)
        if not isinstance(facts, dict) or "answers" not in facts:
            found.aside.append(f"{name} is not an answers file")
            return
        if facts["schema"] > ANSWERS_SCHEMA:
            found.notes.append(f"{name} comes from a newer debugdiff (format {facts['schema']})")
            return
        answers = [_answer(one) for one in facts["answers"]]
        student = str(facts.get("student") or "")
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        found.notes.append(f"{name} is not a complete answers file: {describe_damage(error)}")
        return
    found.student = found.student or student.strip()
    found.handed_in += answers


def _answer(one: Mapping[str, Any]) -> HandedIn:
    guessed = one["guess"] if isinstance(one["guess"], list) else [one["guess"]]
    program = str(one["program"]) if "program" in one else None
    lines = tuple(GuessedLine(line=int(line), program=program) for line in guessed)
    return HandedIn(exercise=str(one["exercise"]), guesses=lines)


def students(path: Path) -> Iterator[Submission]:
    """Every submission below a path, read one after the other."""
    yield from map(read_submission, find_submissions(path))
