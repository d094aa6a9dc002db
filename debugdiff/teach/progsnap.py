"""The log as ProgSnap2 tables (Price et al. 2020): one row per event, code states by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.files import write_atomically
from debugdiff.report.csv import csv_text
from debugdiff.teach.model import EventType

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from debugdiff.teach.model import Event
    from debugdiff.teach.workspace import Workspace

_COLUMNS = (
    "EventID",
    "Order",
    "SubjectID",
    "ProblemID",
    "EventType",
    "CodeStateID",
    "ToolInstances",
    "ClientTimestamp",
    "Score",
    "ProgramResult",
    "X-Verdict",
    "X-Guess",
    "X-GuessRank",
    "X-Hint",
    "X-Dwell",
    "X-Hypothesis",
    "X-Reverted",
)
_TYPES = {
    EventType.STARTED: "Session.Start",
    EventType.OPENED: "File.Edit",
    EventType.CHECKED: "Run.Program",
    EventType.HINTED: "Intervention",
    EventType.RESET: "File.Edit",
    EventType.UNDONE: "File.Edit",
}
_METADATA = (
    ("Version", "8"),
    ("IsEventOrderingConsistent", "true"),
    ("EventOrderScope", "Global"),
    ("EventOrderScopeColumns", ""),
    ("CodeStateRepresentation", "Directory"),
)


def export_progsnap2(workspace: Workspace, folder: Path, *, subject: str = "learner") -> int:
    """Write `MainTable.csv`, `DatasetMetadata.csv` and `CodeStates/`; the number of events."""
    events = workspace.log.read().events
    rows = [list(_row(event, subject)) for event in events]
    write_atomically(folder / "MainTable.csv", csv_text(_COLUMNS, rows))
    write_atomically(folder / "DatasetMetadata.csv", csv_text(("Property", "Value"), _METADATA))
    for state in dict.fromkeys(event.state for event in events if event.state):
        for name, text in (workspace.log.files_of(state) or {}).items():
            write_atomically(folder / "CodeStates" / state / name, text)
    return len(events)


def _row(event: Event, subject: str) -> Iterator[str]:
    score = event.verdict.credit if event.verdict else None
    result = "" if event.verdict is None else "Error" if event.failure else "Success"
    facts = (
        event.order,
        event.order,
        subject,
        event.exercise,
        _TYPES.get(event.event, f"X-{event.event.capitalize()}"),
        event.state,
        "; ".join(f"{name} {version}" for name, version in sorted(event.versions.items())),
        event.time,
        score,
        result,
        event.verdict,
        event.guess,
        event.rank,
        event.hint,
        event.dwell,
        event.hypothesis,
        event.reverted if event.state else None,
    )
    yield from ("" if fact is None else str(fact) for fact in facts)
