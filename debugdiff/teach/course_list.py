"""The list of a course in a learner's folder, `course.json`: found, read and proven."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from debugdiff.errors import DebugdiffError
from debugdiff.records import describe_damage
from debugdiff.teach.course import newer_form
from debugdiff.teach.model import COURSE_SCHEMA, FrameworkChoice
from debugdiff.teach.workspace import LIST_FILE, Listed, Workspace


def open_workspace(where: Path | None = None) -> Workspace:
    """The course that a folder is in.

    Raises:
        DebugdiffError: `course-missing`, `course-list` if its list is damaged, `course-newer`.
    """
    start = (where or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        path = folder / LIST_FILE
        if path.is_file():
            return _read_file(path)
    raise DebugdiffError(
        f"{start} is not inside a course.",
        hint="Start one: `debugdiff teach start first-steps`; then cd into its folder.",
        slug="course-missing",
    )


def _read_file(path: Path) -> Workspace:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, describe_damage(error)) from error
    return read_list(text, path)


def read_list(text: str, path: Path) -> Workspace:
    """The course that the text of a `course.json` describes; `path` is where it stands.

    Raises:
        DebugdiffError: `course-list` if it is damaged, `course-newer`.
    """
    try:
        facts: dict[str, Any] = json.loads(text)
        schema = facts["schema"]
        if schema > COURSE_SCHEMA:
            raise newer_form(path, schema)
        workspace = Workspace(
            folder=path.parent,
            course=facts["course"],
            framework=FrameworkChoice(facts["framework"]),
            listed=tuple(Listed(id=one["id"], folder=one["folder"]) for one in facts["exercises"]),
            study=bool(facts.get("study", True)),
            handed_out=bool(facts.get("handed_out", False)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, describe_damage(error)) from error
    if not workspace.listed:
        raise _damaged(path, "it names no exercise")
    names = (workspace.course, *(each.id for each in workspace.listed))
    if not all(isinstance(name, str) for name in names):
        raise _damaged(path, "a name in it is not text")
    strange = next((each.folder for each in workspace.listed if not _is_name(each.folder)), None)
    if strange is not None:
        raise _damaged(path, f"{strange!r} is not a folder name")
    identities = [each.id for each in workspace.listed]
    twice = next((each for each in identities if identities.count(each) > 1), None)
    if twice is not None:
        raise _damaged(path, f"two exercises have the id {twice}")
    return workspace


def _is_name(folder: object) -> bool:
    """Whether it names a folder beside the list: nothing is written elsewhere."""
    return isinstance(folder, str) and re.fullmatch(r"(?!\.+$)[^/\\:\0]+", folder) is not None


def _damaged(path: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{path} cannot be read: {problem}.",
        hint="Put it back, or start the course in another folder and copy your programs there.",
        slug="course-list",
    )
