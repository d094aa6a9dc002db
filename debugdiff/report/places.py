"""How a row of a table is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.model import Mode
from debugdiff.report.layout import QUIET

if TYPE_CHECKING:
    from debugdiff.report.evidence import Place


def place_name(place: Place, *, named: bool) -> Text:
    """The implementation, and its stack and mode where they do not go without saying."""
    name = Text(place.implementation)
    if named:
        mode = "" if place.mode is Mode.DEFAULT else f" {place.mode}"
        name.append(f"\n  {place.stack}{mode}", style=QUIET)
    return name
