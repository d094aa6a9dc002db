"""Rules for the axes of what a model is given: the batch's place, an axis that is missing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.syntax import argument_of, calls_in, last_name, returns_of
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.layers import methods_of
from debugdiff.suspects.rules.sizes import is_at_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.layers import Layer
    from debugdiff.suspects.crash import Crash

_ITEMS = ("__getitem__", "__iter__")
_STACKS = frozenset({"stack", "array", "asarray", "concatenate"})


@of_crash("batch-not-first", {Kind.BROADCAST, Kind.FEATURES, Kind.ROWS})
def batch_not_first(crash: Crash) -> Clues:
    """A layer of PyTorch that takes the second axis for the batch (its `batch_first`).

    (The documentation of `torch.nn.MultiheadAttention`; a frequent question on the PyTorch forum.)
    """
    if not _is_turned(crash):
        return
    for layer in crash.failing:
        if _takes_steps_first(layer):
            reason = (
                f"This `{layer.type}` takes the second axis as the batch: `batch_first` is not set."
            )
            yield Clue(at=layer.location, reason=reason)


def _takes_steps_first(layer: Layer) -> bool:
    position = layer.api.position("batch_first")
    known = layer.api.default.get("batch_first") == "False"
    return known and argument_of(layer.call, "batch_first", position) is None


def _is_turned(crash: Crash) -> bool:
    """Whether the two sizes of the message are the first axes of a tensor, the other way round."""
    came = crash.opened.layer.inputs if crash.opened and crash.opened.layer else ()
    operands = (*came, *(one for frame in crash.frames[:1] for one in frame.operands))
    starts = {operand.shape[:2] for operand in operands if operand.shape}
    pairs = zip(crash.complaint.actual, crash.complaint.expected, strict=False)
    return any(actual != expected and (actual, expected) in starts for actual, expected in pairs)


@of_crash("axis-missing", {Kind.RANK})
def axis_missing(crash: Crash) -> Clues:
    """The data of a model's first layer lack an axis, as grey pictures do (Stack Overflow).

    Where a data set of the user's own gives them out, if there is one.
    """
    expected, actual = crash.complaint.expected[:1], crash.complaint.actual[:1]
    if not (is_at_start(crash) and expected and actual and expected[0] == actual[0] + 1):
        return
    for place in _given_out(crash):
        reason = f"What is returned here has {actual[0]} axes including the batch, one too few."
        yield Clue(at=place.location, reason=reason)


def _given_out(crash: Crash) -> Iterator[Place]:
    """What data sets of the user's own return as inputs; also what makes the parts of a stack."""
    for file, owner in crash.program.classes.values():
        methods = methods_of(owner)
        for name in _ITEMS if not methods.keys() & {"forward", "call"} else ():
            for found in returns_of(methods[name]) if name in methods else ():
                yield Place(file, found)
                yield from _stacked(crash, Place(file, found))


def _stacked(crash: Crash, returned: Place) -> Iterator[Place]:
    """What the user's own functions return that read the examples one by one."""
    value = returned.node.value if isinstance(returned.node, ast.Return) else None
    first = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value
    for call in calls_in(first):
        for stacked in call.args[:1] if last_name(call.func) in _STACKS else ():
            for end in crash.program.flow.origins(Place(returned.file, stacked)):
                for inner in calls_in(end.place.node):
                    callee = crash.program.flow.callee(Place(end.place.file, inner))
                    if callee.function and isinstance(callee.function.node, ast.FunctionDef):
                        function = callee.function
                        yield from (
                            Place(function.file, one) for one in returns_of(callee.function.node)
                        )
