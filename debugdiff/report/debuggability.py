"""Debuggability: one block per bug, the implementations of the case side by side as its rows."""

from __future__ import annotations

from collections import Counter
from textwrap import shorten
from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.model import Outcome
from debugdiff.report.layout import (
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
from debugdiff.report.quiet import NEVER_ENDED, SILENT, facts, label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from debugdiff.model import Bug, BugOutcome, Case
    from debugdiff.report.evidence import Evidence, Place

    Cell = Callable[[Evidence, BugOutcome], Text]
    Outcomes = Mapping[Place, Sequence[BugOutcome]]

ROOMY = 96
"""From this width on, the stage stands beside when a bug showed itself."""
LAVISH = 130
"""From this width on, there is room for what the message begins with."""

_PREVENTED = (Outcome.NOT_EXPRESSIBLE, Outcome.ABSORBED)
_UNSEEN = (REVEAL[5], SILENT, NEVER_ENDED)


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
        yield Grid(columns=_columns(width), blocks=blocks)
    if misfits:
        yield from [Text()] if tried else []
        yield legend(f"*no place for them in this case*: {', '.join(misfits)}.")


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
    """Figures of an exception; else a sentence on what happened instead of one."""
    name = place_name(place, named=evidence.several_conditions)
    raised = any(_raised(evidence, each) for each in outcomes)
    cells: tuple[Cell, ...] = (
        _shows_with_stage if width >= ROOMY else _shows,
        *(_FIGURES if raised else (_instead,)),
        *([_DEPTH] if raised and width >= ROOMY else []),
        *([_message(2 * (width - ROOMY))] if raised and width >= LAVISH else []),
    )
    return (name, *(_over_seeds(cell, evidence, outcomes) for cell in cells))


def _raised(evidence: Evidence, outcome: BugOutcome) -> bool:
    result = evidence.results.get(outcome.trial)
    return bool(result and result.record.failure)


def _over_seeds(cell: Cell, evidence: Evidence, outcomes: Sequence[BugOutcome]) -> Text:
    """One text if every seed gave the same, else the different ones."""
    seen = {text.plain: text for text in (cell(evidence, each) for each in outcomes)}
    return Text("/").join(seen.values()) if len(seen) > 1 else next(iter(seen.values()))


def _shows(evidence: Evidence, outcome: BugOutcome) -> Text:
    if outcome.outcome in _PREVENTED:
        return Text("prevented", style=GOOD)
    value = evidence.score(outcome.trial, Metric.REVEAL)
    result = evidence.results.get(outcome.trial)
    if value is not None:
        told = REVEAL[round(value)]
    elif outcome.outcome is Outcome.EFFECTIVE and result:
        told = label(result.record)
    else:
        return quiet("not judged")
    return Text(told, style=BAD if told in _UNSEEN else "")


def _shows_with_stage(evidence: Evidence, outcome: BugOutcome) -> Text:
    text = _shows(evidence, outcome)
    result = evidence.results.get(outcome.trial)
    if outcome.outcome is not Outcome.EFFECTIVE or not result or not result.record.failure:
        return text
    stage = result.record.stage.value
    return text if stage in text.plain else Text.assemble(text, (f", {stage}", QUIET))


def _exception(evidence: Evidence, outcome: BugOutcome) -> Text:
    result = evidence.results.get(outcome.trial)
    if outcome.outcome is not Outcome.EFFECTIVE or not result:
        return quiet(_words(outcome.outcome))
    failure = result.record.failure
    if failure is None:
        return quiet(label(result.record))
    return Text(failure.type.rpartition(".")[2])


def _message(length: int) -> Cell:
    """The first line of the message, as far as two lines of its column hold it."""

    def cell(evidence: Evidence, outcome: BugOutcome) -> Text:
        result = evidence.results.get(outcome.trial)
        failure = result.record.failure if result else None
        first = next(iter(failure.message.strip().splitlines()), "") if failure else ""
        return quiet(shorten(first, length, placeholder=" ..."))

    return cell


def _instead(evidence: Evidence, outcome: BugOutcome) -> Text:
    result = evidence.results.get(outcome.trial)
    if outcome.outcome is not Outcome.EFFECTIVE or not result:
        return quiet(_words(outcome.outcome))
    return quiet(facts(evidence, outcome, result.record))


def _words(outcome: Outcome) -> str:
    return outcome.value.replace("-", " ")


def _metric(metric: Metric, write: Callable[[float | None], Text]) -> Cell:
    def cell(evidence: Evidence, outcome: BugOutcome) -> Text:
        if outcome.outcome is not Outcome.EFFECTIVE:
            return NOTHING
        return write(evidence.score(outcome.trial, metric))

    return cell


_FIGURES: tuple[Cell, ...] = (
    _exception,
    _metric(Metric.DEFECT_IN_TRACE, rank),
    _metric(Metric.USE_IN_TRACE, rank),
    _metric(Metric.HOPS, lambda value: number(value, 0)),
    _metric(Metric.NOISE, percent),
    _metric(Metric.CONTENT, lambda value: number(value, 0)),
    _metric(Metric.ARGUMENT, lambda value: number(value, 0)),
)


_DEPTH = _metric(Metric.DEPTH, lambda value: number(value, 0))


def _notes(outcomes: Outcomes) -> Iterator[Text]:
    """Why a bug is not there to be measured; whom it is about, where the rows do not say it."""
    holders: dict[tuple[Outcome, str], list[str]] = {}
    for place, group in outcomes.items():
        for outcome in group:
            if outcome.outcome is not Outcome.EFFECTIVE and outcome.reason:
                names = holders.setdefault((outcome.outcome, outcome.reason), [])
                if place.implementation not in names:
                    names.append(place.implementation)
    reasons = Counter(outcome for outcome, _ in holders)
    for (outcome_kind, reason), names in holders.items():
        told = reason.partition(";")[0]  # a reason per rule of the bug: `show` has them all
        plain = reasons[outcome_kind] == 1 and outcome_kind is not Outcome.NOT_APPLICABLE
        whose = "" if plain else f" in {', '.join(names)}"
        yield quiet(f"{_words(outcome_kind)}{whose}: {told}")
