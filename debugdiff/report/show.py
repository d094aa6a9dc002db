"""One trial in full: why every figure of a table is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.files import to_json
from debugdiff.model import Instrument, Outcome, Stack, Stage
from debugdiff.report import json as json_report
from debugdiff.report.evidence import Evidence
from debugdiff.report.frames import frames
from debugdiff.report.layout import (
    BAD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    Verbatim,
    count_of,
    heading,
    indented,
    number,
    quiet,
    seconds,
    significant,
)
from debugdiff.report.source import difference, source
from debugdiff.report.values import statements, values
from debugdiff.score import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Bug, BugOutcome, Report, Score, Trial, TrialResult
    from debugdiff.report.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is shown: a trial, or an outcome that needed none.

    Attributes:
        outcome: what became of the bug; `None` for a clean trial.
        probed: trials of the same program, mode and seed with an instrument.
    """

    result: TrialResult | None
    outcome: BugOutcome | None
    probed: tuple[TrialResult, ...] = ()


def subject_of_trial(report: Report, trial: str) -> Subject | None:
    """What to show of a trial, by its id; `None` if the report has no such trial."""
    result = next((each for each in report.results if each.trial.id == trial), None)
    return _subject(report, result) if result else None


def subject_of_pair(report: Report, implementation: str, bug: str | None) -> Subject | None:
    """The first trial of an implementation with a bug, or of its clean run (`None`).

    A bug that is prevented or does not apply has no trial, but an outcome to show.
    """
    wanted = (implementation, bug)
    for result in report.results:
        if result.trial.instrument is Instrument.NONE and _pair(result.trial) == wanted:
            return _subject(report, result)
    outcome = next((each for each in report.outcomes if _pair(each) == wanted), None)
    return Subject(result=None, outcome=outcome) if outcome else None


def _pair(of: Trial | BugOutcome) -> tuple[str, str | None]:
    return of.implementation, of.bug


def _subject(report: Report, result: TrialResult) -> Subject:
    trial = result.trial
    outcome = next(
        (each for each in report.outcomes if _condition(each) == _condition(trial)), None
    )
    probed = tuple(
        each
        for each in report.results
        if each.trial.instrument is not Instrument.NONE
        and _condition(each.trial) == _condition(trial)
    )
    return Subject(result=result, outcome=outcome, probed=probed)


def _condition(of: Trial | BugOutcome) -> tuple[str, str, str | None, Stack, str, int]:
    return of.case, of.implementation, of.bug, of.stack, of.mode, of.seed


def render(report: Report, subject: Subject, page: Page) -> str:
    """The subject for a person."""
    return page.write(*_sections(Evidence(report=report), subject))


def render_json(report: Report, subject: Subject) -> str:
    """The subject for a program: a trial as in the report, with its scores and interim values."""
    evidence = Evidence(report=report)
    result = subject.result
    document = {
        "schema_version": json_report.SCHEMA_VERSION,
        "outcome": subject.outcome,
        "trial": json_report.trial(evidence, result) if result else None,
        "scores": [json_report.score(each) for each in _scores(evidence, subject)],
        "values": [value for each in subject.probed for value in each.record.values],
        "statements": [seen for each in subject.probed for seen in each.record.statements],
    }
    return to_json(document, indent=2) + "\n"


def _sections(evidence: Evidence, subject: Subject) -> Iterator[RenderableType]:
    yield from _head(evidence, subject)
    result = subject.result
    if result is None:
        return
    yield from difference(evidence, result)
    yield from source(evidence, result)
    yield from _printed(result)
    yield from frames(evidence, result)
    yield from _warnings(result)
    yield from values(subject.probed)
    yield from statements(subject.probed)
    yield from _score_table(_scores(evidence, subject))


def _head(evidence: Evidence, subject: Subject) -> Iterator[RenderableType]:
    of = subject.result.trial if subject.result else subject.outcome
    assert of is not None
    bug = evidence.bug(of.bug) if of.bug else None
    yield heading(f"{of.case} · {of.bug or 'clean run'} · {of.implementation}")
    if bug is not None:
        yield from _story(bug)
    if subject.outcome is not None:
        yield indented(_outcome(subject.outcome))
    if subject.result is not None:
        yield from map(indented, _facts(subject.result))


def _story(bug: Bug) -> Iterator[RenderableType]:
    yield indented(Text(bug.title, style=STRONG))
    for name, text in (("Seen: ", bug.story), ("Why: ", bug.explanation)):
        if text:
            yield indented(Text.assemble((name, STRONG), text.strip()))


def _outcome(outcome: BugOutcome) -> Text:
    style = BAD if outcome.outcome is Outcome.EFFECTIVE else STRONG
    told = outcome.outcome.value.replace("-", " ")
    return Text.assemble(("Outcome: ", STRONG), (told, style), f". {outcome.reason}")


def _facts(result: TrialResult) -> Iterator[Text]:
    trial, record = result.trial, result.record
    yield Text.assemble(("Ended: ", STRONG), result.record.ending)
    where = "ran through" if record.stage is Stage.DONE else f"in stage {record.stage}"
    steps = count_of(record.step, "optimizer step")
    yield Text.assemble(("At: ", STRONG), f"{where}, after {steps}, {seconds(record.seconds)}.")
    figures = ", ".join(
        f"{name} {significant(value).plain if value is not None else 'not finite'}"
        for name, value in record.metrics.items()
    )
    if figures:
        yield Text.assemble(("Metrics: ", STRONG), f"{figures}.")
    yield quiet(
        f"trial {trial.id}; {trial.framework} {trial.style}, training {trial.training},"
        f" stack {trial.stack}, mode {trial.mode}, instrument {trial.instrument},"
        f" seed {trial.seed}, size {trial.size}"
    )


def _printed(result: TrialResult) -> Iterator[RenderableType]:
    """The exact text, not wrapped: a terminal does that as it would have done for the person."""
    record = result.record
    if record.failure is not None:
        yield heading("What the person saw")
        yield Verbatim(text=Text(record.failure.text.rstrip("\n")))
    elif record.stderr.strip():
        yield heading("What stood on stderr")
        yield Verbatim(text=Text(record.stderr.rstrip("\n")))


def _warnings(result: TrialResult) -> Iterator[RenderableType]:
    if not result.record.warnings:
        return
    yield heading("Warnings")
    for warning in result.record.warnings:
        where = f"{warning.file}:{warning.line}, {warning.stage}, step {warning.step}"
        yield indented(Text.assemble((warning.category, STRONG), f": {warning.message.strip()}"))
        yield indented(quiet(where))


def _scores(evidence: Evidence, subject: Subject) -> tuple[Score, ...]:
    """Of the trial and of its instrumented twins; of the implementation too if it is clean."""
    if subject.result is None:
        return ()
    trial = subject.result.trial
    ids = {trial.id, *(each.trial.id for each in subject.probed)}
    own = tuple(each for each in evidence.report.scores if each.trial in ids)
    return own if trial.bug else (*own, *evidence.scores_of_source(trial))


def _reading_order(score: Score) -> tuple[bool, str]:
    """By id, so that a metric stands before its details; what is only shown comes last."""
    return not score.metric[:1].isupper(), score.metric


def _score_table(scores: tuple[Score, ...]) -> Iterator[RenderableType]:
    if not scores:
        return
    rows = tuple(map(_score_row, sorted(scores, key=_reading_order)))
    columns = (
        Column(header="score"),
        Column(header="what", flexible=14),
        Column(header="value", justify="right"),
        Column(header="why", flexible=28),
    )
    yield heading("Scores")
    yield Grid(columns=columns, blocks=(Block(rows=rows),))
    yield indented(quiet(f"{NOTHING.plain} cannot be judged; the reason stands beside it."))


def _score_row(score: Score) -> Row:
    known = METRICS.get(score.metric)
    value = score.value
    whole = value is not None and value == round(value)
    style = QUIET if "." in score.metric else ""
    return (
        Text(score.metric, style=style or STRONG),
        Text(known.title if known else "", style=style),
        number(value, 0 if whole else 2),
        Text(score.explanation, style=style),
    )
