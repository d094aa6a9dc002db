"""What is said of every run of a user's own script: how it ended, and its facts for a program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff import __version__
from debugdiff.model import ProgramEnd
from debugdiff.report.layout import count_of

if TYPE_CHECKING:
    from debugdiff.model import Record, ScriptRun


def run_facts(run: ScriptRun) -> dict[str, Any]:
    """The keys that every JSON object about a script has."""
    record = run.record
    return {
        "debugdiff": __version__,
        "script": run.path,
        "arguments": run.arguments,
        "stack": run.stack,
        "mode": run.mode,
        "versions": dict(record.versions),
        "exit_status": run.exit_status,
        "worker": record.worker,
        "outcome": record.program,
        "ending": ending(run),
        "stage": record.stage,
        "optimizer_steps": record.steps,
        "seconds": record.seconds,
        "failure": record.failure,
        "note": record.note,
        "stdout": record.stdout,
        "stderr": record.stderr,
    }


def ending(run: ScriptRun) -> str:
    """How a script ended, in a sentence."""
    record = run.record
    steps = f"after {count_of(record.steps, 'optimizer step')}"
    if record.failure is not None:
        where = _where_it_failed(record)
        return f"It ended {steps} with {record.ending}{where}; exit status {run.exit_status}."
    if record.program is ProgramEnd.OK and not record.note:
        return f"It ran to its end, {steps}; exit status {run.exit_status}."
    if record.program is ProgramEnd.OK:
        return f"{record.note.removesuffix('.')}; exit status {run.exit_status}."
    return f"{record.note or record.worker} ({steps})"


def _where_it_failed(record: Record) -> str:
    assert record.failure is not None
    own = record.failure.own_frames
    return f", at {Path(own[-1].file).name}:{own[-1].line}" if own else ""
