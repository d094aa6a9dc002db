"""One trial in full: why every figure of a table is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.model import Attempt, Instrument, Outcome, Stage
from debugdiff.report import json as json_report
from debugdiff.report.frames import frames
from debugdiff.report.known import known_lines
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
from debugdiff.report.text import Text
from debugdiff.report.values import statements, values
from debugdiff.score import METRICS
from debugdiff.visible import uncoloured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from debugdiff.model import (
        Bug,
        Mutant,
        ProgramReport,
        ProgramRun,
        Report,
        Score,
        TrialResult,
        Verdict,
    )
    from debugdiff.report.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is shown: one trial of a run, or an attempt that needed none.

    Attributes:
        others: the same bug in every program of the case, the shown one included.
    """

    program: ProgramReport
    run: ProgramRun
    result: TrialResult | None
    others: tuple[Attempt, ...] = ()

    @property
    def attempt(self) -> Attempt | None:
        """The attempt that the trial is part of; `None` for a clean run."""
        return self.run if isinstance(self.run, Attempt) else None

    @property
    def mutant(self) -> Mutant | None:
        """The program with the bug in it; `None` for a clean run."""
        return self.attempt.mutant if self.attempt else None

    @property
    def sources(self) -> Mapping[str, str]:
        """The user's files as they ran, relative name to text."""
        program = self.run.implementation
        return self.attempt.sources if self.attempt else {program.file: program.source}

    @property
    def probed(self) -> tuple[TrialResult, ...]:
        """The trials of the same run with an instrument."""
        trials = self.run.trials.items()
        return tuple(each for instrument, each in trials if instrument is not Instrument.NONE)


def subject_of_trial(report: Report, trial: str) -> Subject | None:
    """What to show of a trial, by its id; `None` if the report has no such trial."""
    for program in report.programs:
        for run in (*program.runs, *program.attempts):
            for result in run.trials.values():
                if result.trial.id == trial:
                    others = _same_bug(report, run)
                    return Subject(program=program, run=run, result=result, others=others)
    return None


def subject_of_pair(report: Report, implementation: str, bug: str | None) -> Subject | None:
    """The first trial of an implementation with a bug, or of its clean run (`None`).

    A bug that is prevented or does not apply has no trial, but an outcome to show.
    """
    subjects = [
        Subject(program=program, run=run, result=run.result, others=_same_bug(report, run))
        for program in report.programs
        if program.implementation.name == implementation
        for run in (*program.runs, *program.attempts)
        if (run.bug.id if isinstance(run, Attempt) else None) == bug
    ]
    measured = (each for each in subjects if each.result)
    return next(measured, next((each for each in subjects if each.attempt), None))


def _same_bug(report: Report, run: ProgramRun) -> tuple[Attempt, ...]:
    if not isinstance(run, Attempt):
        return ()
    programs = report.programs_of(run.case.name)
    attempts = (attempt for program in programs for attempt in program.attempts)
    return tuple(each for each in attempts if each.bug.id == run.bug.id and each.tried)


def render(subject: Subject, page: Page) -> str:
    """The subject for a user; a page has the bug in every program of the case."""
    if page.medium == "html" and subject.attempt is not None and subject.others:
        from debugdiff.report.html.bug import bug_page  # noqa: PLC0415 - jinja is slow

        return bug_page(subject.attempt.bug, subject.others)
    return page.write(*_sections(subject))


def render_json(subject: Subject) -> str:
    """The subject for a program: a trial as in the report, with its scores and interim values."""
    result = subject.result
    document = {
        "schema_version": json_report.SCHEMA_VERSION,
        "outcome": json_report.outcome(subject.attempt) if subject.attempt else None,
        "trial": json_report.trial(subject.run, result) if result else None,
        "scores": list(_scores_as_json(subject)),
        "values": [value for each in subject.probed for value in each.record.values],
        "statements": [seen for each in subject.probed for seen in each.record.statements],
    }
    return to_json(document, indent=2) + "\n"


def _scores_as_json(subject: Subject) -> Iterator[dict[str, Any]]:
    if subject.result is not None:
        yield from json_report.scores_of_run(subject.run)
        if subject.attempt is None:
            yield from json_report.scores_of_source(subject.program)


def _sections(subject: Subject) -> Iterator[RenderableType]:
    yield from _head(subject)
    result = subject.result
    if result is None:
        return
    yield from difference(subject.mutant)
    program = subject.run.implementation.file
    yield from source(subject.sources, program, subject.mutant, result)
    yield from _printed(result)
    yield from frames(subject.mutant, result)
    yield from _warnings(result)
    yield from values(subject.probed)
    yield from statements(subject.probed)
    of_source = () if subject.attempt else subject.program.scores
    yield from _score_table((*subject.run.scores, *of_source))


def _head(subject: Subject) -> Iterator[RenderableType]:
    attempt, condition = subject.attempt, subject.run.condition
    bug = attempt.bug.id if attempt else "clean run"
    yield heading(f"{condition.case} · {bug} · {condition.implementation}")
    if attempt is not None:
        yield from _story(attempt.bug)
        yield indented(_outcome(attempt.verdict))
    if subject.result is not None:
        yield from map(indented, _facts(subject.result))


def _story(bug: Bug) -> Iterator[RenderableType]:
    yield indented(Text(bug.title, style=STRONG))
    for name, text in (("Seen: ", bug.story), ("Why: ", bug.explanation)):
        if text:
            yield indented(Text.assemble((name, STRONG), text.strip()))


def _outcome(verdict: Verdict) -> Text:
    style = BAD if verdict.outcome is Outcome.EFFECTIVE else STRONG
    outcome = verdict.outcome.value.replace("-", " ")
    return Text.assemble(("Outcome: ", STRONG), (outcome, style), f". {verdict.reason}")


def _facts(result: TrialResult) -> Iterator[Text]:
    trial, record = result.trial, result.record
    yield Text.assemble(("Ended: ", STRONG), result.record.ending)
    where = "ran to its end" if record.stage is Stage.DONE else f"in stage {record.stage}"
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
        f" stack {trial.stack_name}, mode {trial.mode}, instrument {trial.instrument},"
        f" seed {trial.seed}, size {trial.size}"
    )
    if record.sandbox is not None:
        stopped = ", ".join(record.stopped) or "nothing"
        yield quiet(f"sandbox {record.sandbox}, which stopped {stopped}")


def _printed(result: TrialResult) -> Iterator[RenderableType]:
    """The exact text, not wrapped: a terminal does that as it would have done for the user."""
    record = result.record
    if record.failure is not None:
        yield heading("What the user saw")
        yield Verbatim(text=Text(uncoloured(record.failure.text).rstrip("\n")))
        yield from known_lines(record.failure)
    elif record.stderr.strip():
        yield heading("Output on stderr")
        yield Verbatim(text=Text(uncoloured(record.stderr).rstrip("\n")))


def _warnings(result: TrialResult) -> Iterator[RenderableType]:
    if not result.record.warnings:
        return
    yield heading("Warnings")
    for warning in result.record.warnings:
        where = f"{warning.file}:{warning.line}, {warning.stage}, step {warning.step}"
        yield indented(Text.assemble((warning.category, STRONG), f": {warning.message.strip()}"))
        yield indented(quiet(where))


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
    yield indented(quiet(f"{NOTHING.plain} cannot be judged; the reason is next to it."))


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
