"""Methods that only arrays of NumPy have, and values of a program that are none."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.inject.misfits import Unfit

if TYPE_CHECKING:
    from debugdiff.source.flow import Flow
    from debugdiff.source.place import Place

_TENSOR_LIBRARIES = ("tensorflow.", "keras.")
ARRAY_METHODS = frozenset({"astype", "argsort"})
"""Methods of NumPy's arrays that lists and TensorFlow's tensors do not have."""
_MAKE_ARRAYS = frozenset({"pad_sequences", "to_categorical", "convert_to_numpy"})
"""Functions of Keras that give arrays of NumPy."""
_NO_ARRAYS = (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.Constant, ast.JoinedStr)


def check_array(flow: Flow, place: Place, method: str) -> None:
    """Check that a value may be an array that has a method, as far as the text tells.

    Raises:
        Unfit: it comes from a list, from TensorFlow, or from strings.
    """
    for end in flow.origins(place):
        if not end.path and _is_no_array(flow, end.place):
            line = place.location.line
            raise Unfit(f"`{place.text}` in line {line} is no array of numbers with `{method}`")


def _is_no_array(flow: Flow, made: Place) -> bool:
    if not isinstance(made.node, ast.Call):
        return isinstance(made.node, _NO_ARRAYS)
    callee = flow.callee(made)
    if callee.name.rpartition(".")[2] in _MAKE_ARRAYS:
        return False
    of_strings = callee.name.startswith("numpy.") and any(map(_holds_strings, made.node.args[:1]))
    return of_strings or (
        callee.kind in {"library", "layer"} and callee.name.startswith(_TENSOR_LIBRARIES)
    )


def _holds_strings(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return any(map(_holds_strings, parts))
    return False
