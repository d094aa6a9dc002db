"""Generated pages of the documentation: written, or compared with what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path


def is_fresh(file: Path, text: str) -> bool:
    """Whether a page is there and says just this."""
    try:
        return file.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def write_page(file: Path, text: str) -> None:
    """Write a page.

    Raises:
        DebugdiffError: the disk refuses.
    """
    try:
        write_atomically(file, text)
    except OSError as error:
        raise DebugdiffError(
            f"`{file}` cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that you may write to.",
            slug="output-unwritable",
        ) from error
