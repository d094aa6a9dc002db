"""How a bug showed itself, in the words in which a bug says what it expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Stage, Symptom, WorkerEnd
from debugdiff.score.outcome import KILLED

if TYPE_CHECKING:
    from debugdiff.model import Record

_BEFORE_TRAINING = frozenset({Stage.IMPORT, Stage.BUILD, Stage.COMPILE})
_AFTER_TRAINING = frozenset({Stage.EVALUATION, Stage.DONE})
_NON_FINITE = 3.0
"""The level of D1 at which only a sentinel tells."""


def seen_symptom(record: Record, reveal: float | None) -> Symptom:
    """The symptom of an effective bug.

    An exception or the death of the process counts where it happens; the time being up is `slow`;
    what is left is `non-finite` if D1 says so, else `silent`. A warning is no symptom of its own.

    Args:
        record: of the mutant, with no instrument.
        reveal: its D1, if that was judged.
    """
    if record.failure is not None or record.worker in KILLED:
        return _when(record)
    if record.worker is WorkerEnd.TIMEOUT:
        return Symptom.SLOW
    return Symptom.NON_FINITE if reveal == _NON_FINITE or record.non_finite else Symptom.SILENT


def _when(record: Record) -> Symptom:
    if record.stage in _BEFORE_TRAINING:
        return Symptom.BUILD
    is_first = record.step == 0 and record.stage not in _AFTER_TRAINING
    return Symptom.FIRST_STEP if is_first else Symptom.LATER_STEP
