"""Scores: both indices with their parts, and how much they depend on the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.report.evidence import Place
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
    quiet,
)
from debugdiff.report.places import place_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Index
    from debugdiff.report.evidence import Evidence

READABILITY = "readability"
CRASHES = "debuggability-crashes"
WHOLE = "whole"
ROBUST = 0.95

_ANALYSES = {
    "primary": "every bug; a prevented one scores 100",
    "secondary": "only bugs that are effective on both sides",
}


def summary(evidence: Evidence, case: str) -> Iterator[RenderableType]:
    """The section of one case, or of all cases together (named by an empty text)."""
    indices = [each for each in evidence.report.indices if each.case == case]
    if not indices:
        return
    yield heading(f"{case or 'all cases'}: scores")
    readability = [each for each in indices if each.name == READABILITY]
    crashes = [each for each in indices if each.name == CRASHES]
    if readability:
        yield _readability(readability)
    if readability and crashes:
        yield Text()
    if crashes:
        yield _crashes(evidence, crashes)


def _readability(indices: Sequence[Index]) -> Grid:
    """Whole files with their parts, then the same index of model, training and glue alone."""
    stretches = list(dict.fromkeys(each.part for each in indices if each.part != WHOLE))
    parts = _part_names(indices)
    rows = tuple(
        (
            Text(index.implementation),
            number(index.value),
            *_parts(index, parts),
            *(_stretch(indices, index.implementation, each) for each in stretches),
        )
        for index in indices
        if index.part == WHOLE
    )
    told = "  geometric mean of the ratios to the reference; below 1 is lighter"
    title = Text.assemble(("Readability index", STRONG), (told, QUIET))
    block = Block(title=title, rows=rows, notes=tuple(_stability(indices)))
    return Grid(columns=_columns(*parts, *stretches), blocks=(block,))


def _stretch(indices: Sequence[Index], implementation: str, part: str) -> Text:
    found = (each.value for each in indices if _is_of(each, implementation, part))
    return number(next(found, None))


def _is_of(index: Index, implementation: str, part: str) -> bool:
    return (index.implementation, index.part) == (implementation, part)


def _crashes(evidence: Evidence, indices: Sequence[Index]) -> Grid:
    parts = _part_names(indices)
    return Grid(
        columns=_columns(*parts),
        blocks=tuple(
            _analysis(evidence, [each for each in indices if each.analysis == analysis], parts)
            for analysis in dict.fromkeys(each.analysis for each in indices)
        ),
    )


def _analysis(evidence: Evidence, indices: Sequence[Index], parts: Sequence[str]) -> Block:
    analysis = indices[0].analysis
    told = f"  0-100, more is better; {_ANALYSES.get(analysis, analysis)}"
    return Block(
        title=Text.assemble(("Debuggability of crashes", STRONG), (told, QUIET)),
        rows=tuple(_crash_row(evidence, each, parts) for each in indices),
        notes=tuple(_stability(indices)),
    )


def _crash_row(evidence: Evidence, index: Index, parts: Sequence[str]) -> Row:
    name = Text(index.implementation)
    if index.stack is not None:
        place = Place(implementation=index.implementation, stack=index.stack, mode=index.mode)
        name = place_name(place, named=evidence.several_conditions)
    return (name, number(index.value, 0), *_parts(index, parts))


def _columns(*figures: str) -> tuple[Column, ...]:
    return (
        Column(header="implementation", flexible=14),
        Column(header="index", justify="right"),
        *(Column(header=name, justify="right") for name in figures),
    )


def _part_names(indices: Sequence[Index]) -> list[str]:
    return list(dict.fromkeys(part.name for index in indices for part in index.parts))


def _parts(index: Index, names: Sequence[str]) -> Iterator[Text]:
    found = {part.name: part.value for part in index.parts}
    return (number(found[name]) if name in found else NOTHING for name in names)


def _stability(indices: Sequence[Index]) -> Iterator[Text]:
    """How often the winner stays when the parts are weighted at random."""
    shares = {each.stability for each in indices if each.stability is not None}
    for share in sorted(shares):
        told = f"The winner stays in {share:.1%} of random weightings of the parts"
        if share < ROBUST:
            yield Text.assemble((f"{told}: ", QUIET), ("not robust", LOUD), (".", QUIET))
        else:
            yield quiet(f"{told}.")
