"""The report as one JSON object; `docs/json.md` explains it and `schema.json` holds it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.model import Attempt, Instrument, Mode
from debugdiff.report.known import known_as

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from debugdiff.model import Case, Mutant, ProgramReport, ProgramRun, Report, TrialResult
    from debugdiff.report import Table
    from debugdiff.report.page import Page

SCHEMA_VERSION = 2
"""Raised when a field goes or changes its meaning; a new field does not raise it."""


def schema() -> str:
    """The JSON Schema (draft 2020-12) of what `render` returns."""
    return resources.files("debugdiff.report").joinpath("schema.json").read_text(encoding="utf-8")


def render(report: Report, page: Page, tables: Collection[Table] = ()) -> str:
    """The whole report, whatever page and tables."""
    del page, tables
    return to_json(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain data, ready for JSON."""
    return {
        "schema_version": SCHEMA_VERSION,
        "environment": report.environment,
        "sandboxes": report.confinements,
        "cases": [_case(each) for each in report.cases],
        "trials": list(_trials(report)),
        "outcomes": [outcome(each) for each in report.attempts],
        "scores": list(_scores(report)),
        "indices": report.indices,
        "comparisons": report.comparisons,
        "aids": report.aids,
        "not_run": dict(report.not_run),
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "name": case.name,
        "title": case.title,
        "task": case.task,
        "folder": case.folder,
        "network": case.network,
        "implementations": [
            {
                "name": each.name,
                "framework": each.framework,
                "style": each.style,
                "training": each.training,
            }
            for each in case.implementations
        ],
        "broken": [{"name": each.name, "reason": each.reason} for each in case.broken],
        "compared": case.pairing.compared,
        "reason": case.pairing.reason,
    }


def _trials(report: Report) -> Iterator[dict[str, Any]]:
    for program in report.programs:
        for run in (*program.runs, *program.attempts):
            for result in run.trials.values():
                yield trial(run, result)


def trial(run: ProgramRun, result: TrialResult) -> dict[str, Any]:
    """One trial of a run: what was run, how it ended, and where its defect is."""
    facts, record = result.trial, result.record
    return {
        "id": facts.id,
        "case": facts.case,
        "implementation": facts.implementation,
        "framework": facts.framework,
        "style": facts.style,
        "training": facts.training,
        "stack": facts.stack_name,
        "mode": facts.mode,
        "instrument": facts.instrument,
        "bug": facts.bug,
        "seed": facts.seed,
        "size": facts.size,
        "worker": record.worker,
        "program": record.program,
        "stage": record.stage,
        "step": record.step,
        "steps": record.steps,
        "seconds": record.seconds,
        "processor_seconds": record.processor_seconds,
        "waited_seconds": record.waited_seconds,
        "reused": result.reused,
        "note": record.note,
        "sandbox": record.sandbox,
        "stopped": record.stopped,
        "metrics": dict(record.metrics),
        "warnings": record.warnings,
        "failure": record.failure,
        "known_as": known_as(record.failure),
        "defect": _defect(run.mutant) if isinstance(run, Attempt) and run.mutant else None,
    }


def _defect(mutant: Mutant) -> dict[str, Any]:
    return {
        "file": mutant.file,
        "changed": mutant.defect,
        "use": mutant.use,
        "accept": mutant.accept,
        "diff": mutant.diff,
    }


def outcome(attempt: Attempt) -> dict[str, Any]:
    """What became of a bug. `trial` is empty where none was needed."""
    return {
        "bug": attempt.bug.id,
        "case": attempt.condition.case,
        "implementation": attempt.condition.implementation,
        "stack": attempt.stack_name,
        "mode": attempt.mode,
        "seed": attempt.condition.seed,
        "outcome": attempt.verdict.outcome,
        "reason": attempt.verdict.reason,
        "trial": attempt.result.trial.id if attempt.result else "",
    }


def _scores(report: Report) -> Iterator[dict[str, Any]]:
    for program in report.programs:
        yield from scores_of_source(program)
        for run in program.runs:
            yield from scores_of_run(run)
    for attempt in report.attempts:
        yield from scores_of_run(attempt)


def scores_of_source(program: ProgramReport) -> Iterator[dict[str, Any]]:
    """What a program was scored with, whatever run of it: no trial, and no stack."""
    for score in program.scores:
        yield {
            "trial": "",
            "case": program.case.name,
            "implementation": program.implementation.name,
            "mode": Mode.DEFAULT,
            "bug": None,
            "metric": score.metric,
            "value": score.value,
            "explanation": score.explanation,
            "stack": None,
        }


def scores_of_run(run: ProgramRun) -> Iterator[dict[str, Any]]:
    """The scores of a run, of its trial with statement probes if it is clean."""
    bug = run.bug.id if isinstance(run, Attempt) else None
    result = run.result if bug else run.trials.get(Instrument.STATEMENTS)
    for score in run.scores:
        yield {
            "trial": result.trial.id if result else "",
            "case": run.condition.case,
            "implementation": run.condition.implementation,
            "mode": run.mode,
            "bug": bug,
            "metric": score.metric,
            "value": score.value,
            "explanation": score.explanation,
            "stack": run.stack_name,
        }
