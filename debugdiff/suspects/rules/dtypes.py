"""Rules for the dtype and the device of values."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.slices import backward
from debugdiff.source.syntax import in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File
    from debugdiff.suspects.crash import Crash


_CASTS = {
    "float": "float",
    "FloatTensor": "float",
    "double": "double",
    "DoubleTensor": "double",
    "half": "half",
    "bfloat16": "bfloat16",
    "long": "long",
    "LongTensor": "long",
    "int": "int",
    "IntTensor": "int",
    "bool": "bool",
}


_SPELLINGS = {
    "float32": "float",
    "float64": "double",
    "float16": "half",
    "int64": "long",
    "int32": "int",
}


_MAKERS = frozenset(
    {
        *("tensor", "from_numpy", "as_tensor", "Tensor", "array", "asarray", "one_hot", "cast"),
        *("to_categorical", "convert_to_tensor", "constant", "zeros", "ones", "arange", "rand"),
        *("randn", "normal", "to_tensor", "get_dummies", "astype", "type", "random", "linspace"),
    }
)


_GOT = re.compile(
    r"Invalid dtype: (\w+)"
    r"|(?:but )?(?:got|found|received)[\s:]*(?:torch\.|tf\.|a |an )?(?:cuda\.)?(\w+?)(?:Tensor|\b)"
    r"|\b(Double)\b|\b(float64)\b|output type (\w+)"
    r"|not implemented for '(\w+)'|is a (\w+) tensor",
    re.IGNORECASE,
)


@of_crash("dtype-given", {Kind.DTYPE})
def dtype_given(crash: Crash) -> Clues:
    """Where values get their dtype: casts, and what makes a tensor from other data.

    "Wrong type of input data" is among the commonest API faults (Humbatova et al. 2020; Islam et
    al. 2019, type mismatch).
    """
    got = _received(crash)
    for file, call in crash.program.calls:
        for location, kind in _dtypes(file, call):
            made = kind or ("double" if _from_numpy(file, call) else "")
            guilty = made in got
            number = "guilty" if guilty else "said" if made else "line"
            names = {"decay": "decay-guilty", "aside": "aside-guilty"} if guilty else {}
            near = crash.near(location, "dtype-given", **names)
            what = f"makes the values `{made}`" if made else "decides the dtype of its values"
            yield Clue(at=location, weight=number, factor=near, reason=f"This {what}.")


@of_crash("operand-of-dtype", {Kind.DTYPE})
def operand_of_dtype(crash: Crash) -> Clues:
    """What made the one value that has the dtype of the message, if one alone has it.

    The backward slice of that operand (Weiser 1981) instead of all that stand on the line.
    """
    got = _received(crash)
    for frame in crash.frames[:1]:
        typed = [operand for operand in frame.operands if _kind(operand.dtype) in got]
        for node in _named(frame.node, typed[0].text) if len(typed) == 1 else ():
            start = Place(frame.file, node)
            callers = [each.place for each in crash.frames]
            for reached in backward(crash.program, [start], callers):
                factor = weight("operand-of-dtype", "decay") ** (reached.depth - 1)
                reason = f"This makes `{typed[0].text}`, whose dtype is {typed[0].dtype}."
                number = "text" if typed[0].dtype.startswith(_TEXT) else "line"
                yield Clue(at=reached.location, weight=number, factor=factor, reason=reason)


_TEXT = ("str", "bytes", "object")
"""Dtypes that no cast of numbers gives: what made the value is all that can be at fault."""


def _received(crash: Crash) -> set[str]:
    """The dtypes that the message says came."""
    groups = [match.groups() for match in _GOT.finditer(crash.message)]
    return {_kind(name) for names in groups for name in names if name}


def _named(whole: ast.AST, text: str) -> list[ast.AST]:
    """The first expression with that text."""
    same = [node for node in in_order(whole) if isinstance(node, ast.Name) and node.id == text]
    return list(same[:1])


def _from_numpy(file: File, call: ast.Call) -> bool:
    """What is made of numbers by NumPy has double precision, unless it is told otherwise."""
    name = last_name(call.func)
    return name == "from_numpy" or file.qualified(call.func).startswith("numpy")


def _kind(name: str) -> str:
    lowered = name.lower()
    return _SPELLINGS.get(lowered, lowered)


def _dtypes(file: File, call: ast.Call) -> Iterator[tuple[Location, str]]:
    """The lines of a call that say a dtype, with it; and calls that decide one unsaid."""
    name = last_name(call.func)
    said = [each.value for each in call.keywords if each.arg == "dtype"]
    said += list(call.args[:1]) if name in {"astype", "to", "type"} else []
    said += list(call.args[1:2]) if name == "cast" else []
    kinds = [(file.location(value), _said(value)) for value in said]
    if any(kind for _, kind in kinds):
        yield from ((location, kind) for location, kind in kinds if kind)
    elif name in _CASTS and (isinstance(call.func, ast.Attribute)):
        yield file.location(call), _CASTS[name]
    elif name in _MAKERS:
        yield file.location(call), "long" if name == "one_hot" else ""


def _said(value: ast.expr) -> str:
    match value:
        case ast.Constant(value=str() as text):
            return _kind(text) if _kind(text) in _CASTS.values() else ""
        case ast.Name(id="float"):
            return "double"  # Python's own float, in NumPy as in PyTorch
        case ast.Attribute(attr=text) | ast.Name(id=text):
            return _kind(text) if _kind(text) in _CASTS.values() else ""
        case _:
            return ""


@of_crash("device-chosen", {Kind.DEVICE})
def device_chosen(crash: Crash) -> Clues:
    """Where tensors and models are put on a device (Humbatova et al. 2020, "GPU usage")."""
    for file, call in crash.program.calls:
        name = last_name(call.func)
        places = [each.value for each in call.keywords if each.arg == "device"]
        if name in {"to", "cuda", "cpu", "to_empty"} or places:
            location = file.location(places[0] if places else call)
            meta = any(
                isinstance(node, ast.Constant) and node.value == "meta" for node in in_order(call)
            )
            yield Clue(
                at=location,
                weight="meta" if meta else "line",
                factor=crash.near(location, "device-chosen"),
                reason="This decides which device it is on.",
            )
