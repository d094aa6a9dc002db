"""How a program's process ended, and the record that is completed with it."""

from __future__ import annotations

import json
import linecache
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from debugdiff.model import Frame, ProgramEnd, Record, Stage, WorkerEnd
from debugdiff.worker.failure.frames import dumped_stack, owner_of
from debugdiff.worker.failure.stages import place_of, stage_of
from debugdiff.worker.process.out_of_memory import died_of_memory
from debugdiff.worker.process.result_channel import Outbox
from debugdiff.worker.versions import installed_versions

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.model import Job
    from debugdiff.worker.workplace import Workplace

WORKER_FAILED = 70
"""Exit code of a program's process in which the worker itself failed (`EX_SOFTWARE`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the supervisor saw.

    Attributes:
        code: exit code, negative for a signal; `None` when the program's time was up.
        all_ended: whether every process of the trial could be ended.
        peak_memory: bytes.
    """

    code: int | None
    all_ended: bool
    stdout: str
    stderr: str
    peak_memory: int


@dataclass(frozen=True, slots=True)
class _Verdict:
    worker: WorkerEnd
    note: str
    stuck: tuple[Frame, ...] = field(default=())


def completed(job: Job, place: Workplace, ending: Ending) -> dict[str, Any]:
    """The record: what the program's process told, and what only its supervisor can know."""
    outbox = Outbox(folder=place.outbox)
    # What was told after the time was up does not count: the question itself may have freed it.
    told = None if ending.code is None else _read(outbox.outcome)
    if told is not None:
        verdict = _Verdict(WorkerEnd(told["worker"]), str(told["note"]))
    else:
        verdict = _verdict(place, outbox, ending)
        told = _read(outbox.interim) or _pieced_together(job, place, outbox)
    notes = [verdict.note, "" if ending.all_ended else "A process of the trial cannot be ended."]
    return {
        **told,
        "worker": verdict.worker,
        "stuck": verdict.stuck,
        "stdout": ending.stdout,
        "stderr": ending.stderr,
        "peak_memory": ending.peak_memory,
        "versions": installed_versions(job.stack) or {},
        "note": " ".join(note for note in notes if note),
    }


def not_started(job: Job, reason: str) -> dict[str, Any]:
    """The record of a program that never ran."""
    return {
        **_blank(job),
        "worker": WorkerEnd.NOT_STARTED,
        "versions": installed_versions(job.stack) or {},
        "note": reason,
    }


def _verdict(place: Workplace, outbox: Outbox, ending: Ending) -> _Verdict:
    if ending.code is None:
        if not outbox.started.exists():
            return _Verdict(WorkerEnd.NOT_STARTED, "The framework could not be imported in time.")
        return _Verdict(WorkerEnd.TIMEOUT, "The time was up.", _stuck(place, outbox))
    if ending.code < 0:
        return _signalled(ending)
    last = ending.stderr.strip().rpartition("\n")[2]
    if not outbox.started.exists():
        return _Verdict(WorkerEnd.NOT_STARTED, f"The interpreter could not be made ready: {last}")
    if ending.code == WORKER_FAILED:
        return _Verdict(WorkerEnd.UNREADABLE, f"The worker could not describe the run: {last}")
    note = f"The program left with exit code {ending.code} before it could be asked anything."
    return _Verdict(WorkerEnd.UNREADABLE, note)


def _signalled(ending: Ending) -> _Verdict:
    assert ending.code is not None
    if died_of_memory(ending.stderr):
        return _Verdict(WorkerEnd.OUT_OF_MEMORY, "An allocation failed and ended the process.")
    name = signal.Signals(-ending.code).name
    hint = " (nobody here sent it: the system may have run out of memory)"
    return _Verdict(
        WorkerEnd.SIGNALLED,
        f"The process was ended by {name}{hint if name == 'SIGKILL' else ''}.",
    )


def _stuck(place: Workplace, outbox: Outbox) -> tuple[Frame, ...]:
    return tuple(
        Frame(
            file=place.as_seen_by_person(frame.file),
            line=frame.line,
            function=frame.function,
            code=_line_of(frame.file, frame.line),
            owner=owner_of(frame.file, place),
        )
        for frame in dumped_stack(_text(outbox.stack))
    )


def _pieced_together(job: Job, place: Workplace, outbox: Outbox) -> dict[str, Any]:
    """What is known of a process that could not tell: its last step, and its stack if dumped."""
    step = outbox.last_step()
    places = [
        place_of(frame.file, frame.function, frame.line, place)
        for frame in dumped_stack(_text(outbox.stack))
    ]
    began = outbox.started.stat().st_mtime if outbox.started.exists() else time.time()
    return {
        **_blank(job),
        "stage": stage_of(places, step=step),
        "step": step,
        "steps": step,
        "seconds": max(time.time() - began, 0.0),
    }


def _blank(job: Job) -> dict[str, Any]:
    record = Record(
        trial=job.id,
        worker=WorkerEnd.NOT_STARTED,
        program=ProgramEnd.UNKNOWN,
        stage=Stage.IMPORT,
        step=0,
        steps=0,
        seconds=0.0,
        peak_memory=0,
    )
    return {name: getattr(record, name) for name in Record.__dataclass_fields__}


def _read(path: Path) -> dict[str, Any] | None:
    """What a process told; `None` where it told nothing or not all of it."""
    try:
        told = json.loads(_text(path))
    except ValueError:
        return None
    whole = isinstance(told, dict) and Record.__dataclass_fields__.keys() <= told.keys()
    return told if whole else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _line_of(file: str, number: int) -> str:
    """A source line, stripped; empty where there is no such file."""
    return linecache.getline(file, number).strip()
