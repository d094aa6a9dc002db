"""A course as it is given out: one folder, or one for each student."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.files import write_atomically
from debugdiff.teach.course import find_exercise
from debugdiff.teach.decoys import decoyed, proven_decoys
from debugdiff.teach.github import WORKFLOW_FILE, workflow
from debugdiff.teach.handout import REFERENCE_FILE, sheet_of, sheets_text
from debugdiff.teach.model import HandOutForm
from debugdiff.teach.notebook import notebook_of
from debugdiff.teach.pages import graded_page, practice_page
from debugdiff.teach.workspace import Listed, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from debugdiff.teach.decoys import Decoy
    from debugdiff.teach.judge import Judge
    from debugdiff.teach.model import (
        Course,
        Exercise,
        FrameworkChoice,
        Reference,
    )


@dataclass(kw_only=True)
class HandOut:
    """A course that is to be given out, to one student or to many.

    Attributes:
        course: with its answers.
        chosen: its exercises, in their order.
        choice: the framework that they were chosen by.
        judge: it runs the healthy programs, each once.
        with_decoys: whether lines away from the bug are written in another way.
    """

    course: Course
    chosen: Sequence[Exercise]
    choice: FrameworkChoice
    judge: Judge
    with_decoys: bool = True
    _references: dict[str, Reference] = field(default_factory=dict, init=False)
    _decoys: dict[str, Sequence[Decoy]] = field(default_factory=dict, init=False)

    def prepare(self) -> Iterator[Exercise]:
        """Run the healthy programs, and prove the decoys; yields each exercise when it is done.

        Raises:
            DebugdiffError: as `Judge.reference`.
        """
        for exercise in self.chosen:
            self._references[exercise.id] = self.judge.reference(exercise)
            proven = proven_decoys(exercise, self.judge) if self.with_decoys else ()
            self._decoys[exercise.id] = proven
            yield exercise

    def exercises(self, student: str = "") -> tuple[Exercise, ...]:
        """The exercises as a student gets them."""
        seed = f"{self.course.salt} {self.course.name} {student}"
        return tuple(decoyed(each, self._decoys[each.id], seed) for each in self.chosen)

    def write(self, form: HandOutForm, folder: Path, student: str = "") -> None:
        """Write a student's course into a new folder, without any answer.

        The answer of a practice page is sealed; see `debugdiff.teach.sealing`.
        """
        chosen = self.exercises(student)
        match form:
            case HandOutForm.PAGE:
                self._write_pages(chosen, folder)
            case HandOutForm.GRADED_PAGE:
                write_atomically(folder / "index.html", self._graded(chosen))
            case HandOutForm.NOTEBOOK:
                self._write_folder(chosen, folder, form)  # where their cells write, run and check
                for exercise in chosen:
                    text = notebook_of(exercise, self.judge.symptom(exercise), self.course.name)
                    write_atomically(folder / f"{exercise.folder}.ipynb", text)
            case HandOutForm.GITHUB:
                self._write_folder(chosen, folder, form)
                text = workflow({exercise.framework for exercise in chosen})
                write_atomically(folder / WORKFLOW_FILE, text)
            case HandOutForm.FOLDER:
                self._write_folder(chosen, folder, form)

    def _graded(self, chosen: Sequence[Exercise]) -> str:
        given = [
            (each, self.judge.symptom(each), self.judge.trace(each, each.given)) for each in chosen
        ]
        return graded_page(self.course, given)

    def _write_pages(self, chosen: Sequence[Exercise], folder: Path) -> None:
        for exercise in chosen:
            twin = find_exercise(self.course, exercise.twin)
            text = practice_page(exercise, self.judge.observe(exercise, twin))
            write_atomically(folder / f"{exercise.folder}.html", text)

    def _write_folder(self, chosen: Sequence[Exercise], folder: Path, form: HandOutForm) -> None:
        workspace = Workspace(
            folder=folder.resolve(),
            course=self.course.name,
            framework=self.choice,
            listed=tuple(Listed(id=each.id, folder=each.folder) for each in chosen),
            handed_out=True,
        )
        sheets = [
            sheet_of(each, workspace.log.keep(each.given), self._references[each.id])
            for each in chosen
        ]
        write_atomically(workspace.folder / REFERENCE_FILE, sheets_text(sheets))
        workspace.lay_out_all(self.course, chosen, form)
