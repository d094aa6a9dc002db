"""A new bug to start from: it passes every check as it is."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from debugdiff.bugs.identity import identity_of
from debugdiff.errors import BugError
from debugdiff.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

_TEMPLATE = "templates/bug/bug.toml.txt"


def write_bug(identity: str, folder: Path) -> Path:
    """Write a new bug into a catalogue, which need not exist yet; the path of its file.

    Raises:
        BugError: the id is none, the file is there already, or the disk refuses.
    """
    path = folder / f"{identity}.toml"
    identity_of(path, folder)
    if path.exists():
        raise BugError(
            f"{path} already exists.",
            hint="Nothing was written. Choose another name, or edit that bug.",
            slug="bug-exists",
        )
    text = files("debugdiff").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    try:
        write_atomically(path, text)
    except OSError as error:
        raise BugError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Choose a folder that you may write to, with --bugs.",
            slug="bug-not-written",
        ) from error
    return path
