"""How exposed programs are to bugs: a table of all programs, and the model below it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from debugdiff.files import to_json
from debugdiff.report.layout import (
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    heading,
    indented,
    legend,
    number,
    plain,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Interval
    from debugdiff.report.page import Page
    from debugdiff.verdict.exposure import Exposure, ExposureModel, ProgramExposure

SCHEMA_VERSION = 1
_COLUMNS = (
    Column(header="program", flexible=14),
    Column(header="loop", flexible=5),
    Column(header="lines\nR1", justify="right"),
    Column(header="bugs\nthat fit", justify="right"),
    Column(header="places", justify="right"),
    Column(header="per\nline", justify="right"),
    Column(header="per\nR5", justify="right"),
    Column(header="cannot be\nwritten", justify="right"),
)
_LEGEND = (
    "*places*: all places of all bugs of the catalogue, each tried alone. *per R5*: places per"
    " name, keyword and method of the library that the program uses. *cannot be written*: bugs"
    " that cannot be made in the framework; no other column counts them. The catalogue is not a"
    " sample of the bugs that people make: more places mean more ways to go wrong, not more errors."
)


def render(found: Exposure, page: Page) -> str:
    """All programs, a block per case, and the model."""
    blocks = tuple(
        Block(title=Text(case, style=STRONG), rows=tuple(map(_row, programs)))
        for case, programs in groupby(found.programs, key=lambda program: program.case)
    )
    parts: list[RenderableType] = [
        heading(f"exposure to {found.bugs} bugs"),
        Grid(columns=_COLUMNS, blocks=blocks),
        *_model(found.model),
    ]
    return page.write(*parts, Text(), legend(_LEGEND))


def _row(program: ProgramExposure) -> Row:
    return (
        Text(program.name),
        Text(program.training.replace("_", " "), style=QUIET),
        plain(program.lines),
        plain(program.bugs),
        plain(program.places),
        number(program.places / program.lines),
        number(program.places / program.api if program.api else None),
        plain(program.prevented),
    )


def _model(model: ExposureModel | None) -> Iterator[RenderableType]:
    yield Text()
    if model is None:
        yield indented(Text("Fewer than three cases have both frameworks: no model is fitted."))
        return
    yield indented(
        Text(
            f"Over {model.programs} programs of {model.cases} cases Keras has"
            f" {_interval(model.unadjusted)} times PyTorch's places. Of programs with the same"
            f" number of lines it has {_interval(model.framework)} times. The exponent of the lines"
            f" is {_interval(model.length)}: 1 where twice the lines have twice the places, 0 where"
            " length does not matter. Intervals of 95 %, robust to what programs of a case share."
        )
    )


def _interval(found: Interval) -> str:
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"


def render_json(found: Exposure) -> str:
    """Every program, and the model."""
    return to_json({"schema_version": SCHEMA_VERSION, "exposure": found}, indent=2) + "\n"
