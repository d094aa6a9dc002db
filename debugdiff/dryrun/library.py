"""What libraries give in a dry run: their layers, functions, methods, and Python's own."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from debugdiff.dryrun.layers import apply_layer
from debugdiff.dryrun.operation import Operation
from debugdiff.dryrun.operations import operate
from debugdiff.dryrun.recurrences import takes_steps_first
from debugdiff.dryrun.sizes import computed, times, total
from debugdiff.dryrun.table import api_of, form_of, operation_of
from debugdiff.dryrun.things import Things
from debugdiff.dryrun.values import (
    OPEN,
    UNKNOWN,
    Entries,
    Instance,
    Items,
    Layer,
    Method,
    Note,
    Plain,
    Repeated,
    Tensor,
    Thing,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.dryrun.values import Value

_LONGEST = 64
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
_TENSOR_LIBRARIES = ("torch", "numpy", "tensorflow", "keras")


class LibraryCalls(Things):
    """Calls of what is not the user's own."""

    def library_call(  # noqa: PLR0911 - one kind of a name each
        self, name: str, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """What a function or class of a library gives."""
        root, last = name.partition(".")[0], name.rpartition(".")[2]
        if root == "builtins":
            return self._builtin(last, args, kwargs)
        if name in _WRAPPERS and args:
            return args[0]
        if form_of(name) is not None and isinstance(node, ast.Call):
            return self._layer(name, args, kwargs, node)
        if name == "keras.Input":
            return self.keras_input(args, kwargs, node)
        if name in {"torch.nn.ModuleList", "torch.nn.ParameterList"}:
            return Items(list(self.rounds(args[0]) or []) if args else [])
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
        layer = Layer(name, known, arguments, node)
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
        match receiver:
            case Tensor():
                return self._tensor_method(receiver, name, args, kwargs, node)
            case Items() | Repeated():
                return self._list_method(receiver, name, args)
            case Entries(entries=entries):
                return _dictionary_method(receiver, entries, name, args)
            case Plain(value=str()):
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
            return _measure(tensor, name, args)
        if name.startswith("new_"):
            return self.library_call(f"torch.{name.removeprefix('new_')}", args, kwargs, node)
        form = operation_of(name)
        if form == "converted" or not form:
            return tensor if name in {"backward", "share_memory_"} else UNKNOWN
        library = "numpy" if tensor.is_array else ""
        given = Operation(name=name, library=library, args=[tensor, *args], named=kwargs, node=node)
        return operate(form, given)

    def _list_method(self, items: Items | Repeated, name: str, args: list[Value]) -> Value:
        if not isinstance(items, Items):
            return UNKNOWN
        if name == "append" and args:
            items.items.append(args[0])
        elif name == "extend" and args:
            more = self.rounds(args[0])
            items.items += more if more is not None else [self.item_of(args[0])]
            items.is_open = items.is_open or more is None
        elif name == "copy":
            return Items(list(items.items), items.is_open)
        elif name == "pop" and items.items:
            return items.items.pop()
        items.is_open = items.is_open or bool(self.open_loops)
        return UNKNOWN

    def setting(self, value: Value, name: str) -> Value:
        """An attribute of a library's object: a setting of a layer, or a method."""
        if isinstance(value, Layer):
            found = value.arguments.get(name)
            if isinstance(found, Plain):
                return found
            if name == "weight":
                return Tensor(dtype="float32")
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
        if isinstance(owner, Layer) and isinstance(index, Plain) and owner.inside:
            at = index.number
            return owner.inside[at] if at is not None and abs(at) < len(owner.inside) else UNKNOWN
        if isinstance(owner, Instance):
            method = self.method_of(owner, "__getitem__")
            return self.run(method, [index], {}) if method is not None else UNKNOWN
        if isinstance(owner, Thing):
            return self.item_of_thing(owner)
        return self.item_of(owner) if isinstance(index, Plain) else UNKNOWN

    # --- Python's own -----------------------------------------------------------------------------

    def _builtin(  # noqa: C901, PLR0911, PLR0912 - one function each
        self, name: str, args: list[Value], kwargs: Mapping[str, Value]
    ) -> Value:
        first = args[0] if args else UNKNOWN
        match name:
            case "range":
                return _range(args)
            case "len":
                return self.length(first)
            case "enumerate":
                items = self.rounds(first)
                pairs = [
                    Items([Plain(at), item], is_tuple=True) for at, item in enumerate(items or [])
                ]
                some = Items([Plain(), self.item_of(first)], is_tuple=True)
                return Items(list(pairs)) if items is not None else Items([some], is_open=True)
            case "zip":
                every = [self.rounds(value) for value in args]
                if any(items is None for items in every):
                    some = Items([self.item_of(value) for value in args], is_tuple=True)
                    return Items([some], is_open=True)
                rows = zip(*(items or [] for items in every), strict=False)
                return Items([Items(list(row), is_tuple=True) for row in rows])
            case "int" | "float" | "abs" | "round":
                numeric = isinstance(first, Plain) and isinstance(first.value, int | float)
                if not numeric or not isinstance(first, Plain):
                    return Plain(OPEN, first.made if isinstance(first, Plain) else frozenset())
                function: Any = {"int": int, "float": float, "abs": abs, "round": round}[name]
                return Plain(function(first.value), first.made)
            case "sum":
                items = self.rounds(first)
                plain = [item for item in items or [] if isinstance(item, Plain)]
                return total(plain) if items and len(plain) == len(items) else Plain()
            case "max" | "min":
                items = args if len(args) > 1 else self.rounds(first) or []
                plain = [one for one in items if isinstance(one, Plain) and one.number is not None]
                choose: Any = {"max": max, "min": min}[name]
                return (
                    choose(plain, key=lambda one: one.number)
                    if plain and len(plain) == len(items)
                    else Plain()
                )
            case "list" | "tuple" | "sorted" | "reversed" | "iter" | "set":
                items = self.rounds(first)
                if items is not None:
                    return Items(list(items[::-1] if name == "reversed" else items))
                return first if args else Items([])
            case "next":
                return self.item_of(first)
            case "dict":
                return Entries(dict(kwargs))
            case "print" | "str" | "repr" | "isinstance" | "hasattr":
                return Plain()
            case "divmod":
                return Items([Plain(), Plain()], is_tuple=True)
        return UNKNOWN


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


def _dictionary_method(
    receiver: Entries, entries: Mapping[Any, Value], name: str, args: list[Value]
) -> Value:
    first = args[0] if args else UNKNOWN
    if name == "get" and isinstance(first, Plain):
        return entries.get(first.value, args[1] if len(args) > 1 else Plain(None))
    if name == "items":
        pairs = (Items([Plain(key), value], is_tuple=True) for key, value in entries.items())
        return Items(list(pairs))
    if name == "values":
        return Items(list(entries.values()))
    if name == "keys":
        return Items([Plain(key) for key in entries])
    if name == "update" and isinstance(first, Entries):
        receiver.entries.update(first.entries)
    return UNKNOWN


def _range(args: list[Value]) -> Value:
    bounds = [one for one in args if isinstance(one, Plain)]
    numbers = [one.number for one in bounds]
    if not numbers or len(bounds) < len(args) or None in numbers or 0 in numbers[2:]:
        count = Plain()
        if len(bounds) == 2:  # noqa: PLR2004 - from and to
            count = computed(ast.Sub, bounds[1], bounds[0])
        elif len(bounds) == 1:
            count = bounds[0]
        return Repeated(Plain(), count)
    spread = range(*[number or 0 for number in numbers])
    made = frozenset[ast.AST]().union(*(one.made for one in bounds))
    if len(spread) > _LONGEST:
        return Repeated(Plain(), Plain(len(spread), made))
    return Items([Plain(number) for number in spread])
