"""The tidy tables of a report: trials, bugs in programs, scores and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from debugdiff.model import Attempt, Instrument
from debugdiff.report.debuggability import shows
from debugdiff.report.tidy import TidyColumn, TidyTable, flag, integer, number, text
from debugdiff.score import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.model import (
        Comparison,
        Conclusion,
        Implementation,
        Interval,
        MetricComparison,
        ProgramRun,
        Report,
        Score,
        TrialResult,
    )


Row = TypeVar("Row")


# --- trials --------------------------------------------------------------------------------------


def _failure(at: TrialResult, field: Literal["type", "message"]) -> str | None:
    failure = at.record.failure
    return None if failure is None else str(getattr(failure, field))


_TRIALS: tuple[TidyColumn[TrialResult], ...] = (
    text("trial", "Id: a hash of everything that decides the outcome.", lambda at: at.trial.id),
    text("case", "The problem that the program solves.", lambda at: at.trial.case),
    text("implementation", "The program.", lambda at: at.trial.implementation),
    text("framework", "pytorch or keras.", lambda at: at.trial.framework),
    text("style", "API style of the program.", lambda at: at.trial.style),
    text("training", "Who owns the training loop.", lambda at: at.trial.training),
    text("stack", "Framework and back end.", lambda at: at.trial.stack_name),
    text("mode", "How the stack ran the program.", lambda at: at.trial.mode),
    text("instrument", "What watched the trial.", lambda at: at.trial.instrument),
    text("bug", "The bug in it; empty for a clean run.", lambda at: at.trial.bug),
    integer("seed", "Seed of the run.", lambda at: at.trial.seed),
    text("size", "How much data it took.", lambda at: at.trial.size),
    text("worker", "How its process ended.", lambda at: at.record.worker),
    text("program", "What the program did.", lambda at: at.record.program),
    text("stage", "The stage in which it ended.", lambda at: at.record.stage),
    integer("step", "Optimizer steps by then.", lambda at: at.record.step),
    integer("steps", "Optimizer steps of the run.", lambda at: at.record.steps),
    number("seconds", "Wall time of the program.", lambda at: at.record.seconds),
    number(
        "processor_seconds",
        "Processor time of the program and of what it started.",
        lambda at: at.record.processor_seconds,
    ),
    text("exception", "Type of the exception that ended it.", lambda at: _failure(at, "type")),
    text("message", "Message of that exception.", lambda at: _failure(at, "message")),
    integer("warnings", "Warnings that it gave.", lambda at: len(at.record.warnings)),
    flag("reused", "Whether the record was there before.", lambda at: at.reused),
    text("note", "How its process ended, in a sentence.", lambda at: at.record.note),
)


# --- outcomes ------------------------------------------------------------------------------------


def _trial_id(run: ProgramRun) -> str | None:
    return run.result.trial.id if run.result else None


def _of_program(of: Callable[[Row], Implementation]) -> tuple[TidyColumn[Row], ...]:
    """The columns that say which program a row is about."""
    return (
        text("case", "The problem that the program solves.", lambda row: of(row).case),
        text("implementation", "The program.", lambda row: of(row).name),
        text("framework", "pytorch or keras.", lambda row: of(row).framework),
        text("style", "API style of the program.", lambda row: of(row).style),
        text("training", "Who owns the training loop.", lambda row: of(row).training),
    )


_OUTCOMES: tuple[TidyColumn[Attempt], ...] = (
    text("bug", "Id of the bug.", lambda one: one.bug.id),
    text("category", "Its category.", lambda one: one.bug.category),
    text("title", "What it is.", lambda one: one.bug.title),
    *_of_program(lambda one: one.implementation),
    text("stack", "Framework and back end.", lambda one: one.stack_name),
    text("mode", "How the stack ran the program.", lambda one: one.mode),
    integer("seed", "Seed of the run.", lambda one: one.condition.seed),
    text("outcome", "What became of the bug.", lambda one: one.verdict.outcome),
    text("shows", "When it shows itself, in words (D1).", lambda one: shows(one).plain),
    text("reason", "Why the outcome is this one.", lambda one: one.verdict.reason),
    text("trial", "Its trial; empty where none was needed.", _trial_id),
)


# --- scores --------------------------------------------------------------------------------------


class ScoreRow(NamedTuple):
    """A score of a program's source (no run), of its clean run, or of a bug in it."""

    implementation: Implementation
    run: ProgramRun | None
    score: Score


def _bug(run: ProgramRun | None) -> str | None:
    return run.bug.id if isinstance(run, Attempt) else None


def _scored_trial(run: ProgramRun | None) -> str | None:
    """Of a clean run its trial with statement probes, which its scores are of."""
    if run is None or isinstance(run, Attempt):
        return _trial_id(run) if run else None
    watched = run.trials.get(Instrument.STATEMENTS)
    return watched.trial.id if watched else None


_SCORES: tuple[TidyColumn[ScoreRow], ...] = (
    *_of_program(lambda at: at.implementation),
    text(
        "stack",
        "Framework and back end; empty of source.",
        lambda at: at.run.stack_name if at.run else None,
    ),
    text("mode", "How it was run; empty of source.", lambda at: at.run.mode if at.run else None),
    integer(
        "seed",
        "Seed of the run; empty of source.",
        lambda at: at.run.condition.seed if at.run else None,
    ),
    text("bug", "The bug; empty of source and of a clean run.", lambda at: _bug(at.run)),
    text("trial", "The trial; empty where none was needed.", lambda at: _scored_trial(at.run)),
    text("metric", "Id of the metric; docs/metrics.md explains it.", lambda at: at.score.metric),
    text("title", "What the metric is called.", lambda at: METRICS[at.score.metric].title),
    text("unit", "Its unit.", lambda at: METRICS[at.score.metric].unit),
    number("value", "The figure; empty: not judged.", lambda at: at.score.value),
    text("explanation", "Why it is this one.", lambda at: at.score.explanation),
)


def _score_rows(report: Report) -> Iterator[ScoreRow]:
    for program in report.programs:
        for score in program.scores:
            yield ScoreRow(program.implementation, None, score)
        for run in (*program.runs, *program.attempts):
            for score in run.scores:
                yield ScoreRow(program.implementation, run, score)


# --- comparisons ---------------------------------------------------------------------------------


class ComparedRow(NamedTuple):
    """One metric of one side beside the reference, with the conclusion that it decides."""

    comparison: Comparison
    metric: MetricComparison
    conclusion: Conclusion | None

    @property
    def figure(self) -> Interval | None:
        """The ratio, or the difference."""
        return self.metric.ratio or self.metric.difference


def _of(at: ComparedRow, field: Literal["margin", "p_value", "p_adjusted"]) -> float | None:
    found: float | None = getattr(at.conclusion, field) if at.conclusion else None
    return found


_COMPARISONS: tuple[TidyColumn[ComparedRow], ...] = (
    text("case", "The case; empty for all cases together.", lambda at: at.comparison.case or None),
    text("implementation", "What is compared.", lambda at: at.comparison.implementation),
    text("framework", "pytorch or keras.", lambda at: at.comparison.framework),
    text("style", "Its API style.", lambda at: at.comparison.style),
    text("training", "Who owns the training loop.", lambda at: at.comparison.training),
    text("stack", "Framework and back end.", lambda at: at.comparison.stack),
    text("mode", "How it was run.", lambda at: at.comparison.mode),
    text("reference", "What it is compared with.", lambda at: at.comparison.reference),
    text("dimension", "What the metric belongs to.", lambda at: at.metric.dimension),
    text("metric", "Id of the metric.", lambda at: at.metric.metric),
    text("title", "What the metric is called.", lambda at: at.metric.title),
    integer("pairs", "The number of pairs of case and bug.", lambda at: at.metric.pairs),
    integer("units", "Bugs, or cases, of the interval.", lambda at: at.metric.units),
    text(
        "figure",
        "ratio: side / reference; difference: side - reference.",
        lambda at: "ratio" if at.metric.ratio else "difference" if at.figure else None,
    ),
    number("value", "The ratio or difference.", lambda at: at.figure.value if at.figure else None),
    number(
        "low", "Lower end of its interval of 95 %.", lambda at: at.figure.low if at.figure else None
    ),
    number(
        "high",
        "Upper end of its interval of 95 %.",
        lambda at: at.figure.high if at.figure else None,
    ),
    integer("wins", "Pairs in which the side is better.", lambda at: at.metric.wins),
    integer("ties", "Pairs without a difference.", lambda at: at.metric.ties),
    integer("losses", "Pairs in which the side is worse.", lambda at: at.metric.losses),
    number("spread", "What styles of one framework differ by.", lambda at: at.metric.spread),
    number("effect", "Matched-pairs rank-biserial correlation.", lambda at: at.metric.effect),
    text(
        "conclusion",
        "Of the one metric that was named for the dimension beforehand.",
        lambda at: at.conclusion.verdict if at.conclusion else None,
    ),
    number("margin", "The largest difference that counts as none.", lambda at: _of(at, "margin")),
    number("p_value", "Of a sign-flip test over units.", lambda at: _of(at, "p_value")),
    number("p_adjusted", "By Holm's method, for the dimensions.", lambda at: _of(at, "p_adjusted")),
)


def _compared_rows(report: Report) -> Iterator[ComparedRow]:
    for comparison in report.comparisons:
        conclusions = {each.metric: each for each in comparison.conclusions}
        for metric in comparison.metrics:
            yield ComparedRow(comparison, metric, conclusions.get(metric.metric))


# --- all of them ---------------------------------------------------------------------------------


def trials(report: Report) -> TidyTable[TrialResult]:
    """A row for each execution of a program."""
    return TidyTable(
        name="trials",
        about="One row for each execution of a program, with or without a bug.",
        columns=_TRIALS,
        rows=report.results,
    )


def outcomes(report: Report) -> TidyTable[Attempt]:
    """A row for each bug in each program under each condition."""
    return TidyTable(
        name="outcomes",
        about="One row for each bug in each program under each condition.",
        columns=_OUTCOMES,
        rows=report.attempts,
    )


def scores(report: Report) -> TidyTable[ScoreRow]:
    """A row for each figure of a program, of a clean run, or of a bug."""
    return TidyTable(
        name="scores",
        about="One row for each figure of a program's source, of a clean run, or of a bug.",
        columns=_SCORES,
        rows=_score_rows(report),
    )


def comparisons(report: Report) -> TidyTable[ComparedRow]:
    """A row for each metric of each program beside its reference."""
    return TidyTable(
        name="comparisons",
        about="One row for each metric of each program and its reference.",
        columns=_COMPARISONS,
        rows=_compared_rows(report),
    )
