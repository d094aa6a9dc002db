"""The parity check inside a stack: one program, given weights, one batch, and what came of it.

The program itself is not touched. Its own `main` runs until it calls its own `train`; that call is
caught, and made again with one batch of its data while probes look on. What was seen is left as
`observation.json` beside `observation.npz`, arrays of numbers without pickled objects.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from debugdiff.model import Framework, ParityStage
from debugdiff.worker.parity.forms import Unit, Values, shared_outputs, to_shared
from debugdiff.worker.parity.held_program import HeldProgram, run_until_training
from debugdiff.worker.parity.initial_weights import initial_spread
from debugdiff.worker.parity.shaken_metrics import shaken_metrics
from debugdiff.worker.parity.site_weights import (
    kit_of,
    load_weights,
    read_sites,
    save_weights,
    units_of_sites,
    write_sites,
)
from debugdiff.worker.parity.training_step import KeptValues, StepRecorder
from debugdiff.worker.probes.steps import StepCounter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.worker.parity.site_weights import Weights
    from debugdiff.worker.parity.training_step import Model

_NOISE = 0.05
_SEED = 0
_EPOCHS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the parent asks for: `task.json` in the task's folder.

    Attributes:
        program: the program's file, in the working folder.
        holders: per site of the case, the layer whose weights are compared there; without any,
            only parameters are counted.
        outputs: per site of the case, the layer whose outputs are compared there.
        seeds: with how many the initial weights are drawn to see how far they are spread.
        weights: the file of the weights to take, in the shared form; empty for the reference,
            which writes its own.
        trained: the file of what the reference has learned, which it writes; empty for none.
    """

    program: str
    framework: Framework
    holders: dict[str, str]
    outputs: dict[str, str]
    seeds: int
    weights: str
    trained: str


@dataclass(slots=True, kw_only=True)
class Observation:
    """What is handed back. `entries` name the arrays in their order; `problems` are clauses."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    arrays: list[Any] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)
    metrics: dict[str, float] = field(default_factory=dict)
    shaken: dict[str, float | None] = field(default_factory=dict)
    trained: dict[str, float] = field(default_factory=dict)
    settings: dict[str, float] = field(default_factory=dict)
    shapes: list[list[int]] = field(default_factory=list)
    initial: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0

    def add(self, stage: ParityStage, site: str, part: str, array: Any, *, call: int = 0) -> None:
        """Keep one array."""
        self.entries.append({"stage": stage.value, "site": site, "part": part, "call": call})
        self.arrays.append(array)

    def complain(self, stage: ParityStage, site: str, text: str) -> None:
        """Keep one thing that is wrong."""
        self.problems.append({"stage": stage.value, "site": site, "text": text})

    def write(self, folder: Path) -> None:
        """Write both files; the one with the names last."""
        arrays = {str(number): array for number, array in enumerate(self.arrays)}
        np.savez(folder / "observation.npz", **arrays)
        facts = dataclasses.asdict(self)
        del facts["arrays"]
        (folder / "observation.json").write_text(json.dumps(facts), encoding="utf-8")


def observe() -> None:
    """Do the task whose folder is the program's first argument."""
    folder = Path(sys.argv[1])
    facts = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    task = Task(**{**facts, "framework": Framework(facts["framework"])})
    log = KeptValues()
    _install_probes(task, log)
    run = run_until_training(task.program)
    observation = Observation()
    _Check(task=task, run=run, log=log, seen=observation).carry_out()
    observation.write(folder)


def _install_probes(task: Task, log: KeptValues) -> None:
    from debugdiff.model import Mode  # noqa: PLC0415 - with the probes
    from debugdiff.worker.probes.keras import KerasLayerProbe  # noqa: PLC0415
    from debugdiff.worker.probes.pytorch import TorchLayerProbe  # noqa: PLC0415
    from debugdiff.worker.probes.source_places import SourcePlaces  # noqa: PLC0415

    if task.framework is Framework.PYTORCH:
        TorchLayerProbe(log, StepCounter(), SourcePlaces()).install(Mode.DEFAULT)
    else:
        KerasLayerProbe(log, StepCounter(), SourcePlaces()).install()


@dataclass(slots=True, kw_only=True)
class _Check:
    """One program through all stages."""

    task: Task
    run: HeldProgram
    log: KeptValues
    seen: Observation

    def carry_out(self) -> None:
        kit = kit_of(self.task.framework)
        model = kit.adapt(self.run.model)
        recorder = StepRecorder(model, self.log)
        kit.watch_optimizers(recorder)
        with model.without_noise():
            self._compare(model, recorder, kit)
        self._keep_spread(kit, recorder)

    def _compare(self, model: Model, recorder: StepRecorder, kit: Any) -> None:
        batch = self.run.batch()
        if not model.is_built():
            self.run.train_on(batch)
        self._describe(model)
        units = self._units_of_sites(model)
        if not units or not self._take_weights(model, units):
            return
        self._keep_weights(model, units, ParityStage.WEIGHTS)
        recorder.start()
        self.run.train_on(batch)
        self._keep_step(model, units, recorder)
        self._take_weights(model, units)
        self.seen.metrics = self.run.evaluate()
        self.seen.shaken = shaken_metrics(self.run, self.seen.metrics, kit)
        if self.task.trained and self._take_learned_weights(model, units):
            self.seen.trained = self.run.evaluate()

    def _keep_spread(self, kit: Any, recorder: StepRecorder) -> None:
        """Last: probes give the plain names to the first model that they see."""
        spread = initial_spread(self.run, self.task.seeds, self.task.holders, kit, recorder)
        self.seen.initial = [
            {"site": site, "part": part, "deviation": deviation}
            for (site, part), deviation in spread.items()
        ]

    def _describe(self, model: Model) -> None:
        self.seen.settings = {
            name: float(value)
            for name, value in self.run.arguments.items()
            if isinstance(value, int | float)
        }
        self.seen.rows = self.run.rows
        self.seen.shapes = [
            list(variable.shape)
            for unit in model.units()
            for variable in unit.variables.values()
            if model.is_trained(variable)
        ]

    def _units_of_sites(self, model: Model) -> dict[str, Unit]:
        """Layers with weights, by site. A site without weights is compared by its values only."""
        paths = model.paths()
        for site, path in (self.task.holders | self.task.outputs).items():
            if path not in paths:
                self.seen.complain(
                    ParityStage.MODEL, site, f"the model has no layer called `{path}`"
                )
        if self.task.holders:
            weighted = {unit.path for unit in model.units()}
            for path in weighted - set(self.task.holders.values()):
                text = f"the layer `{path}` has weights and is no site of the case"
                self.seen.complain(ParityStage.MODEL, path, text)
        return units_of_sites(model, self.task.holders)

    # --- weights -----------------------------------------------------------------------------

    def _take_weights(self, model: Model, units: Mapping[str, Unit]) -> bool:
        """Take the given weights; the reference makes its own. Whether all of them fit."""
        if not self.task.weights:
            self._stir(model, units)
            return True
        return self._write(model, units, load_weights(Path(self.task.weights)))

    def _write(self, model: Model, units: Mapping[str, Unit], given: Weights) -> bool:
        problems = tuple(write_sites(model, units, given))
        for site, text in problems:
            self.seen.complain(ParityStage.WEIGHTS, site, text)
        return not problems

    def _take_learned_weights(self, model: Model, units: Mapping[str, Unit]) -> bool:
        """Take what the reference has learned; the reference learns it. Whether all of it fits.

        A model that has learned nothing may say the same of every row, and then a metric that is
        wrong may be right by chance. What `train` sets beside weights, such as the mean of its
        data, is left as one batch sets it, in the reference as in all others.
        """
        path = Path(self.task.trained)
        if self.task.weights:
            return self._write(model, units, load_weights(path))
        for _ in range(_EPOCHS):
            self.run.train_on(self.run.arguments["data"])
        save_weights(path, {(site, part): array for site, part, array in read_sites(model, units)})
        self.run.train_on(self.run.batch())
        return self._write(model, units, load_weights(path))

    def _stir(self, model: Model, units: Mapping[str, Unit]) -> None:
        """A weight that is one number all over (a bias of zeros) would hide an exchanged part."""
        if self.seen.entries:
            self._put_back(model, units)
            return
        random = np.random.default_rng(_SEED)
        for unit in units.values():
            for variable in unit.variables.values():
                value = model.read(variable)
                if np.ptp(value) == 0:
                    noise = random.normal(scale=_NOISE, size=value.shape)
                    model.write(variable, value + noise.astype(value.dtype))

    def _put_back(self, model: Model, units: Mapping[str, Unit]) -> None:
        """The reference's own weights, as they were when they were kept."""
        kept: Weights = {}
        for entry, array in zip(self.seen.entries, self.seen.arrays, strict=True):
            if entry["stage"] == ParityStage.WEIGHTS:
                kept.setdefault(entry["site"], {})[entry["part"]] = array
        self._write(model, units, kept)

    def _keep_weights(self, model: Model, units: Mapping[str, Unit], stage: ParityStage) -> None:
        for site, part, array in read_sites(model, units):
            self.seen.add(stage, site, part, array)

    # --- one step ----------------------------------------------------------------------------

    def _keep_step(self, model: Model, units: Mapping[str, Unit], recorder: StepRecorder) -> None:
        if not recorder.after_own_step:
            self.seen.complain(ParityStage.OPTIMIZER, "", "no optimizer step was seen")
        for name, value in recorder.settings.items():
            self.seen.settings[f"optimizer.{name}"] = value
        self._keep_forward(model, units)
        for loss in self.log.losses[:1]:
            self.seen.add(ParityStage.LOSS, "loss", "loss", loss)
        for stage, values, kind in (
            (ParityStage.GRADIENT, recorder.gradients, Values.GRADIENTS),
            (ParityStage.SGD, recorder.after_plain_step, Values.WEIGHTS),
            (ParityStage.ALIGNED, recorder.after_aligned_step, Values.WEIGHTS),
            (ParityStage.OPTIMIZER, recorder.after_own_step, Values.WEIGHTS),
        ):
            for site, unit in units.items():
                self._keep_variables(stage, site, unit, values, kind)

    def _keep_variables(
        self,
        stage: ParityStage,
        site: str,
        unit: Unit,
        values: Mapping[int, Any],
        kind: Values,
    ) -> None:
        trained = {
            name: values[id(variable)]
            for name, variable in unit.variables.items()
            if id(variable) in values
        }
        for part, array in to_shared(unit.form, trained, kind).items() if trained else ():
            self.seen.add(stage, site, part, array)

    def _keep_forward(self, model: Model, units: Mapping[str, Unit]) -> None:
        sites = {path or model.title: site for site, path in self.task.outputs.items()}
        outputs_of_sites: dict[tuple[str, int], dict[str, Any]] = {}
        for (name, call), array in self.log.arrays.items():
            path, _, suffix = name.partition("[")
            if path in sites:
                arrays = outputs_of_sites.setdefault((sites[path], call), {})
                arrays[f"[{suffix}" if suffix else ""] = array
        for (site, call), outputs in outputs_of_sites.items():
            unit = units.get(site)
            shared = (
                shared_outputs(unit.form, outputs, unit.recurrence)
                if unit
                else {f"output{suffix}": array for suffix, array in outputs.items()}
            )
            for part, array in shared.items():
                self.seen.add(ParityStage.FORWARD, site, part, array, call=call)
