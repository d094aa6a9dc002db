"""Interim values of a run: what a job's instrument asks for, behind one small interface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Instrument
from debugdiff.worker.patches import Patches
from debugdiff.worker.probes.kept_tensors import TensorFile
from debugdiff.worker.probes.sampling import Sampling
from debugdiff.worker.probes.source_places import SourcePlaces
from debugdiff.worker.probes.statements import StatementRecorder
from debugdiff.worker.probes.value_log import ValueLog

if TYPE_CHECKING:
    from debugdiff.model import Job, Mode, Setting, SitePlace, StatementValues, ValueStatistics
    from debugdiff.worker.probes.steps import StepCounter
    from debugdiff.worker.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What watches one run. Ask it when the program has ended, however it ended."""

    log: ValueLog
    sources: SourcePlaces
    recorder: StatementRecorder

    def values(self) -> tuple[ValueStatistics, ...]:
        """What the layer probes read, in the order of reading; losses are among them."""
        return self.log.values()

    def settings(self) -> tuple[Setting, ...]:
        """What the program set its layers, optimizer, loss and training to."""
        return self.log.settings.settings()

    def places(self) -> tuple[SitePlace, ...]:
        """Where the sites of the layer probes stand in the source."""
        return self.sources.places()

    def statements(self) -> tuple[StatementValues, ...]:
        """What the statement probes saw, in the order of their lines."""
        return self.recorder.statements()

    def notes(self) -> tuple[str, ...]:
        """Sentences on what could not be read; empty when all is well."""
        return self.log.notes()


def make_probe(job: Job, counter: StepCounter, workplace: Workplace) -> Probe:
    """The instrument of a job, not installed yet."""
    return Probe(
        log=ValueLog(
            Sampling(job.choice),
            digests=job.choice.digests,
            keep=TensorFile(Path(job.keep)) if job.keep else None,
        ),
        sources=SourcePlaces(workplace),
        recorder=StatementRecorder(job.statements, counter),
    )


def start_probes(job: Job, counter: StepCounter, workplace: Workplace) -> Probe:
    """Install the instrument of a job in this process, before the program is executed.

    The stack's framework is imported already. `none` touches nothing.
    """
    probe = make_probe(job, counter, workplace)
    if job.instrument is Instrument.STATEMENTS:
        probe.recorder.install(job.mode)
    elif job.instrument is Instrument.LAYERS:
        watch_layers(probe, counter, framework=job.stack.framework, mode=job.mode)
    return probe


def watch_layers(
    probe: Probe,
    counter: StepCounter,
    *,
    framework: Framework,
    mode: Mode,
    patches: Patches | None = None,
) -> Patches:
    """Watch every layer of a framework that is imported, until the result is closed."""
    patches = patches or Patches()
    if framework is Framework.PYTORCH:
        from debugdiff.worker.probes.pytorch import TorchLayerProbe  # noqa: PLC0415 - needs PyTorch

        TorchLayerProbe(probe.log, counter, probe.sources, patches).install(mode)
        return patches
    from debugdiff.worker.probes.keras import KerasLayerProbe  # noqa: PLC0415 - needs Keras

    KerasLayerProbe(probe.log, counter, probe.sources, patches).install()
    return patches
