"""Where a report goes and in which format, settled before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, cast

from debugdiff.cli.console import page, print_result, say
from debugdiff.errors import DebugdiffError
from debugdiff.files import write_atomically
from debugdiff.report import Format, Page, format_of, render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from debugdiff.model import Report
    from debugdiff.report.page import Medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where the result of a command goes that is no report of a campaign."""

    file: Path | None
    format: Format

    @classmethod
    def of(cls, file: Path | None, *, json: bool) -> Self:
        """The destination that was asked for, looked at before anything runs.

        Raises:
            DebugdiffError: see `Output.of`.
        """
        settled = Output.of(file, wanted=Format.JSON if json else None)
        return cls(file=settled.file, format=settled.format)

    def write(self, as_json: Callable[[], str], on_page: Callable[[Page], str]) -> None:
        """Write it in the format that was asked for."""
        if self.format is Format.JSON:
            text = as_json()
        elif self.file is None:
            text = on_page(page())
        else:
            text = on_page(Page().of(cast("Medium", self.format.value)))
        if self.file is None:
            print_result(text)
        else:
            _write_file(self.file, text, "Run it again with another file behind `-o`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file, or stdout if there is none, and a format."""

    file: Path | None
    format: Format

    @classmethod
    def of(cls, file: Path | None, *, wanted: Format | None) -> Self:
        """The output that was asked for; the suffix of the file decides if nothing else does.

        Raises:
            DebugdiffError: the suffix names no format, or the folder is not there.
        """
        if file is None:
            return cls(file=None, format=wanted or Format.TABLE)
        if not file.parent.is_dir() or file.is_dir():
            raise DebugdiffError(
                f"`{file}` cannot be written: its folder is not there, or it is a folder itself.",
                hint="Name a file in an existing folder.",
                slug="output-unwritable",
            )
        return cls(file=file, format=wanted or format_of(file))

    def write(self, report: Report) -> None:
        """Render and write."""
        if self.file is None:
            print_result(render(report, self.format, page()))
            return
        text = render(report, self.format, Page())
        hint = "The trials are stored: `debugdiff report -o FILE` writes them elsewhere."
        _write_file(self.file, text, hint)


def _write_file(file: Path, text: str, hint: str) -> None:
    try:
        write_atomically(file, text)
    except OSError as error:
        raise DebugdiffError(
            f"`{file}` cannot be written: {error.strerror}.", hint=hint, slug="output-unwritable"
        ) from error
    say(f"Wrote {file}.")
