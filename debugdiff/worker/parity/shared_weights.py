"""A program that begins from weights it is given: its own `main`, up to where it calls `train`.

The program is not touched. Its `train` is caught, its model is given the weights, and the same call
is made for real. The reference of a case is held there instead, and saves its weights.
"""

from __future__ import annotations

import inspect
import json
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.model import Framework
from debugdiff.worker.importing import import_program
from debugdiff.worker.parity.held_program import HeldProgram
from debugdiff.worker.parity.site_weights import (
    kit_of,
    load_weights,
    read_sites,
    save_weights,
    units_of_sites,
    write_sites,
)
from debugdiff.worker.parity.training_step import KeptValues, StepRecorder

if TYPE_CHECKING:
    from debugdiff.worker.parity.training_step import Model


class SharedWeightsError(Exception):
    """The model cannot begin from the weights of the reference; the message is a clause."""


class _WeightsAreSavedError(BaseException):
    """Ends the reference where it would train; no program catches it by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What the parent asks for: `task.json` in the folder that is the program's argument.

    Attributes:
        holders: per site of the case, the layer whose weights it stands for.
        weights: the file of the weights.
        reference: whether the program saves its weights there, in place of loading them.
        reseed: whether every random stream begins anew once the weights are loaded, so that what
            was drawn for the old ones does not show in dropout or in the order of the data.
        complete: whether every site has weights; sites of a case may have none.
    """

    program: str
    framework: Framework
    holders: dict[str, str]
    seed: int
    size: str
    weights: str
    reference: bool
    reseed: bool = False
    complete: bool = False


def run() -> object:
    """Do the task whose folder is the program's first argument; what `main` returned."""
    facts = json.loads((Path(sys.argv[1]) / "task.json").read_text(encoding="utf-8"))
    task = Task(**{**facts, "framework": Framework(facts["framework"])})
    namespace = import_program(task.program)
    train = namespace["train"]

    def from_given(*args: Any, **kwargs: Any) -> Any:
        arguments = dict(inspect.signature(train).bind(*args, **kwargs).arguments)
        call = HeldProgram(namespace=namespace, train=train, arguments=arguments)
        _exchange(task, call)
        return train(*args, **kwargs)

    namespace["train"] = from_given
    try:
        return namespace["main"](seed=task.seed, size=task.size)
    except _WeightsAreSavedError:
        return {}


def _exchange(task: Task, call: HeldProgram) -> None:
    """Save the weights, or load them."""
    model = _built_model(task, call)
    units = units_of_sites(model, task.holders)
    path = Path(task.weights)
    if task.reference:
        unknown = sorted(task.holders.keys() - units.keys())
        if unknown and task.complete:
            raise SharedWeightsError(f"{unknown[0]}: its weights cannot be read")
        save_weights(path, {(site, part): array for site, part, array in read_sites(model, units)})
        raise _WeightsAreSavedError
    given = load_weights(path)
    problems = [f"{site}: {text}" for site, text in write_sites(model, units, given)]
    problems += [f"{site}: the model has no such layer" for site in given.keys() - units.keys()]
    if problems:
        raise SharedWeightsError("; ".join(problems))
    if task.reseed:
        model.reseed(task.seed)


def _built_model(task: Task, call: HeldProgram) -> Model:
    """The model with all its weights: one that gets them in its first step is held before it."""
    kit = kit_of(task.framework)
    model: Model = kit.adapt(call.model)
    if not model.is_built():
        recorder = StepRecorder(model, KeptValues())
        kit.watch_optimizers(recorder)
        # Values are only read of the reference: of others, probes would see a step too many.
        at_once = model.without_graph() if task.reference else nullcontext()
        with at_once, recorder.stop_before_step():
            call.train_on(call.batch())
    return model
