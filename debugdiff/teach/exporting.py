"""A course as it is given out: one folder, or one for each student."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.files import to_json, write_atomically
from debugdiff.teach.handout import REFERENCE_FILE, Sheets, sheet_of
from debugdiff.teach.workspace import Listed, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from debugdiff.teach.model import Course, Exercise, FrameworkChoice, Reference


def hand_out(
    course: Course,
    chosen: Sequence[Exercise],
    folder: Path,
    choice: FrameworkChoice,
    reference: Callable[[Exercise], Reference],
) -> Workspace:
    """Write a course into a new folder, without any answer.

    Args:
        course: with its answers.
        chosen: its exercises, as they are to be given out.
        folder: where they go; there is nothing in it.
        choice: the framework that they were chosen by.
        reference: what the healthy program of an exercise did.
    """
    workspace = Workspace(
        folder=folder.resolve(),
        course=course.name,
        framework=choice,
        listed=tuple(Listed(id=each.id, folder=each.folder) for each in chosen),
        handed_out=True,
    )
    sheets = Sheets(
        exercises=tuple(
            sheet_of(each, workspace.log.keep(each.given), reference(each)) for each in chosen
        )
    )
    write_atomically(workspace.folder / REFERENCE_FILE, to_json(sheets) + "\n")
    workspace.lay_out_all(course, chosen)
    return workspace
