"""Where a report goes and in which format, settled before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from debugdiff.cli.console import page, print_result, say
from debugdiff.errors import DebugdiffError
from debugdiff.files import require_place, write_atomically
from debugdiff.report import Format, Page, Table, format_of, render

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from debugdiff.cli.options import TableOptions
    from debugdiff.model import Report


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
        require_place(file)
        return cls(file=file, format=wanted or format_of(file))

    @property
    def page(self) -> Page:
        """The page that is written on."""
        paper = page() if self.file is None else Page()
        return paper.of(self.format.value)

    def write(self, as_json: Callable[[], str], on_page: Callable[[Page], str]) -> None:
        """Write a result in the format that was asked for."""
        self.write_text(as_json() if self.format is Format.JSON else on_page(self.page))

    def write_text(self, text: str) -> None:
        """Write a text that is in its format already."""
        self._put(text, "Run it again with another file behind `-o`.")

    def write_report(self, report: Report, tables: TableOptions, *, every: bool = False) -> None:
        """Write the report of a campaign.

        Args:
            report: what was measured.
            tables: what was asked for; else a screen has the answers, a file everything.
            every: whether everything was asked for.
        """
        whole = tuple(Table) if every or self.file is not None else (Table.ANSWERS,)
        page = self.page.read_aloud() if tables.plain else self.page
        hint = "The trials are stored: `debugdiff report -o FILE` writes them elsewhere."
        self._put(render(report, self.format, page, tables.table or whole), hint)

    def _put(self, text: str, hint: str) -> None:
        if self.file is None:
            print_result(text)
            return
        try:
            write_atomically(self.file, text)
        except OSError as error:
            raise DebugdiffError(
                f"`{self.file}` cannot be written: {error.strerror}.",
                hint=hint,
                slug="output-unwritable",
            ) from error
        say(f"Wrote {self.file}.")
