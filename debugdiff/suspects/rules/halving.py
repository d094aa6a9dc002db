"""Rules for pictures and signals that are made smaller and larger again."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.source.syntax import argument_of
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.targets import Sides, is_between, shape_of, sides

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.layers import Layer
    from debugdiff.suspects.crash import Crash


@of_crash("odd-size-halved", {Kind.TARGET})
def odd_size_halved(crash: Crash) -> Clues:
    """An autoencoder's output of another size than its input (Keras' blog on autoencoders).

    Pooling rounds an odd size, so that no doubling gives it back: 7 becomes 4, and 4 becomes 8.
    """
    found = sides(crash.message) or _of_graph(crash.message)
    if found is None or not is_between(found):
        return
    size = found.target[1 if found.target[-1:] == found.output[-1:] else 2] or 0
    for layer, factor in _halvings(crash):
        if size % factor:
            reason = f"This divides a size of {size} by {factor}: the result is rounded."
            yield Clue(at=layer.location, weight="rounded", reason=reason)
            return
        size //= factor


def _of_graph(message: str) -> Sides | None:
    """The two shapes that a loss subtracts in TensorFlow's graph, the target's first."""
    found = _SUBTRACTED.search(message)
    return Sides(target=shape_of(found[1]), output=shape_of(found[2])) if found else None


_SUBTRACTED = re.compile(r"compile_loss/.*input shapes: \[([^\]]*)\], \[([^\]]*)\]", re.DOTALL)


def _halvings(crash: Crash) -> Iterator[tuple[Layer, int]]:
    """The layers that divide the size on the way in, each with its divisor."""
    for layer in crash.layers:
        if layer.type.startswith(_GROWS) or "Transpose" in layer.type:
            return
        factor = _factor(crash, layer)
        if factor is not None and factor > 1:
            yield layer, factor


_GROWS = ("UpSampl", "Upsampl")


def _factor(crash: Crash, layer: Layer) -> int | None:
    """By what pooling or a step of the kernel divides a size; `None` where it does not."""
    pools = "Pool" in layer.type and not layer.type.startswith(("Global", "Adaptive"))
    words = ("strides", "stride", "pool_size", "kernel_size") if pools else ("strides", "stride")
    for word in words:
        at = 0 if word in {"pool_size", "kernel_size"} else None
        value = argument_of(layer.call, word, at)
        if isinstance(value, ast.Tuple) and value.elts:
            value = value.elts[0]
        number = crash.program.number(value, layer.file)
        if number is not None:
            return int(number)
    return 2 if pools and layer.keras else None
