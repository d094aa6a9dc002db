"""Rules for sizes that do not fit: the layer at work, who chose its size, where a size is made."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order, last_name, parameters
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from debugdiff.source.layers import Layer
    from debugdiff.source.program import File
    from debugdiff.suspects.crash import Crash


@of_crash("failing-layer", {Kind.FEATURES, Kind.RANK, Kind.DTYPE, Kind.BROADCAST})
def failing_layer(crash: Crash) -> Clues:
    """The constructor of the layer that was running.

    Wrong sizes in a layer's constructor are the commonest cause of shape errors (Humbatova et al.
    2020, "Wrong tensor shape"; Zhang et al. 2018: unaligned tensors).
    """
    number = _LAYER_AT_WORK.get(crash.complaint.kind, "line")
    turned = weight("failing-layer", "turned") if is_turned(crash) else 1.0
    share = len(crash.failing) ** weight("failing-layer", "share")
    for rank, layer in enumerate(crash.failing):
        factor = turned * _blame(layer, number) * weight("failing-layer", "decay") ** rank / share
        reason = f"This makes the `{layer.type}` that was running{sizes_of(layer)}."
        yield Clue(at=layer.location, weight=number, factor=factor, reason=reason)


_LAYER_AT_WORK = {Kind.FEATURES: "features", Kind.RANK: "rank"}


def _blame(layer: Layer, number: str) -> float:
    """Less for a layer that says no size, or one that is only handed its size."""
    is_unsaid = layer.takes_argument is None and number == "features"
    unsaid = weight("failing-layer", "unsaid") if is_unsaid else 1.0
    return unsaid * (weight("failing-layer", "passed") if is_passed(layer) else 1.0)


def is_passed(layer: Layer) -> bool:
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
        if not is_passed(layer):
            continue
        for file, call in crash.program.calls:
            function = layer.file.function(layer.call)
            maker = layer.owner or (function.name if function else "")
            if last_name(call.func) == maker:
                statement = file.statement(call)
                targets = statement.targets if isinstance(statement, ast.Assign) else []
                named = any(last_name(each) in path[:-1] for each in targets)
                reason = f"This passes the size of the `{layer.type}` that was running."
                number = "named" if named else "line"
                yield Clue(at=file.location(call), weight=number, reason=reason)
        yield from _size_computed(crash, layer)


def _size_computed(crash: Crash, layer: Layer) -> Clues:
    """Where the size is computed that is passed on: `len(words)`, and no plain setting."""
    size = layer.takes_argument
    assert size is not None
    for end in crash.program.flow.origins(Place(layer.file, size)):
        if isinstance(end.place.node, ast.Call | ast.BinOp) and not end.path:
            reason = f"This computes the size of the `{layer.type}` that was running."
            yield Clue(at=end.place.location, weight="computed", reason=reason)


@of_crash("own-layer-made-here", {Kind.FEATURES, Kind.RANK, Kind.BROADCAST, Kind.RESHAPE})
def own_layer_made_here(crash: Crash) -> Clues:
    """Where the layer of the user's own was made in which the program stopped.

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
        reason = f"The output of this `{layer.type}` has the size {layer.gives}."
        yield Clue(
            at=layer.location,
            weight="came" if came else "expected",
            factor=crash.near(layer.location) / share,
            reason=reason,
        )


@of_crash("input-declared", {Kind.FEATURES, Kind.RANK})
def input_declared(crash: Crash) -> Clues:
    """Where a Keras model says what shape its input has (UMLAUT: input shape; Humbatova 2020)."""
    starts, is_features = is_at_start(crash), crash.complaint.kind is Kind.FEATURES
    for file, call in crash.program.calls:
        name = last_name(call.func)
        declares = [each for each in call.keywords if each.arg in {"input_shape", "batch_shape"}]
        is_input = name in {"Input", "InputLayer"} and file.qualified(call.func) != "Input"
        mentions = is_features and _mentions(crash, file, call)
        if (declares or is_input) and (mentions or starts):
            number = "first" if starts and not is_features else "wanted" if mentions else "line"
            factor = 1.0 if starts else weight("input-declared", "inside")
            reason = "This sets the shape of the input."
            yield Clue(at=file.location(call), weight=number, factor=factor, reason=reason)


def _mentions(crash: Crash, file: File, call: ast.Call) -> bool:
    sizes = {*crash.complaint.expected, *crash.complaint.actual}
    return any(
        crash.program.number(node, file) in sizes
        for node in in_order(call)
        if isinstance(node, ast.expr)
    )


def is_at_start(crash: Crash) -> bool:
    """Whether the model itself refused its input, or the first of its layers."""
    first = [layer for layer in crash.layers if layer.api.kind != "container"][:1]
    is_first = bool(first) and first == list(crash.failing[:1])
    return is_first or bool(_MODEL_REFUSES.search(crash.message))


_MODEL_REFUSES = re.compile(
    r"Invalid input shape|expected shape=|Input 0 .*of layer \W(?:sequential|functional|model)"
)


def is_turned(crash: Crash) -> bool:
    wanted, got = set(crash.complaint.expected), set(crash.complaint.actual)
    came = crash.opened.layer.inputs if crash.opened and crash.opened.layer else ()
    tensors = (operand.shape or () for operand in came if operand.type != "Parameter")
    several = (shape for shape in tensors if len(shape) > 2)  # noqa: PLR2004
    return any(wanted & set(shape[1:]) - got for shape in several)
