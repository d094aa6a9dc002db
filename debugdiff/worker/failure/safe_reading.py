"""Reading values of a failed program without running any of it.

Nothing is called and no `__getattr__` or `__repr__` of the program's own classes is asked: names
come from a frame's variables, attributes from an instance's `__dict__` and from where PyTorch keeps
parameters, buffers and modules, items from plain lists, tuples and dicts. Only arrays and tensors
of the known packages are asked for their shape and dtype.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any

from debugdiff.model import Operand
from debugdiff.worker.failure.shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import FrameType

MISSING = object()
"""What a name or path that leads nowhere reads as."""

_KEEPERS = ("_parameters", "_buffers", "_modules")
_SMALL_TEXT = 60
_SMALL_TUPLE = 6
_PLAIN = (bool, int, float, str, type(None))


def read(node: ast.expr, frame: FrameType) -> Any:
    """The value of a name, attribute or subscript in a frame, or `MISSING`."""
    match node:
        case ast.Name(id=name):
            return frame.f_locals.get(name, frame.f_globals.get(name, MISSING))
        case ast.Attribute(value=value, attr=attribute):
            owner = read(value, frame)
            return MISSING if owner is MISSING else attribute_of(owner, attribute)
        case ast.Subscript(value=value, slice=ast.Constant(value=key)):
            return _item(read(value, frame), key)
        case _:
            return MISSING


def attribute_of(owner: Any, name: str) -> Any:
    """An attribute that an instance holds itself; properties and class attributes read as missing.

    A class of the program's own may be a dataclass with slots: those read as missing as well.
    """
    held = instance_dict(owner)
    if name in held:
        return held[name]
    for keeper in _KEEPERS:
        kept = held.get(keeper)
        if type(kept) is dict and name in kept:
            return kept[name]
    return MISSING


def instance_dict(owner: Any) -> Mapping[str, Any]:
    """The instance's own `__dict__`, past any `__getattribute__` of its class."""
    if isinstance(owner, type) or type(owner) is type(sys):
        return {}
    try:
        held = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return held if type(held) is dict else {}


def _item(owner: Any, key: Any) -> Any:
    if type(owner) is dict:
        return owner.get(key, MISSING)
    if type(owner) in {list, tuple} and type(key) is int and -len(owner) <= key < len(owner):
        return owner[key]
    return MISSING


def operand(text: str, value: Any, *, failing: bool) -> Operand | None:
    """Describe a value if it is a tensor, a layer, `None` or small; else nothing to say."""
    kind = type(value).__name__
    shape = shape_of(value)
    if shape is not None:
        return Operand(text=text, type=kind, shape=shape, dtype=_dtype(value), failing=failing)
    shown = small(value)
    if shown or is_layer(value):
        return Operand(text=text, type=kind, value=shown, failing=failing)
    return None


def small(value: Any) -> str:
    """A small plain value as Python writes it, else empty."""
    if type(value) in _PLAIN:
        shown = repr(value)
        return shown if len(shown) <= _SMALL_TEXT else ""
    if type(value) in {tuple, list} and 0 < len(value) <= _SMALL_TUPLE:
        plain = all(type(item) in _PLAIN for item in value)
        return repr(value) if plain and len(repr(value)) <= _SMALL_TEXT else ""
    return ""


def is_layer(value: Any) -> bool:
    """Whether a value is a PyTorch module or a Keras layer, told by its class alone."""
    return any(issubclass(type(value), kind) for kind in layer_classes())


def layer_classes() -> tuple[type, ...]:
    """The base classes of layers, of the frameworks that are loaded."""
    found = (
        getattr(sys.modules.get(module), name, None)
        for module, name in (
            ("torch.nn.modules.module", "Module"),
            ("keras.src.layers.layer", "Layer"),
        )
    )
    return tuple(each for each in found if isinstance(each, type))


def _dtype(value: Any) -> str:
    """`float32` for `torch.float32`, `<dtype: 'float32'>` and `dtype('float32')`."""
    try:
        dtype = value.dtype
        named = getattr(dtype, "name", None)
        return named if isinstance(named, str) else str(dtype).rpartition(".")[2]
    except Exception:  # noqa: BLE001  (a tensor that was donated or deleted)
        return ""
