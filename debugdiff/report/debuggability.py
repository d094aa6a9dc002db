"""Debuggability: one block per bug, the implementations of the case side by side as its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.model import Outcome, WorkerEnd
from debugdiff.report.layout import (
    ABSENT,
    BAD,
    GOOD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    heading,
    legend,
    number,
    percent,
    quiet,
    rank,
)
from debugdiff.report.names import REVEAL, Metric
from debugdiff.report.places import place_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Bug, BugOutcome, Case, Record
    from debugdiff.report.evidence import Evidence, Place

    Cell = Callable[[Evidence, BugOutcome], Text]
    Outcomes = Mapping[Place, Sequence[BugOutcome]]

ROOMY = 96
"""From this width on, the stage stands beside when a bug showed itself."""

_PREVENTED = (Outcome.NOT_EXPRESSIBLE, Outcome.ABSORBED)

LEGEND = (
    "*shows*: when the bug shows itself. *defect*, *use*: rank, among the user's frames with the"
    " innermost first, of the line that was changed and of the line where that bites;"
    f" *{ABSENT}* is not in the trace. *hops*: from the nearest line that the trace names to the"
    " defect. *noise*: library frames among the printed ones. *says*: facts that the message"
    " states, of 9. *argues*: parts of an argument that it makes, of 5. *·* does not apply or"
    " cannot be judged. Any figure explains itself: *debugdiff show CASE BUG IMPLEMENTATION*"
)


def debuggability(evidence: Evidence, case: Case, width: int) -> Iterator[RenderableType]:
    """The section of one case; nothing if none of its bugs was tried."""
    found = [(bug, evidence.outcomes_of(case, bug)) for bug in evidence.report.bugs]
    tried = [(bug, each) for bug, each in found if any(map(_tried, each.values()))]
    misfits = [bug.id for bug, each in found if each and not any(map(_tried, each.values()))]
    if not tried and not misfits:
        return
    yield heading(f"{case.name}: debuggability")
    if tried:
        blocks = tuple(_block(evidence, bug, each, width) for bug, each in tried)
        yield Grid(columns=_columns(), blocks=blocks)
        yield Text()
        yield legend(LEGEND)
    if misfits:
        yield legend(f"*no place for them in this case*: {', '.join(misfits)}.")


def _columns() -> tuple[Column, ...]:
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
    )


def _block(evidence: Evidence, bug: Bug, outcomes: Outcomes, width: int) -> Block:
    tried = {place: each for place, each in outcomes.items() if _tried(each)}
    return Block(
        title=Text.assemble((bug.id, STRONG), (f"  {bug.title}", QUIET)),
        rows=tuple(_row(evidence, place, each, width) for place, each in tried.items()),
        notes=tuple(_notes(outcomes)),
    )


def _tried(outcomes: Sequence[BugOutcome]) -> bool:
    return any(each.outcome is not Outcome.NOT_APPLICABLE for each in outcomes)


def _row(evidence: Evidence, place: Place, outcomes: Sequence[BugOutcome], width: int) -> Row:
    shows = _shows_with_stage if width >= ROOMY else _shows
    cells: tuple[Cell, ...] = (
        shows,
        _exception,
        _metric(Metric.DEFECT_IN_TRACE, rank),
        _metric(Metric.USE_IN_TRACE, rank),
        _metric(Metric.HOPS, lambda value: number(value, 0)),
        _metric(Metric.NOISE, percent),
        _metric(Metric.CONTENT, lambda value: number(value, 0)),
        _metric(Metric.ARGUMENT, lambda value: number(value, 0)),
    )
    name = place_name(place, named=evidence.several_conditions)
    return (name, *(_over_seeds(cell, evidence, outcomes) for cell in cells))


def _over_seeds(cell: Cell, evidence: Evidence, outcomes: Sequence[BugOutcome]) -> Text:
    """One text if every seed gave the same, else the different ones."""
    seen = {text.plain: text for text in (cell(evidence, each) for each in outcomes)}
    return Text("/").join(seen.values()) if len(seen) > 1 else next(iter(seen.values()))


def _shows(evidence: Evidence, outcome: BugOutcome) -> Text:
    if outcome.outcome in _PREVENTED:
        return Text("prevented", style=GOOD)
    value = evidence.score(outcome.trial, Metric.REVEAL)
    if value is None:
        return quiet("not judged")
    label = REVEAL[round(value)]
    return Text(label, style=BAD if label == REVEAL[5] else "")


def _shows_with_stage(evidence: Evidence, outcome: BugOutcome) -> Text:
    text = _shows(evidence, outcome)
    result = evidence.results.get(outcome.trial)
    if outcome.outcome is not Outcome.EFFECTIVE or not result or not result.record.failure:
        return text
    stage = result.record.stage.value
    return text if stage in text.plain else Text.assemble(text, (f", {stage}", QUIET))


def _exception(evidence: Evidence, outcome: BugOutcome) -> Text:
    if outcome.outcome is not Outcome.EFFECTIVE:
        return quiet(outcome.outcome.value.replace("-", " "))
    result = evidence.results.get(outcome.trial)
    return _ending(result.record) if result else NOTHING


def _ending(record: Record) -> Text:
    if record.failure is not None:
        return Text(record.failure.type.rpartition(".")[2])
    if record.worker is not WorkerEnd.FINISHED:
        return Text(record.worker.value)
    if record.warnings:
        return Text(f"warning: {record.warnings[0].category}")
    return quiet("none")


def _metric(metric: Metric, write: Callable[[float | None], Text]) -> Cell:
    def cell(evidence: Evidence, outcome: BugOutcome) -> Text:
        if outcome.outcome is not Outcome.EFFECTIVE:
            return NOTHING
        return write(evidence.score(outcome.trial, metric))

    return cell


def _notes(outcomes: Outcomes) -> Iterator[Text]:
    """One line per reason why a bug is not there to be measured, with the places it holds for."""
    holders: dict[tuple[Outcome, str], list[str]] = {}
    for place, group in outcomes.items():
        for outcome in group:
            if outcome.outcome is not Outcome.EFFECTIVE and outcome.reason:
                names = holders.setdefault((outcome.outcome, outcome.reason), [])
                if place.implementation not in names:
                    names.append(place.implementation)
    for (outcome_kind, reason), names in holders.items():
        told = reason.partition(";")[0]  # a reason per rule of the bug: `show` has them all
        yield quiet(f"{outcome_kind.replace('-', ' ')}, {', '.join(names)}: {told}")
