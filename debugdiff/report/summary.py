"""Scores: both indices with their parts, and how much they depend on the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Index, IndexName, Part
from debugdiff.report.layout import (
    LOUD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    heading,
    number,
    percent,
    quiet,
)
from debugdiff.report.places import place_name, several_conditions
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import IndexPart, Report

ROBUST = 0.95

_ANALYSES = {
    Analysis.PRIMARY: "every bug, prevented is 100",
    Analysis.SECONDARY: "bugs that end every program",
}
_READABILITY_HEADERS = {"R1": "lines\nR1", "R3": "vocabulary\nR3", "R5": "API surface\nR5"}
_SILENT_HEADERS = {
    "D1": "shows\nD1, -1 to 5",
    "Q1": "sentinel\nQ1",
    "Q2": "divergence\nQ2",
    "Q3": "propagation\nQ3",
}
_SILENT_NOTE = (
    "Differs, harm not judged: `debugdiff harm` judges over seeds what a silent bug does to the"
    " metric. Until then it is not shown harmful, which is not the same as harmless."
)


def summary(report: Report, case: str) -> Iterator[RenderableType]:
    """The section of one case, or of all cases together (named by an empty text)."""
    compared = all(each.case.pairing.compared for each in report.programs_of(case))
    indices = [
        each for each in report.indices if each.case == case and (compared or _stands_alone(each))
    ]
    if not indices:
        return
    yield heading(f"{case or 'all cases'}: scores")
    named = several_conditions(report)
    grids = (
        _readability([each for each in indices if each.name is IndexName.READABILITY]),
        _crashes([each for each in indices if each.name is IndexName.CRASHES], named=named),
        _silent([each for each in indices if each.name is IndexName.SILENT], named=named),
    )
    present = [grid for grid in grids if grid.blocks]
    for number_of_grid, grid in enumerate(present):
        yield from [Text()] if number_of_grid else []
        yield grid


def _stands_alone(index: Index) -> bool:
    """Whether it says something of a program that is compared with no other."""
    return index.name is not IndexName.READABILITY and index.analysis is Analysis.PRIMARY


def _readability(indices: Sequence[Index]) -> Grid:
    """Whole files with their parts, then the same index of model, training and glue alone."""
    stretches = list(dict.fromkeys(each.part for each in indices if each.part is not Part.WHOLE))
    parts = _part_names(indices)
    rows = tuple(
        (
            Text(index.implementation),
            number(index.value),
            *_parts(index, parts),
            *(_stretch(indices, index.implementation, each) for each in stretches),
        )
        for index in indices
        if index.part is Part.WHOLE
    )
    subtitle = "  mean ratio to the reference; below 1 is lighter"
    block = Block(
        title=_title("Readability", subtitle),
        rows=rows,
        notes=tuple(_stability([each for each in indices if each.part is Part.WHOLE])),
    )
    headers = [_READABILITY_HEADERS.get(name, name) for name in parts]
    return Grid(columns=_columns("index", *headers, *stretches), blocks=(block,) if rows else ())


def _stretch(indices: Sequence[Index], implementation: str, part: Part) -> Text:
    found = (each.value for each in indices if _is_of(each, implementation, part))
    return number(next(found, None))


def _is_of(index: Index, implementation: str, part: Part) -> bool:
    return (index.implementation, index.part) == (implementation, part)


def _crashes(indices: Sequence[Index], *, named: bool) -> Grid:
    parts = _part_names(indices)
    return Grid(
        columns=_columns("index", *parts),
        blocks=tuple(
            _analysis(
                analysis, [each for each in indices if each.analysis is analysis], named=named
            )
            for analysis in dict.fromkeys(each.analysis for each in indices)
        ),
    )


def _analysis(analysis: Analysis, indices: Sequence[Index], *, named: bool) -> Block:
    subtitle = f"  0-100, more is better; {_ANALYSES[analysis]}"
    parts = _part_names(indices)
    return Block(
        title=_title("Debuggability of crashes", subtitle),
        rows=tuple(
            (place_name(each, named=named), number(each.value, 0), *_parts(each, parts))
            for each in indices
        ),
        notes=tuple(_stability(indices)),
    )


def _silent(indices: Sequence[Index], *, named: bool) -> Grid:
    """No index is made of bugs that raise nothing: a catalogue's mix must not decide a verdict."""
    parts = _part_names(indices)
    tried = [each for each in indices if any(part.count for part in each.parts)]
    rows = tuple(_silent_row(each, parts, named=named) for each in tried)
    block = Block(
        title=_title("Silent bugs", "  a profile, no index; means over bugs that were judged"),
        rows=rows,
        notes=(quiet(_SILENT_NOTE),),
    )
    headers = (_SILENT_HEADERS.get(name, name) for name in parts)
    return Grid(columns=_columns(*headers), blocks=(block,) if rows else ())


def _silent_row(index: Index, parts: Sequence[str], *, named: bool) -> Row:
    found = {part.name: part for part in index.parts}
    return (place_name(index, named=named), *(_judged(found.get(name)) for name in parts))


def _judged(part: IndexPart | None) -> Text:
    if part is None or part.value is None:
        return quiet("not judged")
    if part.name == "prevented":
        return percent(part.value)
    return Text.assemble(f"{part.value:.2f}", (f" n={part.count}", QUIET))


def _title(name: str, subtitle: str) -> Text:
    return Text.assemble((name, STRONG), (subtitle, QUIET))


def _columns(*figures: str) -> tuple[Column, ...]:
    return (
        Column(header="implementation", flexible=14),
        *(Column(header=name, justify="right") for name in figures),
    )


def _part_names(indices: Sequence[Index]) -> list[str]:
    return list(dict.fromkeys(part.name for index in indices for part in index.parts))


def _parts(index: Index, names: Sequence[str]) -> Iterator[Text]:
    found = {part.name: part.value for part in index.parts}
    return (number(found[name]) if name in found else NOTHING for name in names)


def _stability(indices: Sequence[Index]) -> Iterator[Text]:
    """How often the winner stays when the parts are weighted at random."""
    verdicts = {
        (each.winners, each.stability, each.robust, each.decisive)
        for each in indices
        if each.stability is not None
    }
    for winners, share, robust, decisive in sorted(verdicts, key=str):
        first = " and ".join(winners) or "The winner"
        stays = "tie and stay" if len(winners) > 1 else "stays"
        sentence = f"{first} {stays} first in {share:.1%} of random weightings of the parts"
        without = f", not without {' or '.join(decisive)}" if decisive else ""
        if robust is False or (share or 0) < ROBUST:
            yield Text.assemble(
                (f"{sentence}{without}: ", QUIET), ("not robust", LOUD), (".", QUIET)
            )
        else:
            yield quiet(f"{sentence}.")
