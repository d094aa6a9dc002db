"""The folder that a program runs in, and the way back from its paths to the user's own."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Job


class LinkLeavesFolderError(Exception):
    """A link of the case folder points out of it; a trial does not follow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """The folders of one trial, below one temporary folder.

    Attributes:
        case_folder: the real folder, as the user knows it.
        temporary_folder: the folder for temporary files that a plain run would have used.
        work: the working folder: Python files written, everything else linked.
        scratch: what the program gets as its folder for temporary files.
        channel: files for the supervisor, see `ResultChannel`.
    """

    root: Path
    case_folder: str
    temporary_folder: str

    @property
    def work(self) -> Path:
        """Named as the real folder, since a program may print or use its folder's name."""
        return self.root / "work" / (Path(self.case_folder).name or "case")

    @property
    def scratch(self) -> Path:
        """The program's folder for temporary files."""
        return self.root / "scratch"

    @property
    def channel(self) -> Path:
        """Files for the supervisor."""
        return self.root / "channel"

    def as_seen_by_user(self, text: str) -> str:
        """A text with the trial's folders mapped back to the real ones."""
        seen = text.replace(str(self.work), self.case_folder.rstrip("/") or "/")
        return seen.replace(str(self.scratch), self.temporary_folder)


def prepare(root: Path, job: Job) -> Workplace:
    """Make the folders of a trial, write the job's Python files and link the rest of the case.

    Raises:
        LinkLeavesFolderError: a link in the case folder points out of it.
        OSError: the disk is full, or a file of the case cannot be read.
    """
    workplace = Workplace(
        root=root.resolve(), case_folder=job.case_folder, temporary_folder=tempfile.gettempdir()
    )
    for folder in (workplace.work, workplace.scratch, workplace.channel):
        folder.mkdir(parents=True)
    for name, text in job.files.items():
        target = (workplace.work / name).resolve()
        if not target.is_relative_to(workplace.work):
            raise LinkLeavesFolderError(f"The file {name} leaves the folder {job.case_folder}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    case_folder = Path(job.case_folder)
    if case_folder.is_dir():
        _link_rest(case_folder, workplace.work, job.files)
    return workplace


def _link_rest(source: Path, target: Path, files: Mapping[str, str]) -> None:
    """Link what is not written; a folder that holds written files is made, any other is linked."""
    root = source.resolve()
    made = {parent for name in files for parent in Path(name).parents}
    for relative in _entries(source, Path(), made):
        _refuse_leaving_links(source / relative, root)
        link = target / relative
        if not link.exists():
            link.symlink_to((source / relative).resolve())


def _entries(source: Path, below: Path, made: set[Path]) -> Iterator[Path]:
    for entry in sorted((source / below).iterdir()):
        relative = below / entry.name
        if entry.name.startswith(".") or entry.name == "__pycache__" or _is_environment(entry):
            continue
        if relative in made:
            yield from _entries(source, relative, made)
        elif entry.suffix != ".py":
            yield relative


def _is_environment(entry: Path) -> bool:
    """A virtual environment: no program reads it as data, and its links lead out of the folder."""
    return (entry / "pyvenv.cfg").is_file()


def _refuse_leaving_links(path: Path, root: Path) -> None:
    linked = [path] if path.is_symlink() else []
    if path.is_dir() and not path.is_symlink():
        linked = [entry for entry in path.rglob("*") if entry.is_symlink()]
    for link in linked:
        if not link.resolve().is_relative_to(root):
            raise LinkLeavesFolderError(f"The link {link} leaves the folder {root}.")
