"""Tidy tables as comma-separated values that no spreadsheet takes for a program.

A file has one table; a folder or a zip has all of them, with a schema of their columns: a Data
Package whose resources have a Table Schema each.
"""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from debugdiff import __version__
from debugdiff.errors import DebugdiffError
from debugdiff.files import to_json
from debugdiff.report import Table, tidy_tables
from debugdiff.report.paths import near_paths
from debugdiff.report.tidy_claims import claims
from debugdiff.visible import shortened, uncoloured, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from debugdiff.model import Report
    from debugdiff.report import Page
    from debugdiff.report.tidy import Cell, TidyColumn, TidyTable
    from debugdiff.verdict import ClaimVerdict

SCHEMA_FILE = "datapackage.json"
_LONGEST_CELL = 32_000
"""Characters; a cell of a spreadsheet has at most 32,767."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a spreadsheet takes for the beginning of a formula; the last four are of full width."""
_TABLES: Mapping[Table, Callable[[Report], TidyTable[Any]]] = {
    Table.SCORES: tidy_tables.scores,
    Table.TRIALS: tidy_tables.trials,
    Table.BUGS: tidy_tables.outcomes,
    Table.COMPARISON: tidy_tables.comparisons,
}


def render(report: Report, page: Page, tables: Collection[Table] = tuple(Table)) -> str:
    """The one table that was asked for; of several, the scores.

    Raises:
        DebugdiffError: `csv-table`.
    """
    del page
    wanted = next((table for table in _TABLES if table in tables), None)
    if wanted is None:
        raise DebugdiffError(
            f"There is no CSV file of the table {', '.join(tables)}.",
            hint=f"Choose one of: {', '.join(_TABLES)}.",
            slug="csv-table",
        )
    return table_text(_TABLES[wanted](report))


def claims_text(verdicts: Iterable[ClaimVerdict]) -> str:
    """The table of claims."""
    return table_text(claims(verdicts))


def all_files(report: Report, verdicts: Iterable[ClaimVerdict]) -> dict[str, str]:
    """Every table and the schema, by the name of the file."""
    tables = [make(report) for make in _TABLES.values()] + [claims(verdicts)]
    texts = {_file(table): table_text(table) for table in tables}
    return {**texts, SCHEMA_FILE: schema(tables)}


def schema(tables: Sequence[TidyTable[Any]]) -> str:
    """What the columns of tables hold, as a Data Package with Table Schemas."""
    package = {
        "name": "debugdiff-report",
        "profile": "tabular-data-package",
        "created_by": f"debugdiff {__version__}",
        "resources": [
            {
                "name": table.name,
                "path": _file(table),
                "profile": "tabular-data-resource",
                "description": table.about,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {
                    "fields": [_field(column) for column in table.columns],
                    "missingValues": [""],
                },
            }
            for table in tables
        ],
    }
    return to_json(package, indent=2) + "\n"


def _file(table: TidyTable[Any]) -> str:
    return f"{table.name}.csv"


def _field(column: TidyColumn[Any]) -> Mapping[str, str]:
    return {"name": column.name, "type": column.kind, "description": column.about}


def table_text(table: TidyTable[Any]) -> str:
    """A tidy table with its header; nothing in its texts is hidden."""
    rows = ([_shown(cell) for cell in row] for row in table.cells())
    return csv_text([column.name for column in table.columns], rows)


def _shown(cell: Cell) -> Cell:
    return _shown_text(cell) if isinstance(cell, str) else cell


@lru_cache(maxsize=4_096)
def _shown_text(text: str) -> str:
    """A text as it is written; names of programs and reasons are the same in many rows."""
    return shortened(visible(near_paths(uncoloured(text))), _LONGEST_CELL)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table with its header. A text that would be run as a formula gets an apostrophe before it.

    What is not Unicode text, such as half a file name, becomes a question mark. Numbers are read
    back as they were, and `None` is an empty cell.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue()


def _written(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case str():
            valid = cell.encode("utf-8", "replace").decode()
            return f"'{valid}" if valid.startswith(_FORMULA) else valid
    return repr(cell)
