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
    Rank,
    Row,
    heading,
    number,
    percent,
    quiet,
)
from debugdiff.report.places import place_name, several_conditions
from debugdiff.report.text import Text
from debugdiff.score.groups import NO_CLEAN_RUN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import IndexPart, Report

ROBUST = 0.95

_ANALYSES = {
    Analysis.SAME_BUGS: "0-100, more is better; bugs that end every program",
    Analysis.OWN_BUGS: "each program's own bugs; not comparable",
}
_READABILITY_HEADERS = {"R1": "lines\nR1", "R3": "vocabulary\nR3", "R5": "API surface\nR5"}
_SILENT_HEADERS = {
    "noticed": "something\nshows it",
    "D1": "shows\nD1, 0 to 5",
    "Q1": "sentinel\nQ1",
    "Q2": "divergence\nQ2",
    "Q3": "propagation\nQ3",
}
_SILENT_NOTE = (
    "Differs, harm not judged: `debugdiff harm` judges over seeds what a silent bug does to the"
    " metric. Until then it is not shown harmful, which is not the same as harmless."
)
_PREVENTION_COLUMNS = (
    Column(header="implementation", flexible=14),
    Column(header="prevented", justify="right"),
    Column(header="95 %\ninterval", justify="right"),
    Column(header="of bugs", justify="right"),
)


def summary(report: Report, case: str) -> Iterator[RenderableType]:
    """The section of one case, or of all cases together (named by an empty text)."""
    compared = all(each.case.pairing.compared for each in report.programs_of(case))
    indices = [
        each for each in report.indices if each.case == case and (compared or _stands_alone(each))
    ]
    if not indices:
        return
    yield heading(f"{case or 'all cases'}: scores", Rank.CASE if case else Rank.WHOLE)
    named = several_conditions(report)
    of = {name: [each for each in indices if each.name is name] for name in IndexName}
    grids = (
        _readability(of[IndexName.READABILITY]),
        _prevention(of[IndexName.PREVENTION], named=named),
        _crashes(of[IndexName.CRASHES], named=named),
        _silent(of[IndexName.SILENT], named=named),
    )
    present = [grid for grid in grids if grid.blocks]
    for number_of_grid, grid in enumerate(present):
        yield from [Text()] if number_of_grid else []
        yield grid


def _stands_alone(index: Index) -> bool:
    """Whether it says something of a program that is compared with no other."""
    return index.analysis is Analysis.OWN_BUGS


def _prevention(indices: Sequence[Index], *, named: bool) -> Grid:
    """A rate of its own: a bug that nobody can make tells nothing of crash reports."""
    rows = tuple(
        (place_name(each, named=named), percent(each.value), _ends(each), Text(str(each.count)))
        for each in indices
    )
    subtitle = "  bugs that cannot be written in the framework, or that it corrects"
    block = Block(title=_title("Prevention", subtitle), rows=rows, notes=tuple(_no_scores(indices)))
    return Grid(columns=_PREVENTION_COLUMNS, blocks=(block,) if rows else ())


def _ends(index: Index) -> Text:
    if index.low is None or index.high is None:
        return NOTHING
    return Text(f"{100 * index.low:.0f} to {100 * index.high:.0f} %")


def _no_scores(indices: Sequence[Index]) -> Iterator[Text]:
    """Which programs have no score because they do not run."""
    names = [each.implementation for each in indices if each.explanation == NO_CLEAN_RUN]
    if names:
        yield quiet(f"{NO_CLEAN_RUN.removesuffix('.')}: {', '.join(dict.fromkeys(names))}.")


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
        columns=_columns("index", *parts, "bugs"),
        blocks=tuple(
            _analysis(
                analysis, [each for each in indices if each.analysis is analysis], named=named
            )
            for analysis in dict.fromkeys(each.analysis for each in indices)
        ),
    )


def _analysis(analysis: Analysis, indices: Sequence[Index], *, named: bool) -> Block:
    parts = _part_names(indices)
    return Block(
        title=_title("Crash reports", f"  {_ANALYSES[analysis]}"),
        rows=tuple(
            (
                place_name(each, named=named),
                number(each.value, 0),
                *_parts(each, parts),
                Text(str(each.count)),
            )
            for each in indices
        ),
        notes=(*_stability(indices), *_no_scores(indices)),
    )


def _silent(indices: Sequence[Index], *, named: bool) -> Grid:
    """No index is made of bugs that raise nothing: a catalogue's mix must not decide a verdict."""
    parts = _part_names(indices)
    tried = [each for each in indices if any(part.count for part in each.parts)]
    rows = tuple(_silent_row(each, parts, named=named) for each in tried)
    block = Block(
        title=_title("Silent bugs", "  a profile, not an index; means over the judged bugs"),
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
    value = percent(part.value) if part.name == "noticed" else Text(f"{part.value:.2f}")
    return Text.assemble(value, (f" n={part.count}", QUIET))


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
    """How often the same framework is first if weights and definitions are chosen otherwise."""
    verdicts = {
        (each.winners, each.stability, each.robust, each.decisive)
        for each in indices
        if each.stability is not None
    }
    for winners, share, robust, decisive in sorted(verdicts, key=str):
        first = f"{winners[0]} is first" if len(winners) == 1 else "The frameworks tie"
        others = f"under {share:.0%} of the other definitions and weights"
        sentence = f"{first[:1].upper()}{first[1:]} {others}"
        without = f", but not if {' or '.join(decisive)}" if decisive else ""
        if robust:
            yield quiet(f"{sentence}: robust.")
        else:
            yield Text.assemble(
                (f"{sentence}{without}: ", QUIET), ("not robust", LOUD), (".", QUIET)
            )
