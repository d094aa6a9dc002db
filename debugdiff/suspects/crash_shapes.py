"""Rules for sizes that do not fit: the layer at work, who made the size, who changed the form."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.syntax import argument_of, in_order, last_name, parameters
from debugdiff.suspects.complaint import SHAPES, Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.layers import Layer
    from debugdiff.source.program import File
    from debugdiff.suspects.crash import Crash

_JOINS = frozenset({"cat", "concat", "concatenate", "Concatenate"})
_FORMS = frozenset(
    {
        *("view", "reshape", "Reshape", "flatten", "Flatten", "squeeze", "unsqueeze", "permute"),
        *("Permute", "transpose", "swapaxes", "movedim", "t", "stack", "expand_dims", "repeat"),
        *("tile", "expand", "unfold", "chunk", "split", "RepeatVector", "newaxis"),
    }
)
_REDUCTIONS = frozenset({"mean", "sum", "max", "argmax", "min", "prod", "norm"})
RECURRENT = frozenset({"LSTM", "GRU", "RNN", "SimpleRNN"})


@of_crash("failing-layer", {Kind.FEATURES, Kind.RANK, Kind.INDICES, Kind.DTYPE, Kind.BROADCAST})
def failing_layer(crash: Crash) -> Clues:
    """The constructor of the layer that was at work.

    Wrong sizes in a layer's constructor are the commonest cause of shape errors (Humbatova et al.
    2020, "Wrong tensor shape"; Zhang et al. 2018: unaligned tensors).
    """
    number = _LAYER_AT_WORK.get(crash.complaint.kind, "line")
    turned = weight("failing-layer", "turned") if _turned(crash) else 1.0
    share = len(crash.failing) ** weight("failing-layer", "share")
    for rank, layer in enumerate(crash.failing):
        factor = turned * _blame(layer, number) * weight("failing-layer", "decay") ** rank / share
        reason = f"This makes the `{layer.type}` that was at work{sizes_of(layer)}."
        yield Clue(at=layer.location, weight=number, factor=factor, reason=reason)


_LAYER_AT_WORK = {Kind.FEATURES: "features", Kind.INDICES: "indices", Kind.RANK: "rank"}


def _blame(layer: Layer, number: str) -> float:
    """Less for a layer that says no size, or one that is only handed its size."""
    is_unsaid = layer.takes_argument is None and number == "features"
    unsaid = weight("failing-layer", "unsaid") if is_unsaid else 1.0
    return unsaid * (weight("failing-layer", "passed") if _is_passed(layer) else 1.0)


def _is_passed(layer: Layer) -> bool:
    """Whether its size is a parameter of the function around it: somebody else chose it."""
    function = layer.file.function(layer.call)
    size = layer.takes_argument
    return isinstance(size, ast.Name) and function is not None and size.id in parameters(function)


@of_crash("size-passed-here", {Kind.FEATURES, Kind.INDICES})
def size_passed_here(crash: Crash) -> Clues:
    """Who chose the size of the layer at work, where its own line only hands it on.

    From a parameter to the call that passed it: a hop of the line graph (CrashLocator 2014).
    """
    path = crash.opened.layer.path.split(".") if crash.opened and crash.opened.layer else []
    for layer in crash.failing[:2]:
        if not _is_passed(layer):
            continue
        for file, call in crash.program.calls:
            function = layer.file.function(layer.call)
            maker = layer.owner or (function.name if function else "")
            if last_name(call.func) == maker:
                statement = file.statement(call)
                targets = statement.targets if isinstance(statement, ast.Assign) else []
                named = any(last_name(each) in path[:-1] for each in targets)
                reason = f"This passes the size of the `{layer.type}` that was at work."
                yield Clue(
                    at=file.location(call), weight="named" if named else "line", reason=reason
                )


@of_crash("own-layer-made-here", {Kind.FEATURES, Kind.RANK, Kind.BROADCAST, Kind.RESHAPE})
def own_layer_made_here(crash: Crash) -> Clues:
    """Where the layer of the person's own was made in which the program stopped.

    The constructor of a failing layer is a hop of the line graph (Wu et al., CrashLocator 2014).
    """
    layer = crash.opened.layer if crash.opened else None
    if layer is None or not layer.own or not layer.path:
        return
    for file, call in crash.program.calls:
        if last_name(call.func) == layer.type:
            statement = file.statement(call)
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            named = any(last_name(each) == layer.path.split(".")[-1] for each in targets)
            reason = f"This makes the `{layer.type}` in which the program stopped."
            yield Clue(at=file.location(call), weight="named" if named else "line", reason=reason)


def sizes_of(layer: Layer) -> str:
    """The sizes that a constructor says, in brackets, for a reason."""
    told = [
        f"{word} {value}"
        for word, value in (("takes", layer.takes), ("gives", layer.gives))
        if value is not None
    ]
    return f" ({', '.join(told)})" if told else ""


@of_crash("size-made-here", {Kind.FEATURES, Kind.BROADCAST, Kind.TARGET})
def size_made_here(crash: Crash) -> Clues:
    """The layers whose output has the size that came (Lagouvardos et al. 2020, on producers)."""
    sizes = {*crash.complaint.actual, *crash.complaint.expected} - {0, 1}
    makers = [layer for layer in crash.layers if layer.gives in sizes]
    for layer in makers:
        came = layer.gives in crash.complaint.actual
        share = len(makers) ** weight("size-made-here", "share")
        reason = f"What comes out of this `{layer.type}` has the size {layer.gives}."
        yield Clue(
            at=layer.location,
            weight="came" if came else "expected",
            factor=crash.near(layer.location) / share,
            reason=reason,
        )


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
    for file, call in crash.program.calls:
        if last_name(call.func) in _JOINS and _axis(crash, file, call) == 0:
            location = file.location(call)
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


def _axis(crash: Crash, file: File, call: ast.Call) -> float | None:
    place = None if last_name(call.func) == "Concatenate" else 1
    for name in ("dim", "axis"):
        value = argument_of(call, name, place)
        if value is not None:
            return crash.program.number(value, file)
    return 0 if file.qualified(call.func).startswith("torch") else None


def recurrences(crash: Crash) -> Iterator[Location]:
    """Where a PyTorch module calls its recurrent layer."""
    kept = {layer.target for layer in crash.layers if layer.type in RECURRENT and not layer.keras}
    for file, call in crash.program.calls:
        is_self = isinstance(call.func, ast.Attribute) and last_name(call.func.value) == "self"
        if is_self and last_name(call.func) in kept - {""}:
            yield file.location(call)


@of_crash("input-declared", {Kind.FEATURES, Kind.RANK})
def input_declared(crash: Crash) -> Clues:
    """Where a Keras model says what shape its input has (UMLAUT: input shape; Humbatova 2020)."""
    for file, call in crash.program.calls:
        name = last_name(call.func)
        declares = [each for each in call.keywords if each.arg in {"input_shape", "batch_shape"}]
        is_input = name in {"Input", "InputLayer"} and file.qualified(call.func) != "Input"
        if declares or is_input:
            wanted = _mentions(crash, file, call)
            number = "first" if _is_first(crash) else "wanted" if wanted else "line"
            is_inside = number != "first" and not _at_the_start(crash)
            factor = weight("input-declared", "inside") if is_inside else 1.0
            reason = "This says what shape the input has."
            yield Clue(at=file.location(call), weight=number, factor=factor, reason=reason)


def _mentions(crash: Crash, file: File, call: ast.Call) -> bool:
    sizes = {*crash.complaint.expected, *crash.complaint.actual}
    return any(
        crash.program.number(node, file) in sizes
        for node in in_order(call)
        if isinstance(node, ast.expr)
    )


def _is_first(crash: Crash) -> bool:
    """Whether the first layer of all is the one at work, and got something of another rank."""
    first = crash.failing[:1] == crash.layers[:1] and bool(crash.failing)
    return first and crash.complaint.kind is Kind.RANK


def _at_the_start(crash: Crash) -> bool:
    return (
        "Input 0" in crash.message
        or "Invalid input shape" in crash.message
        or "expected shape=" in crash.message
    )


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
                reason = "The two factors of this product do not fit: one may want transposing."
                yield Clue(at=frame.location, reason=reason)
                return


@of_crash("axes-in-another-order", {Kind.FEATURES})
def axes_in_another_order(crash: Crash) -> Clues:
    """The size that was expected stands at another axis: channels first or last (pytorch forum).

    Then nothing is wrong with the layer; the data want permuting where they are made or handed in.
    """
    if not _turned(crash):
        return
    for reached in crash.slice:
        for call in _calls(reached.place.node):
            if last_name(call.func) in _DATA:
                location = reached.place.file.location(call)
                reason = "The size that was expected stands at another axis of the data made here."
                yield Clue(at=location, weight="data", reason=reason)
    for frame in crash.frames[:3]:
        reason = "The size that was expected stands at another axis of what is handed on here."
        yield Clue(at=frame.location, weight="frame", reason=reason)


def _turned(crash: Crash) -> bool:
    wanted, got = set(crash.complaint.expected), set(crash.complaint.actual)
    came = crash.opened.layer.inputs if crash.opened and crash.opened.layer else ()
    tensors = (operand.shape or () for operand in came if operand.type != "Parameter")
    several = (shape for shape in tensors if len(shape) > 2)  # noqa: PLR2004
    return any(wanted & set(shape[1:]) - got for shape in several)


_DATA = frozenset(
    {"tensor", "from_numpy", "as_tensor", "ToTensor", "stack", "DataLoader", "permute"}
)


@of_crash("every-axis-of-one-squeezed", SHAPES)
def every_axis_of_one_squeezed(crash: Crash) -> Clues:
    """A `squeeze` without an axis: it may take the batch as well (warning of torch.squeeze)."""
    for file, call in crash.program.calls:
        method = file.qualified(call.func).partition(".")[0] not in {"torch", "keras", "tensorflow"}
        axes = [*call.args[0 if method else 1 :], *call.keywords]
        if last_name(call.func) == "squeeze" and not axes:
            location = file.location(call)
            reason = "Without an axis this takes away every axis of size 1, also the batch's."
            yield Clue(
                at=location,
                factor=crash.near(location, "every-axis-of-one-squeezed"),
                reason=reason,
            )


@of_crash("examples-of-unequal-size", {Kind.JOIN})
def examples_of_unequal_size(crash: Crash) -> Clues:
    """Examples of different lengths that a loader cannot stack (PyTorch's docs on `collate_fn`)."""
    if not any(word in crash.message for word in ("stack expects each", "inhomogeneous")):
        return
    for file, call in crash.program.calls:
        if last_name(call.func) == "DataLoader":
            collates = argument_of(call, "collate_fn", None) is not None
            reason = "This stacks examples as they are; lengths that differ want a `collate_fn`."
            yield Clue(
                at=file.location(call), weight="collates" if collates else "line", reason=reason
            )
