"""The report as one JSON object; `docs/json.md` explains it and `schema.json` holds it."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.report.evidence import Evidence

if TYPE_CHECKING:
    from debugdiff.model import Case, Report, Score, TrialResult
    from debugdiff.report.page import Page

SCHEMA_VERSION = 1
"""Raised when a field goes or changes its meaning; a new field does not raise it."""


def schema() -> str:
    """The JSON Schema (draft 2020-12) of what `render` returns."""
    return resources.files("debugdiff.report").joinpath("schema.json").read_text(encoding="utf-8")


def render(report: Report, page: Page) -> str:
    """The whole report. The page's width does not matter."""
    del page
    return to_json(document(report), indent=2) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain data, ready for JSON."""
    evidence = Evidence(report=report)
    return {
        "schema_version": SCHEMA_VERSION,
        "environment": report.environment,
        "cases": [_case(each) for each in report.cases],
        "trials": [trial(evidence, each) for each in report.results],
        "outcomes": report.outcomes,
        "scores": [score(each) for each in report.scores],
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
    }


def trial(evidence: Evidence, result: TrialResult) -> dict[str, Any]:
    """One trial: what was run, how it ended, and where its defect is."""
    run, record = result.trial, result.record
    return {
        "id": run.id,
        "case": run.case,
        "implementation": run.implementation,
        "framework": run.framework,
        "style": run.style,
        "training": run.training,
        "stack": run.stack,
        "mode": run.mode,
        "instrument": run.instrument,
        "bug": run.bug,
        "seed": run.seed,
        "size": run.size,
        "worker": record.worker,
        "program": record.program,
        "stage": record.stage,
        "step": record.step,
        "steps": record.steps,
        "seconds": record.seconds,
        "reused": result.reused,
        "note": record.note,
        "metrics": dict(record.metrics),
        "warnings": record.warnings,
        "failure": record.failure,
        "defect": _defect(evidence, result),
    }


def _defect(evidence: Evidence, result: TrialResult) -> dict[str, Any] | None:
    mutant = evidence.mutant(result.trial)
    if mutant is None:
        return None
    return {
        "changed": mutant.defect,
        "use": mutant.use,
        "accept": mutant.accept,
        "diff": mutant.diff,
    }


def score(each: Score) -> dict[str, Any]:
    """One score. `trial` is empty for what belongs to an implementation and to no run of it."""
    return {
        "trial": each.trial,
        "case": each.case,
        "implementation": each.implementation,
        "mode": each.mode,
        "bug": each.bug,
        "metric": each.metric,
        "value": each.value,
        "explanation": each.explanation,
        "stack": each.stack,
    }
