"""A new case to start from: a small pair of programs that passes every check as it is."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from debugdiff.errors import CaseError
from debugdiff.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TEMPLATE = "templates/case"
_SUFFIX = ".txt"
"""Of the stored files, which are texts here and programs only where they are written to."""


def template_files() -> Iterator[tuple[str, str]]:
    """Name and text of every file of a new case, by name."""
    folder = files("debugdiff").joinpath(_TEMPLATE)
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        yield file.name.removesuffix(_SUFFIX), file.read_text(encoding="utf-8")


def write_case(folder: Path) -> tuple[Path, ...]:
    """Write a new case into a folder that is empty or does not exist yet; its files, by name.

    Raises:
        CaseError: `case-exists`, or `case-not-written` where the disk refuses.
    """
    _require_room(folder)
    written = []
    for name, text in template_files():
        try:
            write_atomically(folder / name, text)
        except OSError as error:
            raise CaseError(
                f"{folder / name} cannot be written: {error.strerror or error}.",
                hint="Choose a folder that you may write to.",
                slug="case-not-written",
            ) from error
        written.append(folder / name)
    return tuple(written)


def _require_room(folder: Path) -> None:
    taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    if taken:
        raise CaseError(
            f"{folder} already exists.",
            hint="Choose another name: nothing is ever overwritten.",
            slug="case-exists",
        )
