"""Interim access: how much of a program's tensors its own statements can show while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.report.layout import (
    QUIET,
    Block,
    Column,
    Grid,
    Row,
    heading,
    legend,
    number,
    quiet,
)
from debugdiff.report.names import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from debugdiff.model import Case, Implementation, Mode, Score
    from debugdiff.report.evidence import Evidence

_COLUMNS = (
    Column(header="implementation", flexible=14),
    Column(header="mode"),
    Column(header="numbers\nO1", justify="right"),
    Column(header="print shows\ndigits", justify="right"),
    Column(header="what was seen", flexible=24),
)

LEGEND = (
    "*O1*: statements of the model and training code that gave numbers on every step, of those that"
    " hold tensors; 1 is best. *·* cannot be judged, for the reason beside it: a program without"
    " such a statement is a finding, and not a zero."
)


def interim(evidence: Evidence, case: Case) -> Iterator[RenderableType]:
    """The section of one case; nothing if no statement was probed."""
    rows = tuple(
        _row(evidence, score)
        for implementation in case.implementations
        for score in _observed(evidence, implementation)
    )
    if not rows:
        return
    yield heading(f"{case.name}: interim access")
    yield Grid(columns=_COLUMNS, blocks=(Block(rows=rows),))
    yield legend(LEGEND)


def _observed(evidence: Evidence, implementation: Implementation) -> Iterable[Score]:
    """O1 for each stack and mode: it is of statements, which are the same for every seed."""
    first: dict[tuple[str, Mode], Score] = {}
    for score in evidence.report.scores:
        wanted = (implementation.case, implementation.name)
        if score.metric == Metric.OBSERVABILITY and (score.case, score.implementation) == wanted:
            result = evidence.results.get(score.trial)
            first.setdefault((result.trial.stack if result else "", score.mode), score)
    return first.values()


def _row(evidence: Evidence, score: Score) -> Row:
    result = evidence.results.get(score.trial)
    name = Text(score.implementation)
    if result and evidence.several_conditions:
        name.append(f"\n  {result.trial.stack}", style=QUIET)
    return (
        name,
        Text(score.mode),
        number(score.value),
        number(evidence.score(score.trial, Metric.PRINTABILITY)),
        quiet(score.explanation),
    )
