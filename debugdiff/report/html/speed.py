"""How fast programs are, as a page: for each part of a run a bar per arm, then all tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import SpeedPart
from debugdiff.report.html.document import document, fill
from debugdiff.report.html.elements import elements
from debugdiff.report.html.plots import bar
from debugdiff.report.layout import count_of, legend
from debugdiff.report.speed import (
    LEGEND,
    duration,
    interval_ends,
    not_citable,
    notes_of,
    tables_of,
    title_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markupsafe import Markup

    from debugdiff.speed import ArmSummary, SpeedStudy, SpeedTable

_SHOWN = (SpeedPart.FIRST, SpeedPart.STEADY, SpeedPart.EVALUATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One arm in one part of a run."""

    name: str
    bar: Markup
    figure: str
    ends: str
    processes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One part of a run: its arms on one scale."""

    title: str
    rows: tuple[Row, ...]
    scale: tuple[str, ...]


def render_speed(study: SpeedStudy) -> str:
    """A study as a file."""
    tables = [
        (title_of(table, study), tuple(_panels(table)), elements(tables_of(table)))
        for table in study.tables
    ]
    page = fill(
        "speed.html",
        tables=tables,
        notes=tuple(notes_of(study)),
        warning="" if study.citable else not_citable(study),
        legend=elements([legend(LEGEND)]),
    )
    return document("debugdiff speed", page)


def _panels(table: SpeedTable) -> Iterator[Panel]:
    for part in _SHOWN:
        arms = [arm for arm in table.arms if part in arm.wall]
        if not arms:
            continue
        most = max(arm.wall[part].high or arm.wall[part].value for arm in arms)
        yield Panel(
            title=part,
            rows=tuple(_row(arm, part, most) for arm in arms),
            scale=("0", duration(most / 2), duration(most)),
        )


def _row(arm: ArmSummary, part: SpeedPart, most: float) -> Row:
    wall = arm.wall[part]
    return Row(
        name=arm.way,
        bar=bar(wall, most),
        figure=duration(wall.value),
        ends=interval_ends(wall),
        processes=count_of(arm.processes, "process", "processes"),
    )
