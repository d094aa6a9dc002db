"""Debuggability: one block per bug, the implementations of the case side by side as its rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from textwrap import shorten
from typing import TYPE_CHECKING

from debugdiff.model import UNCHANGED, Outcome
from debugdiff.report.layout import (
    BAD,
    GOOD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Rank,
    heading,
    legend,
    number,
    percent,
    quiet,
    rank,
)
from debugdiff.report.names import SILENT, MetricId, shows_at
from debugdiff.report.places import place_name, several_conditions
from debugdiff.report.quiet import TIMED_OUT, facts, label
from debugdiff.report.text import Text
from debugdiff.score.prose import first_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Attempt, Bug, Condition, ProgramReport, Report, Verdict

    Cell = Callable[[Attempt], Text]
    Rows = Mapping[Condition, Sequence[Attempt]]
    """One bug by condition over seeds: the seeds share a row."""

ROOMY = 96
"""From this width on, the stage stands beside when a bug showed itself."""
LAVISH = 130
"""From this width on, there is room for what the message begins with."""

_UNSEEN = (SILENT, TIMED_OUT)


def debuggability(report: Report, case: str, width: int) -> Iterator[RenderableType]:
    """The section of one case; nothing if none of its bugs was tried."""
    attempts = _by_bug(report.programs_of(case))
    found = [(bug, by_place(attempts[bug.id])) for bug in report.bugs if bug.id in attempts]
    tried = [(bug, rows) for bug, rows in found if any(map(_tried, rows.values()))]
    misfits = [bug.id for bug, rows in found if not any(map(_tried, rows.values()))]
    if not found:
        return
    yield heading(f"{case}: debuggability", Rank.BUGS)
    if tried:
        named = several_conditions(report)
        blocks = tuple(_block(bug, rows, width, named=named) for bug, rows in tried)
        yield Grid(columns=_columns(width), blocks=blocks)
    if misfits:
        yield from [Text()] if tried else []
        yield legend(f"*no place for them in this case*: {', '.join(misfits)}.")


def bug_grid(bug: Bug, attempts: Iterable[Attempt], *, named: bool) -> Grid:
    """The figures of one bug, a row for each program, without the message."""
    block = _block(bug, by_place(attempts), ROOMY, named=named)
    return Grid(columns=_columns(ROOMY), blocks=(replace(block, title=None),))


def _by_bug(programs: Sequence[ProgramReport]) -> Mapping[str, Sequence[Attempt]]:
    found: dict[str, list[Attempt]] = {}
    for program in programs:
        for attempt in program.attempts:
            found.setdefault(attempt.bug.id, []).append(attempt)
    return found


def by_place(attempts: Iterable[Attempt]) -> Rows:
    """Attempts by their condition over seeds."""
    rows: dict[Condition, list[Attempt]] = {}
    for attempt in attempts:
        rows.setdefault(attempt.condition.over_seeds, []).append(attempt)
    return rows


def _columns(width: int) -> tuple[Column, ...]:
    depth = Column(header="depth\nlines", justify="right")
    message = Column(header="message", flexible=24)
    return (
        Column(header="implementation", flexible=14),
        Column(header="shows\nD1", flexible=10),
        Column(header="exception", flexible=14),
        Column(header="defect\nD3", justify="right"),
        Column(header="use\nD3", justify="right"),
        Column(header="hops\nD5", justify="right"),
        Column(header="noise\nD4", justify="right"),
        Column(header="says\nD8", justify="right"),
        Column(header="argues\nD6", justify="right"),
        *([depth] if width >= ROOMY else []),
        *([message] if width >= LAVISH else []),
    )


def _block(bug: Bug, rows: Rows, width: int, *, named: bool) -> Block:
    tried = {place: seeds for place, seeds in rows.items() if _tried(seeds)}
    return Block(
        title=Text.assemble((bug.id, STRONG), (f"  {bug.title}", QUIET)),
        rows=tuple(
            (place_name(place, named=named), *_cells(seeds, width))
            for place, seeds in tried.items()
        ),
        notes=tuple(_notes(rows)),
    )


def _tried(seeds: Sequence[Attempt]) -> bool:
    return any(each.tried for each in seeds)


def _cells(seeds: Sequence[Attempt], width: int) -> Iterator[Text]:
    """Figures of an exception; else a sentence on what happened instead of one."""
    raised = any(each.failure for each in seeds)
    cells: tuple[Cell, ...] = (
        shows_with_stage if width >= ROOMY else shows,
        *(_FIGURES if raised else (_instead,)),
        *([_DEPTH] if raised and width >= ROOMY else []),
        *([_message(2 * (width - ROOMY))] if raised and width >= LAVISH else []),
    )
    return (_over_seeds(cell, seeds) for cell in cells)


def _over_seeds(cell: Cell, seeds: Sequence[Attempt]) -> Text:
    """One text if every seed gave the same, else the different ones."""
    seen = {text.plain: text for text in map(cell, seeds)}
    return Text("/").join(seen.values()) if len(seen) > 1 else next(iter(seen.values()))


def shows(attempt: Attempt) -> Text:
    """When a bug shows itself, or why it does not."""
    if attempt.prevented:
        return Text("prevented", style=GOOD)
    if attempt.verdict.outcome in UNCHANGED:
        return quiet("no effect")
    value = attempt.value(MetricId.REVEAL)
    if value is not None:
        words = shows_at(value)
    elif attempt.effective and attempt.record:
        words = label(attempt.record)
    else:
        return quiet("not judged")
    return Text(words, style=BAD if words in _UNSEEN else "")


def shows_with_stage(attempt: Attempt) -> Text:
    """The same with the stage in which the exception came."""
    text = shows(attempt)
    if not attempt.effective or not attempt.record or not attempt.failure:
        return text
    stage = attempt.record.stage.value
    return text if stage in text.plain else Text.assemble(text, (f", {stage}", QUIET))


def _exception(attempt: Attempt) -> Text:
    if not attempt.effective or not attempt.record:
        return quiet(_words(attempt.verdict.outcome))
    if attempt.failure is None:
        return quiet(label(attempt.record))
    return Text(attempt.failure.type.rpartition(".")[2])


def _message(length: int) -> Cell:
    """The first sentence of the message, as far as two lines of its column hold it."""

    def cell(attempt: Attempt) -> Text:
        first = first_sentence(attempt.failure) if attempt.failure else ""
        return quiet(shorten(first, length, placeholder=" ..."))

    return cell


def _instead(attempt: Attempt) -> Text:
    if not attempt.effective or not attempt.record:
        return quiet(_words(attempt.verdict.outcome))
    return quiet(facts(attempt, attempt.record))


def _words(outcome: Outcome) -> str:
    return outcome.value.replace("-", " ")


def _metric(metric: MetricId, write: Callable[[float | None], Text]) -> Cell:
    def cell(attempt: Attempt) -> Text:
        return write(attempt.value(metric)) if attempt.effective else NOTHING

    return cell


_FIGURES: tuple[Cell, ...] = (
    _exception,
    _metric(MetricId.DEFECT_IN_TRACE, rank),
    _metric(MetricId.USE_IN_TRACE, rank),
    _metric(MetricId.HOPS, lambda value: number(value, 0)),
    _metric(MetricId.NOISE, percent),
    _metric(MetricId.CONTENT, lambda value: number(value, 0)),
    _metric(MetricId.ARGUMENT, lambda value: number(value, 0)),
)


_DEPTH = _metric(MetricId.DEPTH, lambda value: number(value, 0))


def _notes(rows: Rows) -> Iterator[Text]:
    """Why a bug is not there to be measured; whom it is about, where the rows do not say it."""
    holders: dict[Verdict, list[str]] = {}
    for place, seeds in rows.items():
        for verdict in (each.verdict for each in seeds):
            if verdict.outcome is not Outcome.EFFECTIVE and verdict.reason:
                names = holders.setdefault(verdict, [])
                if place.implementation not in names:
                    names.append(place.implementation)
    reasons = Counter(verdict.outcome for verdict in holders)
    for (outcome, reason), names in holders.items():
        first_reason = reason.partition(";")[0]  # a reason per rule of the bug: `show` has them all
        plain = reasons[outcome] == 1 and outcome is not Outcome.NOT_APPLICABLE
        whose = "" if plain else f" in {', '.join(names)}"
        yield quiet(f"{_words(outcome)}{whose}: {first_reason}")
