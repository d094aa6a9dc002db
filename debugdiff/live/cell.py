"""What a cell is watched with: probes of layers, steps and warnings, all of them removable."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from debugdiff.live.explaining import TRACES, stack_here, stage_at
from debugdiff.live.loaded import LoadedWorkplace
from debugdiff.model import Framework, Mode, ProgramEnd, Stack, Stage, WorkerEnd
from debugdiff.worker.failure.captured_warnings import CapturedWarnings
from debugdiff.worker.failure.tracebacks import leave_out_worker_frames, live_steps
from debugdiff.worker.patches import Patches
from debugdiff.worker.probes.instruments import Probe, watch_layers
from debugdiff.worker.probes.source_places import SourcePlaces
from debugdiff.worker.probes.statements import StatementRecorder
from debugdiff.worker.probes.steps import StepCounter, watch_keras_steps, watch_torch_steps
from debugdiff.worker.probes.value_log import ValueLog
from debugdiff.worker.process.describing import empty_record
from debugdiff.worker.process.import_watch import ImportWatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from debugdiff.model import Record


class CellWatch:
    """Reads the layers of what a cell runs, of every framework that is or gets loaded.

    Every patch and every hook is in one of `Patches`, and is gone after `end`.
    """

    def __init__(self) -> None:
        self._counter = StepCounter()
        self._patches = Patches(temporary=True)
        self._layers: dict[Framework, Patches] = {}
        self._workplace = LoadedWorkplace()
        self._warnings = CapturedWarnings(self._workplace, self._stage_and_step)
        self._probe = Probe(
            log=ValueLog(),
            sources=SourcePlaces(self._workplace),
            recorder=StatementRecorder({}, self._counter),
        )

    def begin(self, shell: Any) -> None:
        """Watch from now on."""
        self._warnings.watch(self._patches)
        TRACES.watch(self._patches)
        self._patches.replace(shell, "showtraceback", _without_probes)
        watched = {"torch": self._torch_is_loaded, "keras": self._keras_is_loaded}
        ImportWatch(watched).install(self._patches)

    def end(self, names: dict[str, Any]) -> None:
        """Take everything out again, also of the session's variables."""
        self._probe.log.close()
        patches = [*self._layers.values(), self._patches]
        for each in patches:
            each.close()
        for name, value in list(names.items()):
            for each in patches:
                original = each.original_of(value)
                if original is not None:
                    names[name] = original

    def record(self) -> Record:
        """What was read, as of a program that ran to its end."""
        return replace(
            empty_record("cell", WorkerEnd.FINISHED),
            program=ProgramEnd.OK,
            stage=Stage.DONE,
            step=self._counter.step,
            steps=self._counter.step,
            warnings=self._warnings.kept,
            values=self._probe.values(),
            settings=self._probe.settings(),
            places=self._probe.places(),
            note=" ".join(self._probe.notes()),
        )

    def _stage_and_step(self, frame: FrameType) -> tuple[Stage, int]:
        step = self._counter.step
        return stage_at(live_steps(frame), self._workplace, step), step

    def _torch_is_loaded(self, _importer: str) -> None:
        watch_torch_steps(self._counter, self._patches)
        if "keras" not in sys.modules or stack_here() is not Stack.KERAS_TORCH:
            self._watch(Framework.PYTORCH)

    def _keras_is_loaded(self, _importer: str) -> None:
        TRACES.watch(self._patches)
        watch_keras_steps(self._counter, self._patches)
        if stack_here() is Stack.KERAS_TORCH and Framework.PYTORCH in self._layers:
            self._layers[Framework.PYTORCH].close()  # its layers are modules of PyTorch, too
        self._watch(Framework.KERAS)

    def _watch(self, framework: Framework) -> None:
        self._layers[framework] = patches = Patches(temporary=True)
        watch_layers(
            self._probe, self._counter, framework=framework, mode=Mode.DEFAULT, patches=patches
        )


def _without_probes(before: Callable[..., Any]) -> Callable[..., Any]:
    """The session shows a traceback as it would have been without the probes."""

    def showtraceback(*arguments: Any, **settings: Any) -> Any:
        error = sys.exc_info()[1]
        if error is not None:
            leave_out_worker_frames(error)
        return before(*arguments, **settings)

    return showtraceback
