"""How far the initial weights of a program are spread, by site, over several seeds.

Every framework has its own defaults, and they are part of what a program does out of the box: the
parity check copies weights, and would not show them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from debugdiff.worker.parity.site_weights import read_sites, units_of_sites

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from debugdiff.worker.parity.held_program import HeldProgram
    from debugdiff.worker.parity.training_step import Model, StepRecorder

Spread = dict[tuple[str, str], float]
"""The standard deviation of a weight, by site and shared name."""


class Kit(Protocol):
    """What knows a framework: `pytorch_model` or `keras_model`."""

    adapt: Callable[[Any], Model]
    """Makes a model of the framework a `Model`."""

    start_afresh: Callable[[int], None]
    """Sows a seed, and lets automatic names begin from the start."""

    outputs_changed: Callable[[Callable[[Any], Any]], AbstractContextManager[None]]
    """Lets what leaves an outermost layer pass through a function of arrays."""


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
    arrays_of_sites: dict[tuple[str, str], list[Any]] = defaultdict(list)
    build_model = run.namespace.get("build_model")
    for seed in range(seeds):
        if build_model is None:
            break
        kit.start_afresh(seed)
        module = build_model()
        model = kit.adapt(module)
        if not model.is_built():
            with model.without_graph(), recorder.stop_before_step():  # a trace takes far longer
                run.with_model(module).train_on(run.batch())
        for site, part, array in read_sites(model, units_of_sites(model, holders)):
            arrays_of_sites[site, part].append(np.asarray(array, dtype=np.float64))
    return {key: float(np.std(arrays)) for key, arrays in arrays_of_sites.items()}
