"""How a row of a table is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Index, Mode
from debugdiff.report.layout import QUIET
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from debugdiff.model import Condition, Report


def several_conditions(report: Report) -> bool:
    """Whether stack and mode have to be named beside an implementation."""
    seen = {(each.stack.framework, each.stack_name, each.mode) for each in report.attempts}
    return len(seen) > len({framework for framework, _, _ in seen})


def place_name(of: Condition | Index, *, named: bool) -> Text:
    """The implementation, and its stack and mode where they do not go without saying."""
    name = Text(of.implementation)
    stack = of.stack if isinstance(of, Index) else of.stack_name
    if named and stack is not None:
        mode = "" if of.mode is Mode.DEFAULT else f" {of.mode}"
        name.append(f"\n  {stack}{mode}", style=QUIET)
    return name
