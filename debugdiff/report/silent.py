"""Silent bugs: a profile of their own, since a catalogue's mix must not decide a verdict."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.model import Outcome, Symptom
from debugdiff.report.layout import (
    Block,
    Column,
    Grid,
    Row,
    heading,
    legend,
    quiet,
)
from debugdiff.report.names import REVEAL, Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.model import BugOutcome, Case
    from debugdiff.report.evidence import Evidence

_COLUMNS = (
    Column(header="implementation", flexible=14),
    Column(header="tried", justify="right"),
    Column(header="prevented", justify="right"),
    Column(header="shows (D1)", flexible=16),
    Column(header="sentinel (Q1)", flexible=10),
    Column(header="divergence (Q2)", flexible=10),
    Column(header="propagation (Q3)", flexible=11),
)
_PREVENTED = (Outcome.ABSORBED, Outcome.NOT_EXPRESSIBLE)

LEGEND = (
    "Bugs that should raise nothing; no index is made of them. Whether one does harm is judged over"
    " seeds; without them it is not shown harmful, which is not the same as harmless."
)


def silent(evidence: Evidence, case: Case) -> Iterator[RenderableType]:
    """The section of one case; nothing if no silent bug was tried."""
    names = [each.name for each in case.implementations]
    tried = {name: _outcomes(evidence, case.name, name) for name in names}
    rows = tuple(_row(evidence, name, outcomes) for name, outcomes in tried.items() if outcomes)
    if rows:
        yield heading(f"{case.name}: silent bugs")
        yield Grid(columns=_COLUMNS, blocks=(Block(rows=rows),))
        yield legend(LEGEND)


def _outcomes(evidence: Evidence, case: str, implementation: str) -> list[BugOutcome]:
    return [
        each
        for each in evidence.report.outcomes
        if (each.case, each.implementation) == (case, implementation)
        if each.outcome is not Outcome.NOT_APPLICABLE
        if _is_silent(evidence, each)
    ]


def _is_silent(evidence: Evidence, outcome: BugOutcome) -> bool:
    bug = evidence.bug(outcome.bug)
    return bug is not None and bug.symptom.get(outcome.stack.framework) is Symptom.SILENT


def _row(evidence: Evidence, implementation: str, outcomes: Sequence[BugOutcome]) -> Row:
    return (
        Text(implementation),
        Text(str(len(outcomes))),
        Text(str(sum(each.outcome in _PREVENTED for each in outcomes))),
        _reveals(evidence, outcomes),
        *(_values(evidence, outcomes, metric) for metric in ("Q1", "Q2", "Q3")),
    )


def _reveals(evidence: Evidence, outcomes: Sequence[BugOutcome]) -> Text:
    values = _judged(evidence, outcomes, Metric.REVEAL)
    counts = Counter(round(value) for value in values)
    told = [f"{count} {REVEAL[level]}" for level, count in sorted(counts.items())]
    return Text(", ".join(told)) if told else quiet("not judged")


def _values(evidence: Evidence, outcomes: Sequence[BugOutcome], metric: str) -> Text:
    """The judged values themselves: so few bugs deserve no average."""
    values = _judged(evidence, outcomes, metric)
    return Text(" ".join(f"{value:.2g}" for value in values)) if values else quiet("not judged")


def _judged(evidence: Evidence, outcomes: Sequence[BugOutcome], metric: str) -> list[float]:
    found = (
        evidence.score(each.trial, metric)
        for each in outcomes
        if each.outcome is Outcome.EFFECTIVE
    )
    return [value for value in found if value is not None]
