"""Harm over seeds as a table: a block per bug, a row per program, own and shared weights."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from debugdiff.files import to_json
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
    legend,
    number,
    quiet,
)
from debugdiff.report.sandboxes import describe_sandboxes
from debugdiff.report.text import Text
from debugdiff.score.harm import HarmVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Bug, Case, Interval
    from debugdiff.report.page import Page
    from debugdiff.score.harm import HarmLine, HarmStudy

SCHEMA_VERSION = 1

_COLUMNS = (
    Column(header="program", flexible=12),
    Column(header="start", flexible=5),
    Column(header="clean", justify="right"),
    Column(header="bug", justify="right"),
    Column(header="lost", justify="right"),
    Column(header="95 %", justify="right"),
    Column(header="d", justify="right"),
    Column(header="p", justify="right"),
    Column(header="verdict", flexible=9),
)
_LEGEND = (
    "*lost*: clean minus bug, in the metric's own unit, with its 95 % interval. *harmful*: p below"
    " 0.05 in a generalised linear model of the metric on the bug, and a signed Cohen's *d* of 0.5"
    " or more (DeepCrime's rule); p is not adjusted for the number of bugs. *d* is in units of"
    " the spread between seeds: if that is small, a small loss has a large d. *not shown*: these"
    " seeds show no harm, which does not mean harmless. *start*: the initial weights are the"
    " framework's own, or those of the reference in every program. A seed decides the initial"
    " weights, the noise, and the order of the training rows."
)
_SAID: Mapping[HarmVerdict, Text] = {
    HarmVerdict.HARMFUL: Text("harmful", style=BAD),
    HarmVerdict.NOT_SHOWN: Text("not shown"),
    HarmVerdict.NOT_JUDGED: Text("not judged", style=QUIET),
}


def render(study: HarmStudy, bugs: Sequence[Bug], page: Page, cases: Sequence[Case] = ()) -> str:
    """One section per case, one block per bug."""
    titles = {bug.id: bug.title for bug in bugs}
    parts: list[RenderableType] = []
    for case, lines in groupby(study.lines_by_case(), key=lambda line: line.case):
        mine = list(lines)
        seeds = max(line.seeds for line in mine)
        parts.append(heading(f"{case}: harm over {count_of(seeds, 'seed')}, {mine[0].metric}"))
        parts.append(Grid(columns=_COLUMNS, blocks=tuple(_blocks(mine, titles))))
    parts.extend(_notes(study, cases))
    return page.write(*parts, Text(), legend(_LEGEND))


def _blocks(lines: Sequence[HarmLine], titles: Mapping[str, str]) -> Iterator[Block]:
    for bug, mine in groupby(lines, key=lambda line: line.bug):
        kept = list(mine)
        yield Block(
            title=Text.assemble((bug, STRONG), f"  {titles.get(bug, '')}"),
            rows=tuple(_row(line) for line in kept),
            notes=tuple(_reasons(kept)),
        )


def _row(line: HarmLine) -> Row:
    harm = line.harm
    return (
        Text(line.implementation),
        Text(line.start, style=QUIET),
        number(harm.clean, 3),
        number(harm.buggy, 3),
        *_lost(harm.lost),
        number(harm.effect),
        _p_value(harm.p_value),
        _SAID[harm.verdict],
    )


def _lost(lost: Interval | None) -> tuple[Text, Text]:
    if lost is None or lost.low is None or lost.high is None:
        return number(lost.value if lost else None, 3), NOTHING
    return number(lost.value, 3), Text(f"{lost.low:z.3f} to {lost.high:z.3f}")


def _p_value(value: float | None) -> Text:
    smallest = 0.0001
    if value is None:
        return NOTHING
    return Text("<0.0001") if value < smallest else Text(f"{value:.4f}")


def _reasons(lines: Sequence[HarmLine]) -> Iterator[Text]:
    reasons = {line.harm.reason: line for line in lines if line.harm.reason}
    for reason, line in reasons.items():
        yield Text(f"{line.implementation}: {reason.rstrip('.')}.", style=QUIET)


def _notes(study: HarmStudy, cases: Sequence[Case]) -> Iterator[RenderableType]:
    yield Text()
    for case, reason in study.unshared.items():
        yield indented(Text(f"{case} was not run from shared weights: it {reason}."))
    for case in study.same_order:
        yield indented(
            Text(
                f"{case}: the training rows come in the same order for every seed, because it has"
                " no `dataset.load` that gives a dataclass with arrays of as many rows in `train`."
            )
        )
    if study.not_run:
        yield indented(
            Text(f"{count_of(len(study.not_run), 'trial')} could not be run.", style=BAD)
        )
    if study.sandboxes:
        yield indented(quiet(describe_sandboxes(study.sandboxes, cases)))


def render_json(study: HarmStudy) -> str:
    """Every line, and what was not run."""
    return to_json({"schema_version": SCHEMA_VERSION, "harm": study}, indent=2) + "\n"
