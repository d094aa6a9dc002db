"""Weights whose gradient is zero by algebra: what is computed for them is rounding alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from debugdiff.model import ParityStage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.parity.results import Observation, Place

NO_GRADIENT = 1e-6
"""What a gradient has to exceed of the largest one of its layer to be more than rounding.

Eight times what single precision resolves. In the shipped cases gradients that are zero by algebra
reach 2e-8, and all others 8e-2 and more.
"""


def zero_gradients(left: Observation, right: Observation) -> Mapping[Place, float]:
    """Places whose gradient is rounding in both programs, and how much of their layer's it reaches.

    Where it is rounding in one alone, the gradients differ, and say so themselves.
    """
    sizes, others = _relative_sizes(left), _relative_sizes(right)
    larger = {place: max(size, others[place]) for place, size in sizes.items() if place in others}
    return {place: size for place, size in larger.items() if size <= NO_GRADIENT}


def _relative_sizes(observation: Observation) -> Mapping[Place, float]:
    """Beside the largest gradient of the same layer; nothing of a layer that has none at all."""
    gradients = observation.of(ParityStage.GRADIENT)
    norms = {place: float(np.linalg.norm(array)) for place, array in gradients.items()}
    largest: dict[str, float] = {}
    for (site, _, _), norm in norms.items():
        largest[site] = max(norm, largest.get(site, 0.0))
    return {place: norm / largest[place[0]] for place, norm in norms.items() if largest[place[0]]}
