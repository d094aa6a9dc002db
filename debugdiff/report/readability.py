"""Readability: R1-R5 of every implementation, with ratios to the PyTorch module-style reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.layout import (
    LOUD,
    QUIET,
    Block,
    Column,
    Grid,
    Rank,
    Row,
    heading,
    indented,
    quiet,
)
from debugdiff.report.text import Text
from debugdiff.score import reference_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Case, Implementation, PartMetrics, Report

_COLUMNS = (
    Column(header="implementation", flexible=14),
    Column(header="loop"),
    Column(header="lines\nR1", justify="right"),
    Column(header="volume\nR2, bits", justify="right"),
    Column(header="vocabulary\nR3", justify="right"),
    Column(header="cognitive\nR4", justify="right"),
    Column(header="API surface\nR5", justify="right"),
)


def readability(report: Report, case: Case) -> Iterator[RenderableType]:
    """The section of one case: whole files; `debugdiff metrics` splits them."""
    base = reference_of(case)
    wholes = {each.implementation.key: each for each in report.programs_of(case.name)}
    reference = wholes.get(base.key) if base else None
    base_part = reference.static.whole if reference else None
    rows = tuple(
        _row(each.implementation, each.static.whole, base_part) for each in wholes.values()
    )
    if not rows:
        return
    yield heading(f"{case.name}: readability", Rank.CASE)
    yield Grid(columns=_COLUMNS, blocks=(Block(rows=rows),))
    yield indented(quiet(_legend(case, base)))
    if case.pairing.reason and len(rows) > 1:
        yield indented(Text(case.pairing.reason, style="" if case.pairing.compared else LOUD))


def _legend(case: Case, base: Implementation | None) -> str:
    less = "Less is better in every column. Docstrings and comments are not counted."
    if not case.pairing.compared:
        return less
    if base is None:
        return f"{less} No ratios: this case has no PyTorch program."
    return f"{less} Beside each figure: its ratio (R4: difference) to the reference, {base.name}."


def _row(each: Implementation, part: PartMetrics, base: PartMetrics | None) -> Row:
    return (
        Text(each.name),
        Text(each.training),
        _with_ratio(part.lloc, base.lloc if base else None),
        _with_ratio(round(part.volume), base.volume if base else None),
        _with_ratio(part.vocabulary, base.vocabulary if base else None),
        _with_difference(part.cognitive, base.cognitive if base else None),
        _with_ratio(part.api_surface, base.api_surface if base else None),
    )


def _with_ratio(value: float, base: float | None) -> Text:
    ratio = f"{value / base:.2f}" if base else ""
    return Text.assemble(str(value), (f" {ratio:>5}" if ratio else "", QUIET))


def _with_difference(value: int, base: int | None) -> Text:
    if base is None:
        return Text(str(value))
    return Text.assemble(str(value), (f" {value - base:>+4}" if value != base else "   =", QUIET))
