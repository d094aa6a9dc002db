"""Everything that watches a program in its own process, and the record that it makes of it."""

from __future__ import annotations

import itertools
import math
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from debugdiff.bounds import MOST, plain_text
from debugdiff.model import (
    Failure,
    Instrument,
    ProgramEnd,
    Record,
    Stage,
    WorkerEnd,
)
from debugdiff.worker.failure.captured_warnings import CapturedWarnings
from debugdiff.worker.failure.exceptions import capture_failure
from debugdiff.worker.failure.frames import frames_in_message
from debugdiff.worker.failure.framework_depth import DepthTracer
from debugdiff.worker.failure.post_mortem import post_mortem_of
from debugdiff.worker.failure.stages import call_of, stage_of, stage_of_message
from debugdiff.worker.failure.tracebacks import Step, UnfilteredTraces, calls_of, live_steps
from debugdiff.worker.probes.steps import StepCounter, watch_steps
from debugdiff.worker.probes.watched_lines import WatchedLines
from debugdiff.worker.process.exit_status import is_clean_exit
from debugdiff.worker.process.out_of_memory import is_out_of_memory

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from debugdiff.model import Job
    from debugdiff.worker.probes.instruments import Probe
    from debugdiff.worker.process.result_channel import ResultWriter
    from debugdiff.worker.workplace import Workplace


class Observer:
    """The step counter, warnings, unfiltered tracebacks, watched lines and probes of a run."""

    def __init__(
        self,
        job: Job,
        workplace: Workplace,
        channel: ResultWriter,
        *,
        stops_after: int | None = None,
    ) -> None:
        self.counter = StepCounter(channel, stops_after, self.leave)
        self._job = job
        self._workplace = workplace
        self._traces = UnfilteredTraces()
        self._warnings = CapturedWarnings(workplace, self._stage_and_step)
        watched = workplace.work / (job.watched or job.program)
        self._lines = WatchedLines(str(watched), job.watch, self.counter)
        self._depth = DepthTracer(workplace)
        self._probe: Probe | None = None
        self._remarks: list[str] = []
        self._began = time.perf_counter()

    def remark(self, sentence: str) -> None:
        """Keep a sentence for the record's note."""
        self._remarks.append(sentence)

    def leave(self) -> None:
        """End a program that goes on although it was stopped. Only a script can be stopped."""

    def watch(self) -> None:
        """Begin, after the mode is switched and before the program's module is executed."""
        watch_steps(self.counter)
        self._traces.watch()
        self._warnings.watch()
        if self._job.instrument is not Instrument.NONE:
            from debugdiff.worker.probes.instruments import start_probes  # noqa: PLC0415  (costly, rarely used)

            self._probe = start_probes(self._job, self.counter, self._workplace)

    def begin(self, module: CodeType | None) -> None:
        """The program's own time begins."""
        self._began = time.perf_counter()
        if module is not None and self._job.instrument is Instrument.LAYERS:
            self._lines.watch(module)
        if module is not None and self._job.instrument is Instrument.DEPTH:
            self._depth.watch()

    def of_end(self, error: BaseException | None, result: object = None) -> Record:
        """The record of a program that has ended, with an exception or without one."""
        if error is None or is_clean_exit(error):
            return self.of_result(result)
        return self.of_error(error)

    def of_result(self, result: object) -> Record:
        """The record of a program that ran through; `result` is what `main` returned."""
        metrics = _metrics(result)
        non_finite = tuple(name for name, value in metrics.items() if value is None)
        end = ProgramEnd.NON_FINITE if non_finite else ProgramEnd.OK
        return replace(self._record(end, Stage.DONE), metrics=metrics, non_finite=non_finite)

    def of_error(self, error: BaseException) -> Record:
        """The record of a program that an exception ended."""
        steps = self._traces.of(error)
        failure = capture_failure(error, steps, self._workplace)
        is_out = is_out_of_memory(failure)
        worker = WorkerEnd.OUT_OF_MEMORY if is_out else WorkerEnd.FINISHED
        stage = self._stage_of_error(steps, failure)
        post_mortem = post_mortem_of(steps, self._workplace) if self._job.post_mortem else None
        return replace(
            self._record(ProgramEnd.RAISED, stage),
            worker=worker,
            failure=failure,
            post_mortem=post_mortem,
            depth=self._depth.of(error),
        )

    def of_interruption(self, frame: FrameType | None) -> Record:
        """The record of a program that timed out while it stood at `frame`."""
        stage = self._stage(live_steps(frame))
        return replace(self._record(ProgramEnd.UNKNOWN, stage), worker=WorkerEnd.TIMEOUT)

    def _record(self, program: ProgramEnd, stage: Stage) -> Record:
        """What every record has."""
        seconds = time.perf_counter() - self._began
        step = self.counter.step
        return Record(
            trial=self._job.id,
            worker=WorkerEnd.FINISHED,
            program=program,
            stage=stage,
            step=step,
            steps=step,
            seconds=seconds,
            peak_memory=0,
            warnings=self._warnings.kept,
            watched_step=self._lines.step,
            values=self._probe.values() if self._probe else (),
            statements=self._probe.statements() if self._probe else (),
            settings=self._probe.settings() if self._probe else (),
            places=self._probe.places() if self._probe else (),
            note=" ".join(
                [*self._remarks, *_threads_left(), *(self._probe.notes() if self._probe else ())]
            ),
        )

    def _stage_and_step(self, frame: FrameType) -> tuple[Stage, int]:
        return self._stage(live_steps(frame)), self.counter.step

    def _stage(self, steps: tuple[Step, ...]) -> Stage:
        return stage_of(calls_of(steps, self._workplace), step=self.counter.step)

    def _stage_of_error(self, steps: tuple[Step, ...], failure: Failure) -> Stage:
        defined = [
            call_of(frame.file, frame.function, frame.line, self._workplace)
            for frame in frames_in_message(failure.message, self._workplace, 0)
        ]
        stage = stage_of_message(failure.message, defined, step=self.counter.step)
        return stage or self._stage(steps)


def _metrics(result: object) -> dict[str, float | None]:
    """The numbers that `main` returned; one that is not finite is `None`."""
    if not isinstance(result, dict):
        return {}
    # The class may be the program's own: its `items` need not end, its texts need not be plain.
    items = itertools.islice(dict.items(result), MOST["metrics"])
    numbers = {plain_text(name): _number(value) for name, value in items if isinstance(name, str)}
    return {
        name: number if math.isfinite(number) else None
        for name, number in numbers.items()
        if number is not None
    }


def _number(value: Any) -> float | None:
    """A metric as a float: a plain number or a tensor of one element; else `None`."""
    try:
        return float(value)
    except BaseException:  # noqa: BLE001  (the program's own object, or a tensor of many elements)
        return None


def _threads_left() -> tuple[str, ...]:
    left = [
        thread
        for thread in threading.enumerate()
        if not thread.daemon and thread is not threading.main_thread()
    ]
    return (f"The program left {len(left)} of its threads running.",) if left else ()
