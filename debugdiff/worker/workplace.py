"""The folder that a program runs in, and the way back from its paths to the user's own."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.worker.folders import LinkLeavesFolderError, copy_files, is_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """The folders of one trial, below one temporary folder.

    Attributes:
        case_folder: the real folder, as the user knows it.
        linked: files of the user's that are too large to be copied, as they were: size and time.
        temporary_folder: the folder for temporary files that a plain run would have used.
        work: the working folder: Python files written, everything else copied.
        scratch: what the program gets as its folder for temporary files.
    """

    root: Path
    case_folder: str
    temporary_folder: str
    linked: Mapping[Path, tuple[int, int]] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """Named as the real folder, since a program may print or use its folder's name."""
        return self.root / "work" / (Path(self.case_folder).name or "case")

    @property
    def scratch(self) -> Path:
        """The program's folder for temporary files."""
        return self.root / "scratch"

    @property
    def compiled(self) -> Path:
        """Where compilers keep what they make of the program's code, in a sandbox."""
        return self.scratch / "compiled"

    def changed_files(self) -> tuple[str, ...]:
        """The linked files that are not as they were."""
        return tuple(str(file) for file, state in self.linked.items() if _state_of(file) != state)

    def holds(self, file: str) -> bool:
        """Whether a file lies in the folders of the program."""
        return file.startswith((f"{self.work}/", f"{self.case_folder.rstrip('/')}/"))

    def as_seen_by_user(self, text: str) -> str:
        """A text with the trial's folders mapped back to the real ones."""
        seen = text.replace(str(self.work), self.case_folder.rstrip("/") or "/")
        return seen.replace(str(self.scratch), self.temporary_folder)


def prepare(root: Path, job: Job) -> Workplace:
    """Make the folders of a trial, write the job's Python files and copy the rest of the case.

    Raises:
        LinkLeavesFolderError: a link in the case folder points out of it.
        OSError: the disk is full, or a file of the case cannot be read.
    """
    workplace = Workplace(
        root=root.resolve(), case_folder=job.case_folder, temporary_folder=tempfile.gettempdir()
    )
    for folder in (workplace.work, workplace.scratch):
        folder.mkdir(parents=True)
    for name, text in job.files.items():
        target = (workplace.work / name).resolve()
        if not target.is_relative_to(workplace.work):
            raise LinkLeavesFolderError(f"The file {name} leaves the folder {job.case_folder}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    case_folder = Path(job.case_folder)
    if case_folder.is_dir():
        made = {parent for name in job.files for parent in Path(name).parents}
        entries = _entries(case_folder, Path(), made)
        linked = copy_files(entries, case_folder, workplace.work)
        return replace(workplace, linked={file: _state_of(file) for file in linked})
    return workplace


def _state_of(file: Path) -> tuple[int, int]:
    try:
        state = file.stat()
    except OSError:
        return (-1, -1)
    return (state.st_size, state.st_mtime_ns)


def _entries(source: Path, below: Path, made: set[Path]) -> Iterator[Path]:
    """What is not written, but for what no program reads as data; a folder as a whole if it can."""
    for entry in sorted((source / below).iterdir()):
        relative = below / entry.name
        if entry.name.startswith(".") or entry.name == "__pycache__" or is_environment(entry):
            continue
        if relative in made:
            yield from _entries(source, relative, made)
        elif entry.suffix != ".py":
            yield relative
