"""How far a program's metrics move when the outputs of its model move by rounding.

Another processor adds up in another order, and every output of the model moves by a few units of
its last digit. A metric that counts exact ties turns that into another figure: two texts that are
one to the model get equal scores, and rounding tells which of them is ranked above the other. To
move the weights would not show this, since equal inputs then still give equal outputs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.worker.parity.held_program import HeldProgram
    from debugdiff.worker.parity.initial_weights import Kit

_NOISE = 1e-6
"""Eight times what single precision resolves: sums over a few hundred terms differ by as much."""

_DRAWS = 4
"""A tie of two values is seen with every draw in one of two cases."""


def shaken_metrics(
    run: HeldProgram, metrics: Mapping[str, float], kit: Kit
) -> dict[str, float | None]:
    """Per metric, the value furthest from the quiet one that it took under noise.

    The noise lies on what leaves the outermost layer that is called, whatever the program does
    with it: `_NOISE` of the value itself and of the middle value of its tensor.

    Args:
        run: whose `evaluate` is called again and again.
        metrics: without noise.
        kit: the framework's.

    Returns:
        Nothing if `evaluate` calls no layer; `None` for a value that is not finite.
    """
    furthest = dict(metrics)
    noise = _Noise()
    for _ in range(_DRAWS):
        with kit.outputs_changed(noise.added):
            shaken = run.evaluate()
        for name, value in metrics.items():
            furthest[name] = max(furthest[name], shaken[name], key=lambda each: _gap(each, value))
    if not noise.tensors:
        return {}
    return {name: value if math.isfinite(value) else None for name, value in furthest.items()}


def _gap(value: float, other: float) -> float:
    gap = abs(value - other)
    return math.inf if math.isnan(gap) else gap


class _Noise:
    """Adds noise to arrays, and counts them."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)
        self.tensors = 0

    def added(self, array: Any) -> Any:
        self.tensors += 1
        size = np.abs(array)
        step = _NOISE * (size + (np.median(size) if size.size else 0))
        return (array + step * self._random.uniform(-1, 1, array.shape)).astype(array.dtype)


def each_tensor(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same structure of tuples, lists and dictionaries, with all else in it changed."""
    if isinstance(value, Mapping):
        return {name: each_tensor(part, change) for name, part in value.items()}
    if type(value) in {tuple, list}:
        return type(value)(each_tensor(part, change) for part in value)
    return change(value)
