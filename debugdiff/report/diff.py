"""`debugdiff diff`: where two programs part, what ranks after it, and what had no partner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff import __version__
from debugdiff.files import to_json
from debugdiff.report.layout import (
    BAD,
    GOOD,
    LOUD,
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
    legend,
    quiet,
    significant,
)
from debugdiff.report.text import Text
from debugdiff.run_diff.results import Phase
from debugdiff.worker.failure.source_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Location, SitePlace
    from debugdiff.report.page import Page
    from debugdiff.run_diff import Difference, RunDiff, SuspectSite

SCHEMA_VERSION = 1
"""Raised when a field of the JSON goes or changes its meaning."""

SHOWN = 10
"""Suspects in the table; JSON has all of them."""

_FIRSTS = (
    Column(header="phase"),
    Column(header="first at", flexible=20),
    Column(header="step", justify="right"),
    Column(header="difference\nrelative", justify="right"),
    Column(header="largest", justify="right"),
    Column(header="what", flexible=16),
)
_RANKING = (
    Column(header="", justify="right"),
    Column(header="site", flexible=18),
    Column(header="step", justify="right"),
    Column(header="growth", justify="right"),
    Column(header="called at, in the bad program", flexible=24),
)
_GROWTH = (
    "*growth*: how much more the site's output differs than its input does, as a multiple of the"
    " input's difference."
)
_CHANCE = (
    "This is in the first step. If the scripts set no seed, it may be chance; check with"
    " `debugdiff diff GOOD GOOD`."
)


def render(found: RunDiff, names: tuple[str, str], page: Page) -> str:
    """The comparison as text of the page's medium; `names` are those of the two scripts."""
    title = f"debugdiff diff {' '.join(names)}"
    if page.medium == "html":
        from debugdiff.report.html.scripts import run_page  # noqa: PLC0415 - jinja is slow

        return run_page(title, _parts(found, names), found.bad, beside=found.good, names=names)
    return page.write(*_parts(found, names), title=title)


def render_json(found: RunDiff, names: tuple[str, str]) -> str:
    """The same as one JSON object."""
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "debugdiff": __version__,
        "good": names[0],
        "bad": names[1],
        "parted": found.parted,
        "compared": found.compared,
        "differing": found.differing,
        "first": dict(found.first),
        "suspects": found.suspects,
        "only_good": found.only_good,
        "only_bad": found.only_bad,
        "notes": found.notes,
        "figures": found.figures,
    }
    return to_json(content, indent=2) + "\n"


def _parts(found: RunDiff, names: tuple[str, str]) -> Iterator[RenderableType]:
    if found.suspects:
        yield from _origin(found.suspects[0], names)
        if found.first:
            yield heading("First difference of each phase")
            yield Grid(columns=_FIRSTS, blocks=(Block(rows=tuple(_firsts(found))),))
        yield from _ranking(found)
    elif found.figures:
        yield Text.assemble(("They end with different figures: ", BAD), _figures(found), ".")
        yield Text(
            f"All values of layers are equal ({count_of(found.compared, 'value')}, within"
            " tolerance), so look at what is computed from them at the end: how the figures are"
            " evaluated, and on which rows."
        )
    else:
        yield Text(f"Equal: {count_of(found.compared, 'value')}, within tolerance.", style=GOOD)
    yield from _remarks(found, names)


def _figures(found: RunDiff) -> str:
    return ", ".join(f"{each.name} {each.good:.6g} and {each.bad:.6g}" for each in found.figures)


def _origin(suspect: SuspectSite, names: tuple[str, str]) -> Iterator[RenderableType]:
    yield Text.assemble(
        "They diverge at ", (suspect.site, LOUD), f", in step {suspect.step}: {suspect.reason}."
    )
    for name, place in zip(names, (suspect.good, suspect.bad), strict=True):
        for verb, line in _lines(place):
            yield indented(
                Text.assemble(
                    (f"{name}  ", QUIET), (_where(line), STRONG), f"  {verb}  {_code(line)}"
                )
            )


def _lines(place: SitePlace | None) -> Iterator[tuple[str, Location]]:
    if place is not None:
        if place.made is not None:
            yield "made  ", place.made
        if place.called is not None:
            yield "called", place.called


def _where(line: Location) -> str:
    return f"{Path(line.file).name}:{line.line}"


def _code(line: Location) -> str:
    return line_of(line.file, line.line).strip()


def _firsts(found: RunDiff) -> Iterator[Row]:
    for phase, each in found.first.items():
        yield (
            Text(phase),
            Text(_site_and_kind(each)),
            Text(str(each.step)),
            significant(each.relative),
            significant(each.largest),
            Text(each.what),
        )


def _site_and_kind(each: Difference) -> str:
    kind = each.kind.replace("-", " ")
    return f"{each.site} ({kind})" if each.site != kind else each.site


def _ranking(found: RunDiff) -> Iterator[RenderableType]:
    rows = tuple(_suspect_row(each) for each in found.suspects[:SHOWN])
    yield heading("Ranking")
    yield Grid(columns=_RANKING, blocks=(Block(rows=rows),))
    if any(each.growth is not None for each in found.suspects[:SHOWN]):
        yield legend(_GROWTH)
    hidden = len(found.suspects) - len(rows)
    if hidden:
        yield indented(quiet(f"{hidden} more differ later; all of them: --json."))


def _suspect_row(suspect: SuspectSite) -> Row:
    line = next((line for _, line in reversed(list(_lines(suspect.bad)))), None)
    return (
        Text(str(suspect.rank)),
        Text(suspect.site, style=LOUD if suspect.rank == 1 else ""),
        Text(str(suspect.step)),
        significant(suspect.growth),
        Text(f"{_where(line)}  {_code(line)}") if line else NOTHING,
    )


def _remarks(found: RunDiff, names: tuple[str, str]) -> Iterator[RenderableType]:
    yield Text()
    for name, sites in zip(names, (found.only_good, found.only_bad), strict=True):
        if sites:
            yield indented(Text.assemble((f"Only in {name}: ", BAD), ", ".join(sites)))
    for note in found.notes:
        yield indented(Text(note))
    if found.suspects:
        if found.figures:
            yield indented(Text(f"They end with different figures: {_figures(found)}."))
        share = f"{found.differing} of {count_of(found.compared, 'shared value')} differ."
        yield indented(quiet(share))
        origin = found.suspects[0].difference
        if origin and origin.step == 0 and origin.phase is Phase.FORWARD:
            yield indented(quiet(_CHANCE))
