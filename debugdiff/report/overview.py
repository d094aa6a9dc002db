"""What ran: trials, outcomes of bugs, and everything a reader must know before any figure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from debugdiff.model import PREVENTED, UNCHANGED, Outcome, ProgramEnd
from debugdiff.report.layout import (
    BAD,
    LOUD,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    heading,
    indented,
    quiet,
    seconds,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Report

_COLUMNS = (
    Column(header="stack"),
    Column(header="trials\nrun", justify="right"),
    Column(header="trials\nreused", justify="right"),
    Column(header="failed\nto run", justify="right"),
    Column(header="bugs\neffective", justify="right"),
    Column(header="bugs\nprevented", justify="right"),
    Column(header="bugs with\nno effect", justify="right"),
    Column(header="bugs not\napplicable", justify="right"),
    Column(header="bugs not\nmeasured", justify="right"),
)


def overview(report: Report) -> Iterator[RenderableType]:
    """The section, from counts to warnings."""
    yield heading("What ran")
    yield indented(quiet(_summary(report)))
    stacks = sorted(
        {each.trial.stack_name for each in report.results}
        | {each.stack_name for each in report.attempts}
    )
    if stacks:
        rows = tuple(_row(report, stack) for stack in stacks)
        yield Grid(columns=_COLUMNS, blocks=(Block(rows=rows),))
    yield from map(indented, warnings(report))


def _summary(report: Report) -> str:
    reused = sum(each.reused for each in report.results)
    counts = (
        count_of(len(report.cases), "case"),
        count_of(len(report.bugs), "bug"),
        count_of(len(report.results), "trial"),
    )
    took = f" It took {seconds(report.seconds)}." if report.seconds else ""
    return f"{', '.join(counts)}; {reused} of them from the store.{took}"


def _row(report: Report, stack: str) -> Row:
    results = [each for each in report.results if each.trial.stack_name == stack]
    outcomes = Counter(each.verdict.outcome for each in report.attempts if each.stack_name == stack)
    not_run = [each for each in results if each.trial.id in report.not_run]
    reused = sum(each.reused for each in results)
    counts = (
        len(results) - reused - len(not_run),
        reused,
        len(not_run),
        outcomes[Outcome.EFFECTIVE],
        sum(outcomes[each] for each in PREVENTED),
        sum(outcomes[each] for each in UNCHANGED if each not in PREVENTED),
        outcomes[Outcome.NOT_APPLICABLE],
        outcomes[Outcome.UNMEASURED],
    )
    return (Text(stack), *(Text(str(count)) for count in counts))


def warnings(report: Report) -> Iterator[Text]:
    """What a reader must know before any figure."""
    stand_ins = report.environment.stand_ins
    if stand_ins:
        yield Text(
            f"STAND-IN DATA: {', '.join(stand_ins)} is generated text, not the real corpus."
            " Install it with: pip install 'debugdiff[data]'",
            style=LOUD,
        )
    for broken in (each for case in report.cases for each in case.broken):
        yield _trouble(f"{broken.case}/{broken.name} cannot be used: {broken.reason}")
    for run in report.runs:
        if run.record and run.record.program is not ProgramEnd.OK:
            ending = run.record.ending
            yield _trouble(f"The clean run of {run.implementation.key} fails: {ending}")
    for reason, count in Counter(report.not_run.values()).most_common():
        yield _trouble(f"{count_of(count, 'trial')} could not be measured: {reason}")
    if report.damaged:
        rows = count_of(report.damaged, "row")
        yield _trouble(f"{rows} of the store cannot be read: debugdiff store check says more.")


def _trouble(text: str) -> Text:
    return Text.assemble(("! ", BAD), text)
