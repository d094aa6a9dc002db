"""How a bug showed itself, in the words in which a bug says what it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import KILLED, Symptom, ValueKind, WorkerEnd
from debugdiff.score.reveal import level_of

if TYPE_CHECKING:
    from debugdiff.model import Attempt, Record

_BY_LEVEL = (Symptom.BUILD, Symptom.FIRST_STEP, Symptom.LATER_STEP)
"""Of an exception, by the level of D1 at which it tells."""

_LEARNED = frozenset({ValueKind.LOSS, ValueKind.PARAMETER})
"""What must be finite in any program; a mask inside of it may well hold infinities."""


def symptom_of(attempt: Attempt) -> Symptom | None:
    """The symptom of a bug; `None` if it is not effective."""
    if not attempt.effective or attempt.record is None:
        return None
    return seen_symptom(attempt.record, attempt.layers.record if attempt.layers else None)


def seen_symptom(record: Record, watched: Record | None) -> Symptom:
    """The symptom of an effective bug.

    An exception or the death of the process counts where it happens; the time being up is `slow`;
    what is left is `non-finite` if a metric, a loss or a parameter is, else `silent`. Neither a
    warning nor an alarm of a sentinel is a symptom of its own.

    Args:
        record: of the mutant, with no instrument.
        watched: of its twin with layer probes, if there is one.
    """
    if record.failure is not None or record.worker in KILLED:
        return _BY_LEVEL[level_of(record.stage, record.step)]
    if record.worker is WorkerEnd.TIMEOUT:
        return Symptom.SLOW
    finite = not record.non_finite and not (watched and _has_non_finite(watched))
    return Symptom.SILENT if finite else Symptom.NON_FINITE


def _has_non_finite(record: Record) -> bool:
    learned = (each for each in record.values if each.kind in _LEARNED)
    return any(each.nan or each.infinite for each in learned)
