"""What libraries give in a dry run: their layers, functions, methods, and Python's own."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.dryrun.layers import apply_layer, weight_of
from debugdiff.dryrun.operation import Operation
from debugdiff.dryrun.operations import operate
from debugdiff.dryrun.python_calls import PythonCalls, dictionary_method
from debugdiff.dryrun.recurrences import takes_steps_first
from debugdiff.dryrun.sizes import times
from debugdiff.dryrun.table import api_of, form_of, operation_of
from debugdiff.dryrun.values import (
    OPEN,
    UNKNOWN,
    Entries,
    Instance,
    Items,
    Layer,
    Library,
    Method,
    Note,
    Plain,
    Repeated,
    Span,
    Tensor,
    Thing,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.dryrun.values import Value

_MAKERS = 3
_ITERATES = frozenset(
    {"list", "tuple", "iter", "sorted", "reversed", "set", "tqdm", "trange", "as_completed"}
)
_WRAPPERS = frozenset(
    {
        "torch.compile",
        "tensorflow.function",
        "torch.jit.script",
        "torch.nn.DataParallel",
        "torch.no_grad",
    }
)
_TRAINS = frozenset({"backward", "fit", "apply_gradients", "minimize", "train_on_batch", "apply"})
_TENSOR_LIBRARIES = ("torch", "numpy", "tensorflow", "keras")


class LibraryCalls(PythonCalls):
    """Calls of what is not the user's own."""

    def library_call(  # noqa: PLR0911 - one kind of a name each
        self, name: str, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """What a function or class of a library gives."""
        last = name.rpartition(".")[2]
        plain = self.python_call(name, args, kwargs, node)
        if plain is not None:
            return plain
        if name in _WRAPPERS and args:
            return args[0]
        if form_of(name) is not None and isinstance(node, ast.Call):
            return self._layer(name, args, kwargs, node)
        if name == "keras.Input":
            return self.keras_input(args, kwargs, node)
        if name in {"torch.nn.ModuleList", "torch.nn.ParameterList"}:
            inner = list(self.rounds(args[0]) or []) if args else []
            return Items(inner, loops=self.open_loops)
        if name == "torch.nn.ModuleDict":
            return args[0] if args else Entries({})
        if name == "copy.deepcopy" and args:
            return args[0]
        found = self._tensor_call(name, args, kwargs, node)
        if found != UNKNOWN:
            return found
        if last in _ITERATES and args:
            return args[0]
        return self.library_thing(name, args, kwargs, node)

    def _tensor_call(
        self, name: str, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        root, last = name.partition(".")[0], name.rpartition(".")[2]
        form = operation_of(last)
        if (
            root not in _TENSOR_LIBRARIES
            or not form
            or "linalg" in name
            or (last[:1].isupper() and form != "converted")
        ):
            return UNKNOWN
        library = "numpy" if name.startswith("keras.utils") else root
        if name == "keras.layers.concatenate":
            kwargs = {"axis": Plain(-1), **kwargs}
        given = Operation(name=last, library=library, args=args, named=kwargs, node=node)
        return operate(form, given)

    def _layer(
        self, name: str, args: list[Value], kwargs: Mapping[str, Value], node: ast.Call
    ) -> Layer:
        known = api_of(name)
        arguments = {**dict(zip(known.args, args, strict=False)), **kwargs}
        makers = frozenset(place.node for place in self.stack[-_MAKERS:])
        layer = Layer(name, known, arguments, node, makers=makers)
        if name in {"torch.nn.Sequential", "keras.Sequential"}:
            inside = args if name.startswith("torch") else self.rounds(args[0]) if args else []
            given = args[0] if args else None
            layer.inside = (
                list(given.entries.values()) if isinstance(given, Entries) else list(inside or [])
            )
            self.built(layer, node)
        return layer

    def built(self, layer: Layer, node: ast.AST) -> None:
        """Keras builds a model as soon as its input and a layer are known."""
        first = layer.inside[0] if layer.inside and layer.name.startswith("keras") else UNKNOWN
        if isinstance(first, Layer) and "input_shape" in first.arguments:
            first = self.keras_input([first.arguments["input_shape"]], {}, first.call)
        if isinstance(first, Tensor):
            self.apply(layer, [first], {}, node)

    def apply(
        self, layer: Layer, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Call a layer that was made before."""
        if layer.name.endswith("Sequential"):
            value = args[0] if args else UNKNOWN
            for element in layer.inside:
                if isinstance(element, Tensor):  # keras.Input among a model's layers
                    self.check_input(value, element)
                    continue
                value = self.invoke(element, [value], {}, node)
            return value
        inputs = [
            *args,
            *(kwargs[name] for name in ("inputs", "query", "input", "x") if name in kwargs),
        ]
        if layer.name == "keras.layers.Lambda":
            return self.invoke(layer.arguments.get("function", UNKNOWN), args, kwargs, node)
        inner = layer.arguments.get("layer")
        if isinstance(inner, Instance) and inputs:
            return UNKNOWN
        if inputs and isinstance(inputs[0], Tensor) and takes_steps_first(layer, inputs[0]):
            self.notes.append(Note("steps", layer.call))
        return apply_layer(layer, inputs, kwargs)

    # --- methods ----------------------------------------------------------------------------------

    def method_call(  # noqa: PLR0911 - one kind of a receiver each
        self,
        receiver: Value,
        name: str,
        args: list[Value],
        kwargs: Mapping[str, Value],
        node: ast.AST,
    ) -> Value:
        """What a method of a library's object, a list or a tensor gives."""
        self.trained += name in _TRAINS
        match receiver:
            case Unknown() if name.startswith("new_"):
                return self.library_call(f"torch.{name.removeprefix('new_')}", args, kwargs, node)
            case Tensor():
                return self._tensor_method(receiver, name, args, kwargs, node)
            case Items() | Repeated():
                return self.list_method(receiver, name, args)
            case Entries():
                return dictionary_method(receiver, name, args)
            case Plain(value=str()):
                return self.text_method(receiver, name, args)
            case Plain():
                return Items([Plain()], is_open=True) if name == "split" else Plain()
            case Instance():
                return self.instance_method(receiver, name, args, kwargs, node)
            case Layer():
                return self.layer_method(receiver, name, args, kwargs)
            case Thing():
                return self.thing_method(receiver, name, args, kwargs, node)
        return UNKNOWN

    def _tensor_method(
        self,
        tensor: Tensor,
        name: str,
        args: list[Value],
        kwargs: Mapping[str, Value],
        node: ast.AST,
    ) -> Value:
        if name in {"size", "dim", "numel", "item", "tolist"}:
            return measured(_measure(tensor, name, args), node)
        if name.startswith("new_"):
            return self.library_call(f"torch.{name.removeprefix('new_')}", args, kwargs, node)
        form = operation_of(name)
        if form == "converted" or not form:
            return tensor if name in {"backward", "share_memory_"} else UNKNOWN
        library = "numpy" if tensor.is_array else ""
        given = Operation(name=name, library=library, args=[tensor, *args], named=kwargs, node=node)
        return operate(form, given)

    def setting(self, value: Value, name: str) -> Value:
        """An attribute of a library's object: a setting of a layer, or a method."""
        if isinstance(value, Layer):
            found = value.arguments.get(name)
            if isinstance(found, Plain):
                return found
            if name == "weight":
                return weight_of(value)
        return Method(value, name)

    def of_tensor(self, tensor: Tensor, name: str, node: ast.AST) -> Value:
        """An attribute of a tensor."""
        if name == "shape":
            return Items(list(tensor.sizes), is_tuple=True) if tensor.sizes is not None else UNKNOWN
        if name in {"T", "mT"}:
            given = Operation(name="t", library="", args=[tensor], named={}, node=node)
            return operate("turn", given) if name == "T" else UNKNOWN
        if name == "ndim":
            return Plain(len(tensor.sizes)) if tensor.sizes is not None else Plain()
        if name == "dtype":
            return Plain(tensor.dtype or OPEN)
        if name in {"values", "data"}:
            return tensor
        return UNKNOWN if name in {"device", "grad"} else Method(tensor, name)

    def indexed(self, owner: Value, index: Value) -> Value:
        """An item of something that is neither a tensor nor a list that the text tells."""
        if isinstance(owner, Library) and owner.name.endswith("grid"):
            return _grid(index)
        if isinstance(owner, Layer) and isinstance(index, Plain) and owner.inside:
            at = index.number
            return owner.inside[at] if at is not None and abs(at) < len(owner.inside) else UNKNOWN
        if isinstance(owner, Instance):
            method = self.method_of(owner, "__getitem__")
            return self.run(method, [index], {}) if method is not None else UNKNOWN
        if isinstance(owner, Thing):
            return self.item_of_thing(owner)
        return self.item_of(owner) if isinstance(index, Plain) else UNKNOWN


def _grid(index: Value) -> Value:
    """`np.mgrid[:4, :5]`."""
    spans = index.items if isinstance(index, Items) else [index]
    ends = [span.upper if isinstance(span, Span) else None for span in spans]
    sizes = [end if isinstance(end, Plain) else Plain() for end in ends]
    starts = [span.lower for span in spans if isinstance(span, Span)]
    if any(start is not None for start in starts):
        sizes = [Plain() for _ in sizes]
    part = Tensor(sizes=tuple(sizes), dtype="int64", is_array=True)
    return Items([part] * len(spans), is_tuple=True)


def measured(size: Value, node: ast.AST) -> Value:
    """A size that the text reads off a tensor, with the place where it does."""
    if isinstance(size, Plain) and size.number is not None:
        return Plain(size.value, size.made | {node})
    return size


def _measure(tensor: Tensor, name: str, args: list[Value]) -> Value:
    """`x.size(1)`, `x.dim()`, `x.numel()`."""
    if tensor.sizes is None or name in {"item", "tolist"}:
        return Plain() if name != "tolist" else UNKNOWN
    if name == "dim":
        return Plain(len(tensor.sizes))
    if name == "numel":
        return times(tensor.sizes)
    if not args:
        return Items(list(tensor.sizes), is_tuple=True)
    at = args[0].number if isinstance(args[0], Plain) else None
    fits = at is not None and -len(tensor.sizes) <= at < len(tensor.sizes)
    return tensor.sizes[at] if fits and at is not None else Plain()
