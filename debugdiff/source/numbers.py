"""The number that an expression stands for, as far as the program's text says."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING

from debugdiff.source.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from debugdiff.source.flow import Flow

Number = int | float
_DEPTH = 8
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Number, Number], Number]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_POWER_LIMIT = 64


def number_of(flow: Flow, place: Place, depth: int = _DEPTH) -> Number | None:
    """The one number that an expression comes to, through names, settings and parameters.

    `None` where the text does not show, or where it may be one of several.
    """
    if not depth:
        return None
    ends = flow.origins(place)
    if any(end.path for end in ends):
        return None
    return _agreed(_computed(flow, end.place, depth - 1) for end in ends)


def _agreed(numbers: Iterable[Number | None]) -> Number | None:
    found = set(numbers)
    return found.pop() if len(found) == 1 else None


def _computed(flow: Flow, place: Place, depth: int) -> Number | None:  # noqa: PLR0911 - a form each
    file = place.file
    match place.node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            number = number_of(flow, Place(file, inner), depth)
            return None if number is None else -number
        case ast.BinOp(left=left, op=symbol, right=right):
            one = number_of(flow, Place(file, left), depth)
            two = number_of(flow, Place(file, right), depth)
            return None if one is None or two is None else _result(type(symbol), one, two)
        case ast.Call(func=ast.Name(id="len"), args=[argument]):
            return length_of(flow, Place(file, argument), depth)
        case ast.Call(func=ast.Name(id="int"), args=[argument]):
            number = number_of(flow, Place(file, argument), depth)
            return None if number is None else int(number)
    return None


def _result(symbol: type[ast.operator], left: Number, right: Number) -> Number | None:
    if symbol is ast.Pow:
        return left**right if 0 <= right <= _POWER_LIMIT and abs(left) <= _POWER_LIMIT else None
    function = _ARITHMETIC.get(symbol)
    try:
        return function(left, right) if function else None
    except ArithmeticError:
        return None


def length_of(flow: Flow, place: Place, depth: int = _DEPTH) -> int | None:
    """`len` of a literal, or of what is bound to one."""
    if not depth:
        return None
    ends = flow.origins(place)
    if any(end.path for end in ends):
        return None
    found = {_length(flow, end.place, depth - 1) for end in ends}
    return found.pop() if len(found) == 1 else None


def _length(flow: Flow, place: Place, depth: int) -> int | None:
    file = place.file
    match place.node:
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return None if any(isinstance(item, ast.Starred) for item in items) else len(items)
        case ast.Constant(value=str() as text):
            return len(text)
        case ast.Dict(keys=keys):
            return len(keys)
        case ast.Call(func=ast.Name(id="list" | "tuple" | "sorted"), args=[inner]):
            return length_of(flow, Place(file, inner), depth)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one = length_of(flow, Place(file, left), depth)
            two = length_of(flow, Place(file, right), depth)
            return None if one is None or two is None else one + two
    return None
