"""What watches a script of a person's own, whose framework is loaded by the script itself."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Instrument, Owner, Stack
from debugdiff.worker.failure.frames import belongs_to_worker, owner_of
from debugdiff.worker.probes.instruments import make_probe, watch_layers
from debugdiff.worker.probes.steps import watch_keras_steps, watch_torch_steps
from debugdiff.worker.process.frameworks import switch_mode
from debugdiff.worker.process.import_watch import ImportWatch
from debugdiff.worker.process.observer import Witness
from debugdiff.worker.process.result_channel import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from debugdiff.model import Job, Record
    from debugdiff.worker.workplace import Workplace

_BACKENDS = {
    "tensorflow": Stack.KERAS_TENSORFLOW,
    "torch": Stack.KERAS_TORCH,
    "jax": Stack.KERAS_JAX,
}


class ScriptWitness(Witness):
    """Begins to watch a framework at the moment at which the script has loaded it.

    A program that imports Keras in a file of its own is one of Keras, whatever else it imports; one
    that loads PyTorch is one of PyTorch, even if a library of others loads Keras later.

    Args:
        job: its stack counts only where `given` is set.
        place: where the script runs.
        given: the stack that the person asked for.
    """

    def __init__(self, job: Job, place: Workplace, *, given: Stack | None) -> None:
        super().__init__(job, place)
        self._given = given
        self._stack: Stack | None = None
        self._stop: Callable[[], None] = lambda: None

    def watch(self) -> None:
        """Begin, before the script is executed."""
        self._alerts.watch()
        if self._job.instrument is Instrument.LAYERS:
            self._probe = make_probe(self._job, self.clock, self._place)
        watched = {
            "torch": self._torch_is_loaded,
            "tensorflow": lambda _: self._traces.watch(),
            "keras": self._keras_is_loaded,
        }
        ImportWatch(watched).install()

    def of_error(self, error: BaseException) -> Record:
        """The record of a script that an exception ended; the probes' own frames are left out."""
        for each in _chained(error):
            each.__traceback__ = _without_worker(each.__traceback__)
        return super().of_error(error)

    def _torch_is_loaded(self, _importer: str) -> None:
        watch_torch_steps(self.clock)
        if self._stack is None and self._given in {None, Stack.PYTORCH}:
            self._become(Stack.PYTORCH)

    def _keras_is_loaded(self, importer: str) -> None:
        watch_keras_steps(self.clock)
        self._traces.watch()
        by_person = owner_of(importer, self._place) is Owner.USER
        if self._given is Stack.PYTORCH or (self._stack is not None and not by_person):
            return
        stack = _BACKENDS.get(sys.modules["keras"].backend.backend())
        if stack is not None:
            self._stop()
            self._become(stack)

    def _become(self, stack: Stack) -> None:
        self._stack = stack
        Outbox(folder=self._place.outbox).stack_name.write_text(stack.value, encoding="utf-8")
        switch_mode(stack, self._job.mode)
        if self._probe is not None:
            self._stop = watch_layers(
                self._probe, self.clock, framework=Framework(stack.framework), mode=self._job.mode
            )


def _chained(error: BaseException | None) -> list[BaseException]:
    """An exception, and all that it came from."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and all(each is not known for known in found):
            found.append(each)
            waiting += [each.__cause__, each.__context__]
            waiting += each.exceptions if isinstance(each, BaseExceptionGroup) else ()
    return found


def _without_worker(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback as it would have been without probes in between."""
    while traceback is not None and belongs_to_worker(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    if traceback is not None:
        traceback.tb_next = _without_worker(traceback.tb_next)
    return traceback
