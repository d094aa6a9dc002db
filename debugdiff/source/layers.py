"""Layers as the program's text has them: where they are made, how large, and in which order."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import FailingLayer
from debugdiff.source import api
from debugdiff.source.api import Api
from debugdiff.source.syntax import argument_of, last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.numbers import Number
    from debugdiff.source.program import File, Program


_SAME_SIZE = frozenset({"normalisation", "attention", "block"})
_CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict", "Bidirectional"})
_RESHAPING = frozenset({"Flatten", "Reshape", "Unflatten", "Permute", "RepeatVector"})
_QUOTED_LAYER = re.compile(r"""\blayers? ["'`]([\w/]+)["'`]""")
_GRAPH_NODE = re.compile(r"\bnode ([\w./]+/\w+)")
_SCOPE_NUMBER = re.compile(r"_\d+$")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Layer:
    """A call that makes a layer.

    Attributes:
        api: what is known of its class.
        target: the attribute or variable that keeps it, or the container it is in.
        index: its position in a container's list; `None` outside one.
        takes, gives: the sizes that its text says, where it does.
        owner: the class in whose text it stands, if any.
    """

    file: File
    call: ast.Call
    api: Api
    target: str
    index: int | None
    takes: Number | None
    gives: Number | None
    owner: str

    @property
    def type(self) -> str:
        """The class's own name: `Linear`."""
        return self.api.name.rpartition(".")[2]

    @property
    def keras(self) -> bool:
        """Whether it is Keras' and not PyTorch's."""
        return not self.api.name.startswith("torch")

    @property
    def location(self) -> Location:
        """The line of the call itself, also inside a statement of many lines."""
        return self.file.location(self.call)

    @property
    def takes_argument(self) -> ast.expr | None:
        """The expression of the size that goes in."""
        return _argument(self.call, self.api, taken(self.api))

    @property
    def gives_argument(self) -> ast.expr | None:
        """The expression of the size that comes out."""
        return _argument(self.call, self.api, "units")

    @property
    def reshapes(self) -> bool:
        """Whether all that it does is to give its input another form."""
        return self.type in _RESHAPING


def taken(known: Api) -> str:
    """The canonical argument that says which size goes into a layer; empty for none."""
    if known.kind == "embedding":
        return "rows"
    if known.kind in _SAME_SIZE and known.name.startswith("torch"):
        return "units"
    return "inputs" if "inputs" in known.names else ""


def layers_of(program: Program) -> tuple[Layer, ...]:
    """Every layer that the program's text makes, in the order of the text."""
    return tuple(
        _layer(program, file, call, known)
        for file, call in program.calls
        if (known := _layer_api(file, call)) is not None
    )


def _layer_api(file: File, call: ast.Call) -> Api | None:
    """What the table says of a call, if it makes a layer; one without a line is known by name."""
    name = file.qualified(call.func)
    found = api.known().get(name)
    if found is not None:
        return found if found.is_layer else None
    known = name in api.passes().layers or name in api.passes().other_layers
    return Api(name=name, kind="shaping") if known else None


def _layer(program: Program, file: File, call: ast.Call, known: Api) -> Layer:
    target, index = _kept(file, call)
    owner = file.owner(call)
    return Layer(
        file=file,
        call=call,
        api=known,
        target=target,
        index=index,
        takes=program.number(_argument(call, known, taken(known)), file),
        gives=program.number(_argument(call, known, "units"), file),
        owner=owner.name if owner else "",
    )


def _argument(call: ast.Call, known: Api, argument: str) -> ast.expr | None:
    own = known.own(argument)
    sized = argument in known.names or argument in known.args
    return argument_of(call, own, known.position(argument)) if argument and sized else None


def _kept(file: File, call: ast.Call) -> tuple[str, int | None]:
    """What keeps a layer: `self.head = ...`, `x = Dense(...)(x)`, a place in a container."""
    index = None
    inner: ast.AST = call
    for node in file.up(call):
        match node:
            case ast.Call(func=maker, args=arguments) if last_name(maker) in _CONTAINERS:
                index = arguments.index(inner) if inner in arguments else index
            case ast.List(elts=items) | ast.Tuple(elts=items) if inner in items:
                index = items.index(inner)
            case ast.Assign(targets=[target, *_]):
                return last_name(target), index
            case ast.stmt():
                return "", index
        inner = node
    return "", index


def failing_layers(layers: tuple[Layer, ...], failing: FailingLayer) -> list[Layer]:
    """The constructors that may have made the layer at work, the likeliest first."""
    same = [layer for layer in layers if layer.type == failing.type]
    fits = [layer for layer in same if _fits(layer, failing)] or same
    named = [layer for layer in fits if _is_named(layer, failing)]
    return named or _by_number(fits, failing)


def _fits(layer: Layer, failing: FailingLayer) -> bool:
    """Whether the sizes that the text says are those that the layer had."""
    sizes = ((taken(layer.api), layer.takes), ("units", layer.gives))
    return all(
        value is None or failing.settings.get(layer.api.own(argument), value) == value
        for argument, value in sizes
    )


def _is_named(layer: Layer, failing: FailingLayer) -> bool:
    """Whether its attribute, or its place in its container, is the end of the layer's path."""
    if failing.name and _given_name(layer) == failing.name:
        return True
    *before, last = failing.path.split(".")
    if last.isdigit():
        return layer.index == int(last) and (not before or layer.target in {before[-1], ""})
    return bool(last) and layer.target == last and layer.index is None


def _given_name(layer: Layer) -> str:
    value = argument_of(layer.call, "name", None)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _by_number(fits: list[Layer], failing: FailingLayer) -> list[Layer]:
    """Keras numbers layers of one class in the order in which they were made: `dense_1`."""
    _, _, number = failing.name.rpartition("_")
    at = int(number) if number.isdigit() else 0
    if failing.name and at < len(fits):
        return [fits[at], *(layer for layer in fits if layer is not fits[at])]
    return fits


def named_in(message: str, layers: tuple[Layer, ...]) -> Iterator[Layer]:
    """Layers that a message names by their name in Keras, or in TensorFlow's graph.

    A node of the graph is `functional_1/gru_1_2/gru_cell_1/add`: scopes with a number of their own
    behind the layer's name.
    """
    for name in _QUOTED_LAYER.findall(message):
        yield from _by_keras_name(name, layers)
    for node in _GRAPH_NODE.findall(message)[:1]:
        for scope in reversed(node.split("/")[:-1]):
            found = list(_by_keras_name(_SCOPE_NUMBER.sub("", scope), layers))
            if found:
                yield from found
                return


def _by_keras_name(name: str, layers: tuple[Layer, ...]) -> Iterator[Layer]:
    kind = "".join(part for part in name.split("_") if not part.isdigit())
    yield from (layer for layer in layers if _given_name(layer) == name)
    for each in {
        layer.type for layer in layers if layer.keras and layer.type.lower() == kind.lower()
    }:
        yield from failing_layers(layers, FailingLayer(path="", type=each, name=name))[:1]
