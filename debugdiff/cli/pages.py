"""Generated pages of the documentation: written, or compared with what is there."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from debugdiff.cli.console import say
from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from debugdiff.campaign import RunRequest
    from debugdiff.score.effects import EffectMatrix, Program


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


def write_effects(
    file: Path, matrix: EffectMatrix, catalogue: Collection[str], programs: Sequence[Program]
) -> None:
    """Write the page of the effect matrix.

    Rows of other bugs stay, if the programs are the same; columns of other programs, if the bugs
    are.

    Args:
        file: the page, which may be there already.
        matrix: what was measured.
        catalogue: the ids of all bugs that there are.
        programs: all programs that there are.

    Raises:
        DebugdiffError: the disk refuses.
    """
    from debugdiff.report.effects import render_page, with_cells_of  # noqa: PLC0415 - as below

    with contextlib.suppress(OSError, ValueError, KeyError):  # there is no such page yet
        matrix = with_cells_of(matrix, file.read_text(encoding="utf-8"), catalogue, programs)
    write_page(file, render_page(matrix))


def require_fresh_effects(file: Path, request: RunRequest) -> None:
    """Say whether the page of the effect matrix speaks of the bugs and programs that there are.

    Raises:
        DebugdiffError: there is no such page; exit status 1 where it is stale.
    """
    from debugdiff.campaign.effect_matrix import stale_parts  # noqa: PLC0415 - costly to import
    from debugdiff.report.effects import read_hashes  # noqa: PLC0415

    try:
        programs, bugs = read_hashes(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise DebugdiffError(
            f"`{file}` is no page of the effect matrix: {error}.",
            hint=f"Write it with: debugdiff bugs matrix --page {file}",
            slug="effects-unreadable",
        ) from error
    stale = list(stale_parts(programs, bugs, request.cases, request.bugs))
    if stale:
        raise DebugdiffError(
            f"`{file}` is stale: it does not speak of {', '.join(stale)} as they are now.",
            hint=f"Measure what has changed with: debugdiff bugs matrix --page {file}",
            slug="effects-stale",
            exit_code=ExitCode.CHECK_FAILED,
        )
    say(f"{file} is up to date.")
