"""Tables of comma-separated values that no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with its header. A cell that would be run as a formula gets an apostrophe in front.

    What is not Unicode text, such as half a file name, becomes a question mark.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue()


def _safe_cell(text: str) -> str:
    valid = text.encode("utf-8", "replace").decode()
    return f"'{valid}" if valid.startswith(("=", "+", "-", "@", "\t", "\r")) else valid
