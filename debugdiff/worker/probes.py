"""Interim values of a run: what a job's instrument asks for, behind one small interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Instrument
from debugdiff.worker.statements import StatementRecorder
from debugdiff.worker.statistics import ValueLog

if TYPE_CHECKING:
    from debugdiff.model import Job, Setting, StatementValues, ValueStatistics
    from debugdiff.worker.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What watches one run. Ask it when the program has ended, however it ended."""

    log: ValueLog
    recorder: StatementRecorder

    def values(self) -> tuple[ValueStatistics, ...]:
        """What the layer probes read, in the order of reading; losses are among them."""
        return self.log.values()

    def settings(self) -> tuple[Setting, ...]:
        """What the program set its layers, its optimizer and its loss to."""
        return self.log.settings.settings()

    def statements(self) -> tuple[StatementValues, ...]:
        """What the statement probes saw, in the order of their lines."""
        return self.recorder.statements()

    def notes(self) -> tuple[str, ...]:
        """Sentences on what could not be read; empty when all is well."""
        return self.log.notes()


def start_probes(job: Job, clock: Clock) -> Probe:
    """Install the instrument of a job in this process, before the program is executed.

    The stack's framework is imported already. `none` touches nothing.
    """
    probe = Probe(log=ValueLog(), recorder=StatementRecorder(job.statements, clock))
    if job.instrument is Instrument.STATEMENTS:
        probe.recorder.install(job.mode)
    elif job.instrument is Instrument.LAYERS:
        _watch_layers(job, probe.log, clock)
    return probe


def _watch_layers(job: Job, log: ValueLog, clock: Clock) -> None:
    if job.stack.framework is Framework.PYTORCH:
        from debugdiff.worker.probes_torch import TorchLayerProbe  # noqa: PLC0415 - needs PyTorch

        TorchLayerProbe(log, clock).install(job.mode)
    else:
        from debugdiff.worker.probes_keras import KerasLayerProbe  # noqa: PLC0415 - needs Keras

        KerasLayerProbe(log, clock).install()
