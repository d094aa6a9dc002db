"""Rules for the form of a value: what turns, joins, multiplies or flattens it on its way."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.score.literals import read_literals
from debugdiff.source.operations import axis_of
from debugdiff.source.syntax import in_order, last_name
from debugdiff.suspects.complaint import SHAPES, Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.sizes import is_turned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.place import Place
    from debugdiff.source.program import File
    from debugdiff.suspects.crash import Crash


_JOINS = ("cat", "concat", "concatenate", "Concatenate")


_FORMS = frozenset(
    {
        *("view", "reshape", "Reshape", "flatten", "Flatten", "squeeze", "unsqueeze", "permute"),
        *("Permute", "transpose", "swapaxes", "movedim", "t", "stack", "expand_dims", "repeat"),
        *("tile", "expand", "unfold", "chunk", "split", "RepeatVector", "newaxis"),
    }
)


_REDUCTIONS = frozenset({"mean", "sum", "max", "argmax", "min", "prod", "norm"})


@of_crash("form-changed", SHAPES)
def form_changed(crash: Crash) -> Clues:
    """Operations that change the form of a value on its way to the failing expression.

    Missing or wrong reshapes and transpositions are half of TensorFlow's shape faults (Zhang et
    al. 2018; Humbatova et al. 2020, "Wrong shape of input data").
    """
    for reached in (*_here(crash), *((each.place.file, each.place.node) for each in crash.slice)):
        file, node = reached
        for call in _calls(node):
            name = last_name(call.func)
            if name in _FORMS or name in _REDUCTIONS:
                location = file.location(call)
                number = "form" if name in _FORMS else "reduction"
                near = crash.near(location, "form-changed")
                yield Clue(
                    at=location,
                    weight=number,
                    factor=near,
                    reason=f"`{name}` changes the shape here.",
                )


def _here(crash: Crash) -> Iterator[tuple[File, ast.AST]]:
    yield from ((frame.file, frame.node) for frame in crash.frames[:2])


def _calls(node: ast.AST) -> list[ast.Call]:
    inner = [] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else list(in_order(node))
    return [each for each in (node, *inner) if isinstance(each, ast.Call)]


@of_crash("joined-along-the-batch", SHAPES)
def joined_along_the_batch(crash: Crash) -> Clues:
    """A concatenation along axis 0, where the batch is (Stack Overflow; Keras issue 13496)."""
    for call in crash.program.flow.calls_of(*_JOINS):
        if _axis(crash, call) == 0:
            location = call.location
            reason = "This joins along axis 0, which counts the examples of a batch."
            number = "multiple" if _is_share(crash) and location in crash.depth else "line"
            yield Clue(
                at=location,
                weight=number,
                factor=crash.near(location, "joined-along-the-batch"),
                reason=reason,
            )


def _is_share(crash: Crash) -> bool:
    """Whether a multiple of the size that came was expected, as after joining side by side."""
    pairs = zip(crash.complaint.expected, crash.complaint.actual, strict=False)
    return any(
        actual and expected > actual and expected % actual == 0 for expected, actual in pairs
    )


def _axis(crash: Crash, place: Place) -> float | None:
    """Along which axis a call joins; PyTorch's functions do so along the first, if told nothing."""
    axis = axis_of(crash.program.flow, place)
    if axis is not None:
        return crash.program.number(axis, place.file)
    return 0 if crash.program.flow.callee(place).name.startswith("torch") else None


@of_crash("product-not-turned", {Kind.BROADCAST, Kind.FEATURES})
def product_not_turned(crash: Crash) -> Clues:
    """A product of two matrices on the failing line: one of them may want to be transposed.

    Attention's scores are `Q K^T` (Vaswani et al. 2017; DEForm 2026, operators on attention).
    """
    for frame in crash.frames[:1]:
        for node in (frame.node, *in_order(frame.node)):
            name = last_name(node.func) if isinstance(node, ast.Call) else ""
            product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
            if product or name in {"matmul", "bmm", "mm", "dot", "einsum"}:
                reason = (
                    "The two factors of this product do not fit: one may need to be transposed."
                )
                yield Clue(at=frame.location, reason=reason)
                return


@of_crash("axes-in-another-order", {Kind.FEATURES})
def axes_in_another_order(crash: Crash) -> Clues:
    """The size that was expected stands at another axis: channels first or last (pytorch forum).

    Then nothing is wrong with the layer; the data want permuting where they are made or handed in.
    """
    if not is_turned(crash):
        return
    for reached in crash.slice:
        for call in _calls(reached.place.node):
            if last_name(call.func) in _DATA:
                location = reached.place.file.location(call)
                reason = "The expected size is on another axis of the data made here."
                yield Clue(at=location, weight="data", reason=reason)
    for frame in crash.frames[:3]:
        reason = "The expected size is on another axis of the value passed on here."
        yield Clue(at=frame.location, weight="frame", reason=reason)


_DATA = frozenset(
    {"tensor", "from_numpy", "as_tensor", "ToTensor", "stack", "DataLoader", "permute"}
)


@of_crash("every-axis-of-one-squeezed", SHAPES)
def every_axis_of_one_squeezed(crash: Crash) -> Clues:
    """A `squeeze` without an axis: it may take the batch as well (warning of torch.squeeze)."""
    for call in crash.program.flow.calls_of("squeeze"):
        if axis_of(crash.program.flow, call) is None:
            reason = "Without an axis, this removes every axis of size 1, even the batch's."
            near = crash.near(call.location, "every-axis-of-one-squeezed")
            yield Clue(at=call.location, factor=near, reason=reason)


@of_crash("rows-multiplied", {Kind.ROWS})
def rows_multiplied(crash: Crash) -> Clues:
    """As many times more predictions than targets: rows were made of steps (Stack Overflow)."""
    shapes = read_literals(crash.message).shapes
    if len(shapes) < 2 and len(crash.complaint.actual) < 1:  # noqa: PLR2004
        return
    for reached in crash.slice:
        for node in (reached.place.node, *ast.walk(reached.place.node)):
            if isinstance(node, ast.Call) and last_name(node.func) in {
                "view",
                "reshape",
                "flatten",
            }:
                location = reached.place.file.location(node)
                reason = "This may turn steps or features into rows."
                yield Clue(
                    at=location, factor=crash.near(location, "rows-multiplied"), reason=reason
                )
