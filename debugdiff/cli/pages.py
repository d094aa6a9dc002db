"""Generated pages of the documentation: written, or compared with what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.cli.console import say
from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.files import behind_links, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.campaign import RunRequest
    from debugdiff.score.effects import EffectMatrix


def is_fresh(file: Path, text: str) -> bool:
    """Whether a page is there and says just this."""
    try:
        return file.read_text(encoding="utf-8") == text
    except (OSError, UnicodeDecodeError):
        return False


def read_page(file: Path) -> str:
    """The text of a page that is to be written again; empty where there is none yet.

    Raises:
        DebugdiffError: the file is there and is no text.
    """
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise DebugdiffError(
            f"`{file}` cannot be rewritten: it cannot be read as text.",
            hint="Name another file.",
            slug="output-unwritable",
        ) from error


def write_page(file: Path, text: str) -> None:
    """Write a page.

    Raises:
        DebugdiffError: the disk refuses.
    """
    try:
        write_atomically(behind_links(file), text)
    except OSError as error:
        raise DebugdiffError(
            f"`{file}` cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that you may write to.",
            slug="output-unwritable",
        ) from error


def read_effects(file: Path) -> EffectMatrix | None:
    """The effect matrix of a page; `None` where there is no such page yet.

    Raises:
        DebugdiffError: the file is there and is no page of the effect matrix.
    """
    from debugdiff.report.effects import read_page  # noqa: PLC0415 - as below

    try:
        return read_page(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        raise DebugdiffError(
            f"`{file}` is not a page of the effect matrix: {error}.",
            hint=f"Write it with: debugdiff bugs matrix --page {file} --fresh",
            slug="effects-unreadable",
        ) from error


def require_fresh_effects(file: Path, request: RunRequest) -> None:
    """Say whether the page of the effect matrix speaks of what the bugs make of the programs now.

    Raises:
        DebugdiffError: there is no such page; exit status 1 where it is stale.
    """
    from debugdiff.campaign.effect_matrix import stale_cells  # noqa: PLC0415 - costly to import

    known = read_effects(file)
    if known is None:
        raise DebugdiffError(
            f"There is no page of the effect matrix at `{file}`.",
            hint=f"Write it with: debugdiff bugs matrix --page {file}",
            slug="effects-unreadable",
        )
    stale = stale_cells(known, request.cases, request.bugs)
    if stale:
        more = f" and {len(stale) - _SHOWN} more" if len(stale) > _SHOWN else ""
        raise DebugdiffError(
            f"`{file}` is stale: {', '.join(stale[:_SHOWN])}{more} have changed.",
            hint=f"Measure what has changed with: debugdiff bugs matrix --page {file}",
            slug="effects-stale",
            exit_code=ExitCode.CHECK_FAILED,
        )
    say(f"{file} is up to date.")


_SHOWN = 5
