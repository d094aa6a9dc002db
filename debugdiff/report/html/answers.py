"""The first page: the answers of a run, as the first screen of `debugdiff run` gives them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from debugdiff.model import Dimension
from debugdiff.report.first_screen import (
    TITLES,
    WORDS,
    beside,
    both,
    compared,
    ends,
    figure_as_text,
    reference_of,
    unit_of,
)
from debugdiff.report.html.document import fill
from debugdiff.report.html.elements import elements, inline
from debugdiff.report.html.matrix import address
from debugdiff.report.html.plots import bar
from debugdiff.report.layout import count_of, legend

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

    from debugdiff.model import Contrast, Report, Standing

_MOST_CONTRASTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One program in one dimension."""

    name: str
    bar: Markup
    figure: str
    ends: str
    units: str
    beside: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One dimension: its programs on one scale, which has a text at each end and in the middle."""

    title: str
    about: str
    rows: tuple[Row, ...]
    scale: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A bug that shows itself otherwise in one program than in another."""

    bug: str
    case: str
    address: str
    first: str
    second: str


def answers(report: Report) -> Markup:
    """What was compared, where each program stands, and what differs most."""
    reference = reference_of(report)
    shown = report.contrasts[:_MOST_CONTRASTS]
    return fill(
        "answers.html",
        title=_title(report),
        compared=elements(compared(report)),
        panels=tuple(_panels(report.standings, reference)),
        reference=reference,
        words=elements([legend(WORDS)]),
        differences=tuple(_difference(each, report) for each in shown),
        more=len(report.contrasts) - len(shown),
        attempts=len(report.attempts),
    )


def _title(report: Report) -> str:
    cases = report.cases
    return cases[0].title if len(cases) == 1 else count_of(len(cases), "case")


def _panels(standings: Sequence[Standing], reference: str) -> Iterator[Panel]:
    for dimension, alike in groupby(standings, key=lambda one: one.dimension):
        rows = tuple(alike)
        if not any(one.units for one in rows):
            continue
        title, about = TITLES[dimension]
        most = _most(dimension, rows)
        yield Panel(
            title=title,
            about=about.format(reference=reference or "the reference"),
            rows=tuple(_row(one, most) for one in rows),
            scale=tuple(figure_as_text(most * share, dimension).plain for share in (0, 0.5, 1)),
        )


def _most(dimension: Dimension, rows: Sequence[Standing]) -> float:
    """The end of the scale: the most that can be, or of sizes the largest one."""
    if dimension is not Dimension.READABILITY:
        return 100.0 if dimension is Dimension.CRASHES else 1.0
    found = [one.figure for one in rows if one.figure]
    return max(1.0, *(figure.high or figure.value for figure in found), 0.0)


def _row(one: Standing, most: float) -> Row:
    is_size = one.dimension is Dimension.READABILITY
    return Row(
        name=one.implementation,
        bar=bar(one.figure, most, mark=1.0 if is_size else None),
        figure=figure_as_text(one.figure.value, one.dimension).plain if one.figure else "·",
        ends=ends(one).plain,
        units=count_of(one.units, unit_of(one.dimension)),
        beside=inline(beside(one)),
    )


def _difference(contrast: Contrast, report: Report) -> Difference:
    first, second = both(contrast)
    other = contrast.other
    return Difference(
        bug=other.bug.id,
        case=other.case.name if len(report.cases) > 1 else "",
        address=address(other.bug.id, other.case.name),
        first=first,
        second=second,
    )
