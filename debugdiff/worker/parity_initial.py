"""How far the initial weights of a program are spread, by site, over several seeds.

Every framework has its own defaults, and they are part of what a program does out of the box: the
parity check copies weights, and would not show them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from debugdiff.worker.parity_forms import to_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from debugdiff.worker.parity_program import HeldProgram
    from debugdiff.worker.parity_steps import Model, StepRecorder

Spread = dict[tuple[str, str], float]
"""The standard deviation of a weight, by site and shared name."""


class Kit(Protocol):
    """What knows a framework: `parity_torch` or `parity_keras`."""

    adapt: Callable[[Any], Model]
    """Makes a model of the framework a `Model`."""

    start_afresh: Callable[[int], None]
    """Sows a seed, and lets automatic names begin from the start."""


def initial_spread(
    run: HeldProgram, seeds: int, holders: Mapping[str, str], kit: Kit, recorder: StepRecorder
) -> Spread:
    """The standard deviation of every weight at a site, over all its elements and seeds.

    Args:
        run: whose `build_model` is called once per seed.
        seeds: 0, 1, ... up to this number, without it.
        holders: per site, the path of the layer with the weights.
        kit: the framework's.
        recorder: can hold a program that only has its weights once it trains before its first step.
    """
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    build_model = run.namespace.get("build_model")
    for seed in range(seeds):
        if build_model is None:
            break
        kit.start_afresh(seed)
        module = build_model()
        model = kit.adapt(module)
        if not model.is_built():
            with recorder.held_before_step():
                run.with_model(module).train_on(run.batch())
        for place, array in _weights(model, holders):
            found[place].append(np.asarray(array, dtype=np.float64))
    return {place: float(np.std(arrays)) for place, arrays in found.items()}


def _weights(model: Model, holders: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], Any]]:
    units = {unit.path: unit for unit in model.units()}
    for site, path in holders.items():
        if path in units:
            unit = units[path]
            local = {name: model.read(variable) for name, variable in unit.variables.items()}
            for part, array in to_shared(unit.form, local).items():
                yield (site, part), array
