"""Where a report goes and in which format, settled before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from debugdiff.archives import is_zip, zip_of
from debugdiff.cli.console import page, print_result, say
from debugdiff.errors import DebugdiffError
from debugdiff.files import behind_links, require_place, write_atomically
from debugdiff.report import JOB_SUMMARY, Format, Page, Table, format_of, page_for, render

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from debugdiff.cli.options import TableOptions
    from debugdiff.model import Report
    from debugdiff.report.findings import Finding

_ELSEWHERE = "Run it again with another file after `-o`."


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A file, or stdout if there is none, and a format."""

    file: Path | None
    format: Format

    @classmethod
    def of(cls, file: Path | None, *, wanted: Format | None, offered: Collection[Format]) -> Self:
        """The output that was asked for; the suffix of the file decides if nothing else does.

        Args:
            file: where it goes; a folder, or a name without a suffix, for tables of CSV.
            wanted: the format that was named.
            offered: the formats that there are for it.

        Raises:
            DebugdiffError: no format that is offered is named, or the folder does not exist.
        """
        if wanted is not None and wanted not in offered:
            raise DebugdiffError(
                f"This command does not write `{wanted}`.",
                hint=f"It writes: {', '.join(offered)}.",
                slug="unknown-format",
            )
        if file is None:
            return cls(file=None, format=wanted or Format.TABLE)
        output = cls(file=file, format=wanted or format_of(file, offered))
        require_place(file / "tables" if output.is_folder and file.is_dir() else file)
        return output

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of tables: one that exists, or a new name without a suffix."""
        if self.file is None or self.format is not Format.CSV:
            return False
        return self.file.is_dir() or not (self.file.suffix or self.file.exists())

    @property
    def page(self) -> Page:
        """The page that is written on."""
        return page_for(page() if self.file is None else Page(), self.format)

    def write(
        self,
        as_json: Callable[[], str],
        on_page: Callable[[Page], str],
        others: Mapping[Format, Callable[[], str]] = MappingProxyType({}),
    ) -> None:
        """Write a result in the format that was asked for.

        Args:
            as_json: writes it as JSON.
            on_page: writes it on a page.
            others: writes it in formats of its own.
        """
        make = {Format.JSON: as_json, **others}.get(self.format)
        self._put(make() if make else on_page(self.page), _ELSEWHERE)

    def write_findings(
        self,
        as_json: Callable[[], str],
        on_page: Callable[[Page], str],
        findings: Callable[[], Sequence[Finding]],
        others: Mapping[Format, Callable[[], str]] = MappingProxyType({}),
    ) -> None:
        """The same of a run of the user's own files, whose findings other tools can read."""

        def for_this_tool() -> str:
            from debugdiff.report.annotations import for_tool  # noqa: PLC0415 - not for `--help`

            return for_tool(findings(), self.format)

        tools = dict.fromkeys((Format.LINES, Format.SARIF, Format.GITHUB), for_this_tool)
        self.write(as_json, on_page, {**tools, **others})

    def write_report(self, report: Report, tables: TableOptions, *, every: bool = False) -> None:
        """Write the report of a campaign.

        Args:
            report: what was measured.
            tables: what was asked for; else a screen has the answers, a file everything.
            every: whether everything was asked for; Markdown then is as long as a job summary.
        """
        hint = "The trials are stored: `debugdiff report -o FILE` writes them elsewhere."
        if self.is_folder or self._is_zip:
            self._put_files(_tables_of(report), hint)
            return
        whole = tuple(Table) if every or self.file is not None else (Table.ANSWERS,)
        page = self.page.read_aloud() if tables.plain else self.page
        page = replace(page, longest=JOB_SUMMARY) if every else page
        self._put(render(report, self.format, page, tables.table or whole), hint)

    @property
    def _is_zip(self) -> bool:
        return self.file is not None and is_zip(self.file.name)

    def _put(self, content: str | bytes, hint: str) -> None:
        if self.file is None:
            print_result(content if isinstance(content, str) else "")
            return
        _write(self.file, content, hint)
        say(f"Wrote {self.file}.")

    def _put_files(self, files: Mapping[str, str], hint: str) -> None:
        """Write tables into a folder, or into one zip."""
        assert self.file is not None
        if self._is_zip:
            self._put(zip_of({name: text.encode() for name, text in files.items()}), hint)
            return
        for name, text in files.items():
            _write(self.file / name, text, hint)
        say(f"Wrote {', '.join(files)} into {self.file}.")


def _write(file: Path, content: str | bytes, hint: str) -> None:
    try:
        write_atomically(behind_links(file), content)
    except OSError as error:
        raise DebugdiffError(
            f"`{file}` cannot be written: {error.strerror or error}.",
            hint=hint,
            slug="output-unwritable",
        ) from error


def _tables_of(report: Report) -> Mapping[str, str]:
    """Every tidy table, with the review's claims decided by this report."""
    from debugdiff.report.csv import all_files  # noqa: PLC0415 - not needed for `--help`
    from debugdiff.verdict import decide, read_claims, review_claims  # noqa: PLC0415

    return all_files(report, decide(read_claims(review_claims()), report.programs))
