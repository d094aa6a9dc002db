"""How a program's process ended, and the record that is completed with it."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from debugdiff.model import Frame, Record, WorkerEnd
from debugdiff.worker.failure.frames import DumpedFrame, dumped_stack, owner_of
from debugdiff.worker.failure.source_lines import line_of
from debugdiff.worker.failure.stages import call_of, stage_of
from debugdiff.worker.process.describing import empty_record
from debugdiff.worker.process.out_of_memory import died_of_memory
from debugdiff.worker.process.sandbox import confinement_here
from debugdiff.worker.versions import installed_versions
from debugdiff.worker.wire import encode

if TYPE_CHECKING:
    from debugdiff.model import Job
    from debugdiff.worker.process.result_channel import ResultReader
    from debugdiff.worker.process.trial_clock import TrialClock
    from debugdiff.worker.workplace import Workplace

WORKER_FAILED = 70
"""Exit code of a program's process in which the worker itself failed (`EX_SOFTWARE`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the supervisor saw.

    Attributes:
        code: exit code, negative for a signal; `None` when the program timed out.
        all_ended: whether every process of the trial could be ended.
        peak_memory: bytes.
        clock: what counted towards its limit; `None` where nothing but a user's own limit did.
    """

    code: int | None
    all_ended: bool
    stdout: str
    stderr: str
    peak_memory: int
    clock: TrialClock | None = None


@dataclass(frozen=True, slots=True)
class _Verdict:
    worker: WorkerEnd
    note: str
    stuck: tuple[Frame, ...] = field(default=())


def complete_record(
    job: Job, workplace: Workplace, channel: ResultReader, ending: Ending
) -> dict[str, Any]:
    """The record: what the program's process wrote, and what only its supervisor can know."""
    # What was written after the deadline does not count: the question itself may have freed it.
    record = None if ending.code is None else _read(channel.outcome)
    if record is not None:
        verdict = _Verdict(WorkerEnd(record["worker"]), record["note"])
    else:
        verdict = _verdict(workplace, channel, ending)
        record = _read(channel.interim) or _partial_record(job, workplace, channel)
    notes = [
        verdict.note,
        "" if ending.all_ended else "A process of the trial cannot be ended.",
        *(
            f"The file {file}, which is too large to be copied for each trial, has changed."
            for file in workplace.changed_files()
        ),
    ]
    return {
        **record,
        "trial": job.id,
        "worker": verdict.worker,
        "stuck": verdict.stuck,
        "stdout": ending.stdout,
        "stderr": ending.stderr,
        "peak_memory": ending.peak_memory,
        "processor_seconds": ending.clock.processor if ending.clock else 0.0,
        "waited_seconds": ending.clock.waited if ending.clock else 0.0,
        "versions": installed_versions(job.stack) or {},
        **confinement_here(network=job.network),
        "note": " ".join(note for note in notes if note),
    }


def encode_record(job: Job, record: dict[str, Any]) -> str:
    """The record's line; of one that a program has forged so that there is none, only that."""
    try:
        return encode(record)
    except (RecursionError, TypeError, ValueError):
        return encode(unreadable_record(job))


def unreadable_record(job: Job) -> dict[str, Any]:
    """The record of a program that left something else in the place of its own."""
    return {
        **_empty_record(job),
        "worker": WorkerEnd.UNREADABLE,
        "versions": installed_versions(job.stack) or {},
        "note": "What the program's process left as its record is none.",
    }


def unstarted_record(job: Job, reason: str) -> dict[str, Any]:
    """The record of a program that never ran."""
    return {
        **_empty_record(job),
        "worker": WorkerEnd.NOT_STARTED,
        "versions": installed_versions(job.stack) or {},
        "note": reason,
    }


def _verdict(workplace: Workplace, channel: ResultReader, ending: Ending) -> _Verdict:
    if ending.code is None:
        if not channel.has_started:
            return _Verdict(WorkerEnd.NOT_STARTED, "The framework could not be imported in time.")
        return _Verdict(
            WorkerEnd.TIMEOUT, _limit_in_words(ending.clock), _stuck_frames(workplace, channel)
        )
    if ending.code < 0:
        return _verdict_of_signal(ending)
    last = ending.stderr.strip().rpartition("\n")[2]
    if not channel.has_started:
        return _Verdict(WorkerEnd.NOT_STARTED, f"The interpreter could not be made ready: {last}")
    if ending.code == WORKER_FAILED:
        return _Verdict(WorkerEnd.UNREADABLE, f"The worker could not describe the run: {last}")
    note = f"The program left with exit code {ending.code} before it could be asked anything."
    return _Verdict(WorkerEnd.UNREADABLE, note)


def _limit_in_words(clock: TrialClock | None) -> str:
    if clock is None:
        return "The program timed out."
    computed = f"{clock.processor:,.1f} processor seconds"
    if not clock.has_reached_limit:
        return f"The machine had no more than {computed} for the program, and it was given up."
    if clock.waited < clock.processor:
        return f"The program timed out after {computed}."
    return f"The program timed out after {clock.waited:,.1f} seconds of waiting and {computed}."


def _verdict_of_signal(ending: Ending) -> _Verdict:
    assert ending.code is not None
    if died_of_memory(ending.stderr):
        return _Verdict(WorkerEnd.OUT_OF_MEMORY, "An allocation failed and ended the process.")
    name = _signal_name(-ending.code)
    hint = " (nobody here sent it: the system may have run out of memory)"
    return _Verdict(
        WorkerEnd.SIGNALLED,
        f"The process was ended by {name}{hint if name == 'SIGKILL' else ''}.",
    )


def _stuck_frames(workplace: Workplace, channel: ResultReader) -> tuple[Frame, ...]:
    return tuple(
        Frame(
            file=workplace.as_seen_by_user(frame.file),
            line=frame.line,
            function=frame.function,
            code=line_of(frame.file, frame.line).strip(),
            owner=owner_of(frame.file, workplace),
        )
        for frame in _dumped_frames(channel)
    )


def _partial_record(job: Job, workplace: Workplace, channel: ResultReader) -> dict[str, Any]:
    """The record of a process that wrote none: its last step, and its stack if it was dumped."""
    step = channel.step
    calls = [
        call_of(frame.file, frame.function, frame.line, workplace)
        for frame in _dumped_frames(channel)
    ]
    return {
        **_empty_record(job),
        "stage": stage_of(calls, step=step),
        "step": step,
        "steps": step,
        "seconds": channel.seconds,
    }


def _empty_record(job: Job) -> dict[str, Any]:
    record = empty_record(job.id, WorkerEnd.NOT_STARTED)
    return {name: getattr(record, name) for name in Record.__dataclass_fields__}


def _read(text: str) -> dict[str, Any] | None:
    """The record that a process wrote; `None` where there is none, or nothing that may be one."""
    try:
        record = json.loads(text)
        names = Record.__dataclass_fields__
        record = {name: record[name] for name in names}
        WorkerEnd(record["worker"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return record if isinstance(record["note"], str) else None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name
        return f"signal {number}"


def _dumped_frames(channel: ResultReader) -> tuple[DumpedFrame, ...]:
    try:
        return dumped_stack(channel.dumped_stack)
    except ValueError:  # a line number of thousands of digits
        return ()
