"""The answers of a run on one screen: what was compared, where programs stand, what differs."""

from __future__ import annotations

from itertools import groupby, zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING

from debugdiff.model import Dimension, Judgement, Outcome
from debugdiff.report import Table
from debugdiff.report.comparison import word
from debugdiff.report.debuggability import shows
from debugdiff.report.layout import (
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    indented,
    legend,
    number,
    percent,
    quiet,
)
from debugdiff.report.overview import warnings
from debugdiff.report.page import DEFAULT_WIDTH
from debugdiff.report.said import said
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Contrast, Report, Standing
    from debugdiff.report.page import Page

_MOST_CONTRASTS = 3
_BARS_FROM = 80
"""Width of the page from which on there are bars."""
_SIDE, _ROWS_BESIDE = 20, 3
"""Columns for what a dimension is about, beside its rows, and how many of these it takes."""
TITLES: Mapping[Dimension, tuple[str, str]] = {
    Dimension.READABILITY: ("Readability", "size of the source; {reference} = 1, less is lighter"),
    Dimension.PREVENTION: ("Prevention", "bugs it makes impossible or corrects"),
    Dimension.CRASHES: ("Crash reports", "0 to 100: how early, how close, how clear"),
    Dimension.SILENT: ("Silent bugs noticed", "by a warning, a crash or a check of values"),
    Dimension.ACCESS: ("Interim access", "values visible with 0 to 10 added lines"),
}
WORDS = (
    "These are proxies, not validated on people. *Better* or *worse* needs a significant test on"
    " bugs, or cases, of both; *too few*: fewer than six; *not shown* does not mean equal."
)
_FULL, _EMPTY = "\N{BOX DRAWINGS HEAVY HORIZONTAL}", "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
_BAR_COLUMNS = ((130, 24), (DEFAULT_WIDTH, 12), (0, 10))
"""From this width of the page on: columns of a bar."""
_BETWEEN = " | "
_CUT = "..."


def first_screen(report: Report, page: Page) -> Iterator[RenderableType]:
    """What was compared, where each program stands, and what differs most."""
    yield from compared(report)
    yield from _standings(report, page)
    yield from _contrasts(report, page)


def how_to_see_the_rest(report: Report) -> Iterator[RenderableType]:
    """The commands that open what is behind the answers."""
    if report.attempts:
        tables = "|".join(table for table in Table if table not in {Table.ANSWERS, Table.TRIALS})
        yield quiet(f"More: -v, or --table {tables}; debugdiff show CASE BUG PROGRAM")


# --- what was compared ---------------------------------------------------------------------------


def compared(report: Report) -> Iterator[RenderableType]:
    """What was run, and everything to know before any figure."""
    yield Text.assemble((_subject(report), STRONG), f": {_programs(report)}; {_trials(report)}.")
    yield from warnings(report)
    if len(report.programs) > 1:
        reasons = (case.pairing.reason for case in report.cases if not case.pairing.compared)
        yield from map(Text, dict.fromkeys(reasons))
    if report.attempts and not any(one.effective for one in report.attempts):
        yield Text("No bug had an effect in these programs: --table bugs shows why.")


def _subject(report: Report) -> str:
    names = [case.name for case in report.cases]
    return names[0] if len(names) == 1 else count_of(len(names), "case")


def _programs(report: Report) -> str:
    programs = count_of(len(report.programs), "program")
    if len(report.cases) > 1 or len(report.programs) < 2:  # noqa: PLR2004 - a pair
        return programs
    paired = report.cases[0].pairing.compared
    return f"one model in {programs}" if paired else f"{programs}, not known to be one model"


def _trials(report: Report) -> str:
    """How many bugs were tried, how often, and with which seeds.

    That a framework cannot express a bug is known without a trial, so this alone is none.
    """
    tried = {
        one.bug.id
        for one in report.attempts
        if one.tried and one.measured and one.verdict.outcome is not Outcome.NOT_EXPRESSIBLE
    }
    bugs = f"{len(tried)} of {count_of(len(report.bugs), 'bug')} tried"
    trials = count_of(len(report.results), "trial")
    sizes = ", ".join(sorted({each.trial.size.value for each in report.results}))
    seeds = sorted({each.trial.seed for each in report.results})
    listed = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    return f"{bugs}, {trials} at size {sizes}, {listed}" if seeds else f"{bugs}, {trials}"


# --- where each program stands -------------------------------------------------------------------


def _standings(report: Report, page: Page) -> Iterator[RenderableType]:
    groups = [
        (dimension, tuple(alike))
        for dimension, alike in groupby(report.standings, key=lambda one: one.dimension)
    ]
    groups = [(dimension, rows) for dimension, rows in groups if any(one.units for one in rows)]
    if not groups:
        yield indented(quiet("Nothing was measured that can be compared."))
        return
    reference = reference_of(report)
    is_beside = _is_wide(page) and max(len(rows) for _, rows in groups) >= _ROWS_BESIDE
    blocks = [_block(rows, dimension, reference, page) for dimension, rows in groups]
    if is_beside:
        blocks = list(map(_with_title_beside, blocks))
    columns = (*([Column(header="")] if is_beside else []), *_columns(reference, page))
    yield Grid(columns=columns, blocks=tuple(blocks), ruled=False)
    if any(one.conclusion for one in report.standings):
        yield legend(WORDS)


def reference_of(report: Report) -> str:
    """What the others are compared with; empty if nothing is compared."""
    names = {one.reference for one in report.standings if one.reference}
    return "the reference" if len(names) > 1 else "".join(names)


def _columns(reference: str, page: Page) -> tuple[Column, ...]:
    return (
        Column(header="program", flexible=12),
        *([Column(header="")] if _has_bars(page) else []),
        Column(header="figure", justify="right"),
        Column(header="95 %", justify="right"),
        Column(header="n", justify="right"),
        Column(header=f"vs. {reference}" if reference else "", flexible=12),
    )


def _is_wide(page: Page) -> bool:
    """Whether there is room for two things side by side."""
    return page.width >= DEFAULT_WIDTH and not page.plain


def _has_bars(page: Page) -> bool:
    return page.width >= _BARS_FROM and not page.plain


def _block(
    standings: Sequence[Standing], dimension: Dimension, reference: str, page: Page
) -> Block:
    title, about = TITLES[dimension]
    about = about.format(reference=reference or "the reference")
    rows = tuple(_row(one, standings, page) for one in standings)
    return Block(title=Text.assemble((title, STRONG), (f"  {about}", QUIET)), rows=rows)


def _with_title_beside(block: Block) -> Block:
    """The same with the title left of its rows, so that it takes no line of its own."""
    assert block.title is not None
    title, _, about = block.title.plain.partition("  ")
    side = [Text(title, style=STRONG), *map(quiet, wrap(about, _SIDE))]
    empty = (Text(),) * len(block.rows[0])
    pairs = zip_longest(side, block.rows)
    return Block(rows=tuple((head or Text(), *(row or empty)) for head, row in pairs))


def _row(one: Standing, alike: Sequence[Standing], page: Page) -> Row:
    return (
        Text(one.implementation),
        *([_bar(one, alike, page)] if _has_bars(page) else []),
        _figure(one),
        ends(one),
        quiet(count_of(one.units, unit_of(one.dimension))),
        beside(one),
    )


def unit_of(dimension: Dimension) -> str:
    """What a figure is a mean of."""
    return "case" if dimension in {Dimension.READABILITY, Dimension.ACCESS} else "bug"


def _figure(one: Standing) -> Text:
    return number(None) if one.figure is None else figure_as_text(one.figure.value, one.dimension)


def figure_as_text(value: float, dimension: Dimension) -> Text:
    """In the unit of its dimension."""
    if dimension is Dimension.READABILITY:
        return number(value)
    return number(value, 0) if dimension is Dimension.CRASHES else percent(value)


def ends(one: Standing) -> Text:
    """The interval of 95 %, if there is one."""
    if one.figure is None or one.figure.low is None or one.figure.high is None:
        return Text()
    low, high = (
        figure_as_text(end, one.dimension).plain for end in (one.figure.low, one.figure.high)
    )
    return quiet(f"{low.removesuffix('%')} to {high}")


def _bar(one: Standing, alike: Sequence[Standing], page: Page) -> Text:
    """From 0 to the most that can be, or of sizes to the largest one."""
    if one.figure is None:
        return Text()
    most = 100.0 if one.dimension is Dimension.CRASHES else 1.0
    if one.dimension is Dimension.READABILITY:
        most = max(other.figure.value for other in alike if other.figure)
    columns = next(columns for width, columns in _BAR_COLUMNS if page.width >= width)
    full = round(min(max(one.figure.value / most, 0.0), 1.0) * columns)
    return Text.assemble(_FULL * full, (_EMPTY * (columns - full), QUIET))


def beside(one: Standing) -> Text:
    """What is concluded, and where it is earned by how much; nothing of the reference itself."""
    if one.conclusion is None:
        return Text()
    if one.conclusion.verdict in {Judgement.NOT_SHOWN, Judgement.NOT_JUDGED}:
        return word(one.conclusion)
    return Text.assemble(word(one.conclusion), (_by(one), QUIET))


def _by(one: Standing) -> str:
    """The difference with its interval, in the unit of the figures; of a ratio they say it all."""
    found = one.difference.difference if one.difference else None
    if found is None:
        return ""
    unit = 1 if one.dimension is Dimension.CRASHES else 100
    if found.low is None or found.high is None:
        return f", {unit * found.value:+z.0f}"
    ends = f"{unit * found.low:z.0f} to {unit * found.high:z.0f}"
    return f", {unit * found.value:+z.0f} ({ends})"


# --- what differs most ---------------------------------------------------------------------------


def _contrasts(report: Report, page: Page) -> Iterator[RenderableType]:
    found = report.contrasts[:_MOST_CONTRASTS]
    if not found:
        return
    others = len(report.contrasts) - len(found)
    more = f"  and {count_of(others, 'more bug')} with different symptoms" if others else ""
    yield Text.assemble(("What differs most", STRONG), (more, QUIET))
    for contrast in found:
        name = contrast.other.bug.id
        if len(report.cases) > 1:
            name = f"{contrast.other.case.name} {name}"
        yield from (
            _on_a_line(contrast, name, page) if _is_wide(page) else _on_lines(contrast, name, page)
        )


def _on_a_line(contrast: Contrast, name: str, page: Page) -> Iterator[Text]:
    """Both programs, each cut to half of what the name of the bug leaves."""
    room = (page.width - len(name) - len(_BETWEEN) - 2) // 2
    first, second = both(contrast)
    spare = max(room - len(first), 0)
    yield Text.assemble(
        (name, STRONG),
        f"  {_cut(first, max(room, 2 * room - len(second)))}",
        (_BETWEEN, QUIET),
        _cut(second, room + spare),
    )


def _on_lines(contrast: Contrast, name: str, page: Page) -> Iterator[Text]:
    if page.plain:
        yield from (Text(f"{name}, {text}") for text in both(contrast))
        return
    yield Text(name, style=STRONG)
    for text in both(contrast):
        yield Text(f"  {_cut(text, page.width - 2)}")


def both(contrast: Contrast) -> tuple[str, str]:
    """What both say; when a bug shows itself is left out where that is the same."""
    attempts = (contrast.reference, contrast.other)
    same = len({shows(each).plain for each in attempts}) == 1
    first, second = (
        f"{each.implementation.name}: {said(each, when=not same)}" for each in attempts
    )
    return first, second


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(_CUT)].rstrip() + _CUT
