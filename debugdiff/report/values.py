"""Interim values: what the probes of a trial's instrumented twins read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.layout import (
    BAD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    heading,
    indented,
    quiet,
    significant,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import StatementValues, TrialResult, ValueKind, ValueStatistics

_VALUE_COLUMNS = (
    Column(header="site", flexible=16),
    Column(header="shape", flexible=10),
    Column(header="dtype"),
    Column(header="min", justify="right"),
    Column(header="mean", justify="right"),
    Column(header="max", justify="right"),
    Column(header="std", justify="right"),
    Column(header="zeros", justify="right"),
    Column(header="nan", justify="right"),
    Column(header="inf", justify="right"),
)
_STATEMENT_COLUMNS = (
    Column(header="line", justify="right"),
    Column(header="name", flexible=16),
    Column(header="function", flexible=16),
    Column(header="ran", justify="right"),
    Column(header="numbers", justify="right"),
    Column(header="print shows digits", justify="right", flexible=12),
)


def values(probed: Sequence[TrialResult]) -> Iterator[RenderableType]:
    """What layer probes read, each kind at the last step that had it; `show --json` has them all.

    The last step of all is mostly an evaluation, which has no gradient.
    """
    seen = [value for each in probed for value in each.record.values]
    if not seen:
        return
    yield heading("Interim values")
    kinds = dict.fromkeys(value.kind for value in seen)
    yield Grid(columns=_VALUE_COLUMNS, blocks=tuple(_of_kind(seen, kind) for kind in kinds))
    readings = count_of(len(seen), "reading")
    steps = count_of(len({value.step for value in seen}), "step")
    yield indented(quiet(f"{readings} in {steps}; all of them: show --json."))


def _of_kind(seen: Sequence[ValueStatistics], kind: ValueKind) -> Block:
    values = [value for value in seen if value.kind is kind]
    last = max(value.step for value in values)
    name = kind.replace("-", " ")
    return Block(
        title=Text.assemble((name, STRONG), (f"  after {count_of(last, 'optimizer step')}", QUIET)),
        rows=tuple(_value_row(value) for value in values if value.step == last),
    )


def _value_row(value: ValueStatistics) -> Row:
    call = f" #{value.call}" if value.call else ""
    return (
        Text(f"{value.site}{call}"),
        Text("x".join(map(str, value.shape)) or "scalar"),
        Text(value.dtype),
        significant(value.minimum),
        significant(value.mean),
        significant(value.maximum),
        significant(value.standard_deviation),
        _count(value.zeros),
        _count(value.nan, BAD),
        _count(value.infinite, BAD),
    )


def _count(count: int, style: str = "") -> Text:
    return Text(str(count), style=style) if count else NOTHING


def statements(probed: Sequence[TrialResult]) -> Iterator[RenderableType]:
    """What a line put behind each assignment could have shown."""
    seen = [value for each in probed for value in each.record.statements]
    if not seen:
        return
    yield heading("Statements that hold tensors")
    rows = tuple(_statement_row(value) for value in seen)
    yield Grid(columns=_STATEMENT_COLUMNS, blocks=(Block(rows=rows),))


def _statement_row(value: StatementValues) -> Row:
    return (
        Text(str(value.line)),
        Text(value.name),
        Text(value.function),
        Text(str(value.executions)),
        Text(str(value.concrete)),
        Text(str(value.printable)),
    )
