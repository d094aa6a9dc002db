"""What each debugging aid gives and costs: every mode beside the default one of its stack."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from debugdiff.report.layout import (
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    heading,
    legend,
    number,
    quiet,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Aid, AidGain, Report

_COLUMNS = (
    Column(header="mode"),
    Column(header="seconds\ntimes", justify="right"),
    Column(header="clean\nresult"),
    Column(header="bugs\nchanged", justify="right"),
    Column(header="shows\nD1", justify="right"),
    Column(header="line\nD3", justify="right"),
    Column(header="noise\nD4", justify="right"),
    Column(header="reach\nD5", justify="right"),
    Column(header="says\nD8", justify="right"),
    Column(header="printed\nlines", justify="right"),
    Column(header="values\nO1", justify="right"),
)
_DIFFERENCES = ("D1", "D3.best", "D4", "D5.reachable", "D8")
_CHANGES_SHOWN = 3

LEGEND = (
    "*seconds*: median ratio to the default mode, over trials that got equally far in both."
    " *clean result*: whether a run without a bug returns the same numbers, bit by bit."
    " *bugs changed*: of the bugs that ran in both, how many have a different outcome, exception"
    " or stage."
    " *D1* to *D8*: mean difference from the default mode, over bugs with a value in both; less"
    " is better for D1 and D4, more for the others. *printed lines*, *values*: means, default"
    " and then this mode."
)


def aids(report: Report) -> Iterator[RenderableType]:
    """The section; nothing if no program ran in a second mode."""
    if not report.aids:
        return
    yield heading("What each debugging aid gives and costs")
    blocks = tuple(
        _block(case, implementation, stack, tuple(alike))
        for (case, implementation, stack), alike in groupby(report.aids, key=_program)
    )
    yield Grid(columns=_COLUMNS, blocks=blocks)
    yield legend(LEGEND)


def _program(aid: Aid) -> tuple[str, str, str]:
    return aid.case, aid.implementation, aid.stack


def _block(case: str, implementation: str, stack: str, found: tuple[Aid, ...]) -> Block:
    return Block(
        title=Text.assemble((f"{case} {implementation}", STRONG), (f"  {stack}", QUIET)),
        rows=tuple(map(_row, found)),
        notes=tuple(note for aid in found for note in _notes(aid)),
    )


def _row(aid: Aid) -> Row:
    gains = {gain.metric: gain for gain in aid.gains}
    return (
        Text(aid.mode),
        number(aid.seconds),
        _result(aid),
        Text(f"{len(aid.changes)} of {aid.bugs}") if aid.bugs else NOTHING,
        *(_difference(gains.get(metric)) for metric in _DIFFERENCES),
        _both(gains.get("D4.printed_lines"), 0),
        _both(gains.get("O1"), 2),
    )


def _result(aid: Aid) -> Text:
    if aid.same_result is None:
        return NOTHING
    return Text("same" if aid.same_result else "other")


def _difference(gain: AidGain | None) -> Text:
    if gain is None:
        return NOTHING
    rounded = round(gain.mode - gain.default, 2)
    return Text(f"{rounded:+.2f}") if rounded else quiet("0")


def _both(gain: AidGain | None, digits: int) -> Text:
    if gain is None:
        return NOTHING
    return Text(f"{gain.default:.{digits}f} > {gain.mode:.{digits}f}")


def _notes(aid: Aid) -> Iterator[Text]:
    for change in aid.changes[:_CHANGES_SHOWN]:
        yield quiet(f"{aid.mode}, {change.bug}: {change.default}; here {change.mode}")
    more = len(aid.changes) - _CHANGES_SHOWN
    if more > 0:
        yield quiet(f"{aid.mode}: {more} more are in the JSON report")
