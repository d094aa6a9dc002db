"""Watches a script of the user's own, which loads its framework itself."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Instrument, Owner, Stack
from debugdiff.worker.failure.exception_fields import is_kind
from debugdiff.worker.failure.frames import owner_of
from debugdiff.worker.failure.loaded_files import loaded_files
from debugdiff.worker.failure.tracebacks import leave_out_worker_frames
from debugdiff.worker.patches import Patches
from debugdiff.worker.probes.instruments import make_probe, watch_layers
from debugdiff.worker.probes.steps import Stopped, watch_keras_steps, watch_torch_steps
from debugdiff.worker.process.describing import describe
from debugdiff.worker.process.frameworks import switch_mode
from debugdiff.worker.process.import_watch import ImportWatch
from debugdiff.worker.process.observer import Observer

if TYPE_CHECKING:
    from debugdiff.model import Job, ProgramEnd, Record, Stage
    from debugdiff.worker.process.result_channel import ResultWriter
    from debugdiff.worker.workplace import Workplace


class ScriptObserver(Observer):
    """Begins to watch a framework at the moment at which the script has loaded it.

    A program that imports Keras in a file of its own is one of Keras, whatever else it imports; one
    that loads PyTorch is one of PyTorch, even if a library of others loads Keras later.

    Args:
        job: its stack counts only where `given` is set.
        workplace: where the script runs.
        channel: hears what it runs on, and its steps.
        given: the stack that the user asked for.
    """

    def __init__(
        self, job: Job, workplace: Workplace, channel: ResultWriter, *, given: Stack | None
    ) -> None:
        super().__init__(job, workplace, channel, stops_after=job.choice.steps)
        self._channel = channel
        self._given = given
        self._stack: Stack | None = None
        self._patches = Patches()

    def watch(self) -> None:
        """Begin, before the script is executed."""
        self._warnings.watch()
        if self._job.instrument is Instrument.LAYERS:
            self._probe = make_probe(self._job, self.counter, self._workplace)
        watched = {
            "torch": self._torch_is_loaded,
            "tensorflow": lambda _: self._traces.watch(),
            "keras": self._keras_is_loaded,
        }
        ImportWatch(watched).install()

    def of_end(self, error: BaseException | None, result: object = None) -> Record:
        """The record of a script that has ended, or was stopped in order."""
        record = super().of_end(error, result)
        if is_kind(error, Stopped):
            return replace(record, note=f"It was stopped after {record.step} optimizer steps.")
        return record

    def leave(self) -> None:
        """Write the record and end the process: the script catches all that could end it."""
        self._channel.write_outcome(
            describe(self._job.id, lambda: self.of_end(Stopped(0)), self._channel.room)
        )
        os._exit(0)

    def of_error(self, error: BaseException) -> Record:
        """The record of a script that an exception ended; the probes' own frames are left out."""
        leave_out_worker_frames(error)
        return super().of_error(error)

    def _record(self, program: ProgramEnd, stage: Stage) -> Record:
        """With the files that it had loaded: they are what its lines are looked for in."""
        return replace(super()._record(program, stage), loaded=loaded_files(self._workplace))

    def _torch_is_loaded(self, _importer: str) -> None:
        watch_torch_steps(self.counter)
        if self._stack is None and self._given in {None, Stack.PYTORCH}:
            self._become(Stack.PYTORCH)

    def _keras_is_loaded(self, importer: str) -> None:
        watch_keras_steps(self.counter)
        self._traces.watch()
        by_user = owner_of(importer, self._workplace) is Owner.USER
        if self._given is Stack.PYTORCH or (self._stack is not None and not by_user):
            return
        stack = Stack.of_backend(sys.modules["keras"].backend.backend())
        if stack is not None:
            self._patches.close()
            self._become(stack)

    def _become(self, stack: Stack) -> None:
        self._stack = stack
        self._channel.write_stack_name(stack.value)
        switch_mode(stack, self._job.mode)
        if self._probe is not None:
            self._patches = watch_layers(
                self._probe, self.counter, framework=Framework(stack.framework), mode=self._job.mode
            )
