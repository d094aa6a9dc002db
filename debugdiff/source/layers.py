"""Layers as the program's text has them: where they are made, how large, and in which order."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import FailingLayer
from debugdiff.source.syntax import argument_of, last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.location import Location
    from debugdiff.source.program import File, Number, Program


@dataclass(frozen=True, slots=True)
class Signature:
    """Which arguments of a layer say what goes in and what comes out: keyword and position."""

    takes: tuple[str, int] | None = None
    gives: tuple[str, int] | None = None


_CONV = Signature(("in_channels", 0), ("out_channels", 1))
_FILTERS = Signature(None, ("filters", 0))
_UNITS = Signature(None, ("units", 0))
_RECURRENT = Signature(("input_size", 0), ("hidden_size", 1))
_NORM = Signature(("num_features", 0), ("num_features", 0))

SIGNATURES = {
    # PyTorch
    "Linear": Signature(("in_features", 0), ("out_features", 1)),
    "LazyLinear": Signature(None, ("out_features", 0)),
    "Bilinear": Signature(("in1_features", 0), ("out_features", 2)),
    **dict.fromkeys(("ConvTranspose1d", "ConvTranspose2d", "Conv1d", "Conv2d", "Conv3d"), _CONV),
    **dict.fromkeys(("RNN", "RNNCell", "LSTMCell", "GRUCell"), _RECURRENT),
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm2d"), _NORM),
    "LayerNorm": Signature(("normalized_shape", 0), ("normalized_shape", 0)),
    "GroupNorm": Signature(("num_channels", 1), ("num_channels", 1)),
    "MultiheadAttention": Signature(("embed_dim", 0), ("embed_dim", 0)),
    "TransformerEncoderLayer": Signature(("d_model", 0), ("d_model", 0)),
    "TransformerDecoderLayer": Signature(("d_model", 0), ("d_model", 0)),
    "EmbeddingBag": Signature(("num_embeddings", 0), ("embedding_dim", 1)),
    # Keras
    "Dense": _UNITS,
    "EinsumDense": Signature(None, ("output_shape", 1)),
    "SimpleRNN": _UNITS,
    **dict.fromkeys(
        ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "SeparableConv2D", "SeparableConv1D"),
        _FILTERS,
    ),
}
_BOTH = {"LSTM": (_RECURRENT, _UNITS), "GRU": (_RECURRENT, _UNITS)}
_EMBEDDING = (
    Signature(("num_embeddings", 0), ("embedding_dim", 1)),
    Signature(("input_dim", 0), ("output_dim", 1)),
)
_SIZELESS = frozenset(
    {
        *("ReLU", "LeakyReLU", "GELU", "Tanh", "Sigmoid", "Softmax", "LogSoftmax", "ELU", "SiLU"),
        *("Dropout", "Dropout1d", "Dropout2d", "SpatialDropout1D", "Flatten", "Unflatten"),
        *("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "AdaptiveAvgPool1d"),
        *("AdaptiveAvgPool2d", "MaxPooling1D", "MaxPooling2D", "AveragePooling2D", "Upsample"),
        *("GlobalMaxPooling1D", "GlobalAveragePooling1D", "GlobalAveragePooling2D"),
        *("GlobalMaxPooling2D", "Activation", "BatchNormalization", "LayerNormalization"),
        *("Reshape", "Permute", "RepeatVector", "Bidirectional", "TimeDistributed", "Concatenate"),
        *("Add", "Multiply", "Dot", "Masking", "Lambda", "Rescaling", "MultiHeadAttention"),
        *("Attention", "ZeroPadding2D", "UpSampling2D", "Cropping1D", "Normalization", "Subtract"),
        *("Identity", "UnitNormalization", "GaussianNoise", "Average", "Maximum"),
        *("TransformerEncoder", "TransformerDecoder", "Transformer"),
    }
)
_CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict", "Bidirectional"})
_RESHAPING = frozenset({"Flatten", "Reshape", "Unflatten", "Permute", "RepeatVector"})
_QUOTED_LAYER = re.compile(r"""\blayers? ["'`]([\w/]+)["'`]""")
_GRAPH_NODE = re.compile(r"\bnode ([\w./]+/\w+)")
_SCOPE_NUMBER = re.compile(r"_\d+$")
_LIBRARIES = ("torch.nn", "keras", "tensorflow")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Layer:
    """A call that makes a layer.

    Attributes:
        type: the class's own name: `Linear`.
        keras: whether it is Keras' and not PyTorch's.
        target: the attribute or variable that keeps it, or the container it is in.
        index: its position in a container's list; `None` outside one.
        takes, gives: the sizes that its text says, where it does.
        owner: the class in whose text it stands, if any.
    """

    file: File
    call: ast.Call
    type: str
    keras: bool
    target: str
    index: int | None
    takes: Number | None
    gives: Number | None
    owner: str

    @property
    def spot(self) -> Location:
        """The line of the call itself, also inside a statement of many lines."""
        return self.file.spot(self.call)

    @property
    def takes_argument(self) -> ast.expr | None:
        """The expression of the size that goes in."""
        return _argument(self.call, signature(self.type, keras=self.keras).takes)

    @property
    def gives_argument(self) -> ast.expr | None:
        """The expression of the size that comes out."""
        return _argument(self.call, signature(self.type, keras=self.keras).gives)

    @property
    def reshapes(self) -> bool:
        """Whether all that it does is to give its input another form."""
        return self.type in _RESHAPING


def signature(name: str, *, keras: bool) -> Signature:
    """The sizes among a layer's arguments; none for a layer that has none or is not known."""
    if name == "Embedding":
        return _EMBEDDING[keras]
    if name in _BOTH:
        return _BOTH[name][keras]
    return SIGNATURES.get(name, Signature())


def layers_of(program: Program) -> tuple[Layer, ...]:
    """Every layer that the program's text makes, in the order of the text."""
    return tuple(
        _layer(program, file, call) for file, call in program.calls if _makes_layer(file, call)
    )


def _makes_layer(file: File, call: ast.Call) -> bool:
    name = last_name(call.func)
    known = name in SIGNATURES or name in _BOTH or name in _SIZELESS or name == "Embedding"
    return known and file.qualified(call.func).startswith(_LIBRARIES)


def _layer(program: Program, file: File, call: ast.Call) -> Layer:
    name = last_name(call.func)
    keras = not file.qualified(call.func).startswith("torch")
    sizes = signature(name, keras=keras)
    target, index = _kept(file, call)
    owner = file.owner(call)
    return Layer(
        file=file,
        call=call,
        type=name,
        keras=keras,
        target=target,
        index=index,
        takes=program.number(_argument(call, sizes.takes), file),
        gives=program.number(_argument(call, sizes.gives), file),
        owner=owner.name if owner else "",
    )


def _argument(call: ast.Call, place: tuple[str, int] | None) -> ast.expr | None:
    return argument_of(call, *place) if place else None


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
    sizes = signature(layer.type, keras=layer.keras)
    told = ((sizes.takes, layer.takes), (sizes.gives, layer.gives))
    return all(
        value is None or place is None or failing.settings.get(place[0], value) == value
        for place, value in told
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
