"""How to read the tables: every word of a column's head in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report import Table
from debugdiff.report.layout import (
    ABSENT,
    NOTHING,
    STRONG,
    Block,
    Column,
    Grid,
    quiet,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

_TERMS: Mapping[Table, Mapping[str, str]] = {
    Table.BUGS: {
        "prevented": "the bug cannot be written in the framework (not expressible), or the"
        " framework corrects it (corrected)",
        "no effect": "the bug changes nothing, which earns no credit: it touches nothing in this"
        " program (equivalent), only last digits differ (rounding), or the reason is unknown",
        "silent": "the program ran to its end without a message, but its results are different",
        "sentinel": "also silent, but one of debugdiff's published checks of the values fires",
        "timed out": "it was still running at its time limit",
        "defect": "rank of the changed line among your frames in the traceback: 1 innermost,"
        f" {ABSENT} not in it",
        "use": "the same for the line where the bug takes effect",
        "hops": "steps from the traceback's nearest line to the changed one, from use to"
        " definition",
        "noise": "share of frames that are not yours",
        "says": "facts in the message, of 9: a shape, a layer's name, what to do ...",
        "argues": "parts of an argument in the message, of 5: claim, grounds, warrant, backing,"
        " resolution",
        NOTHING.plain: "does not apply, or cannot be judged: debugdiff show CASE BUG PROGRAM"
        " says why",
    },
    Table.ACCESS: {
        "numbers": "share of the statements with tensors, in model and training code, that gave"
        " numbers on every step",
        "sites seen": "share of the case's layers, logits and loss that a documented way shows in"
        " this mode; eager is the cheapest switch, where there is one",
        "reach, gradients": "mean share of them whose value, or gradient, is visible with at most"
        " 0 to 10 added lines",
        "lines": "median number of lines needed to see one of them: docs/recipes.md",
        "breakpoint stops": "how often a breakpoint() after a statement of the model's code"
        " stops, and how often it can show numbers",
    },
    Table.SCORES: {
        "early ... explained": "parts of the score of crash reports, 0 to 1: when it shows,"
        " whether the"
        " trace names the line, hops, frames that are yours, facts in the message",
    },
}


def reading(table: Table) -> Iterator[RenderableType]:
    """The words of a table's heads, each with a sentence; nothing where the table says it all."""
    terms = _TERMS.get(table)
    if not terms:
        return
    columns = (Column(header="word"), Column(header="what it means", flexible=24))
    rows = tuple((Text(term, style=STRONG), quiet(meaning)) for term, meaning in terms.items())
    yield Text()
    yield Grid(columns=columns, blocks=(Block(rows=rows),))
