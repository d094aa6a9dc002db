"""Operations on tensors by what they hand on: a call's one input, what a mask leaves as it is."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.syntax import argument_of, last_name

if TYPE_CHECKING:
    from debugdiff.source.flow import Flow
    from debugdiff.source.place import Place

MOVES = frozenset({"transpose", "permute", "swapaxes", "movedim"})
"""Functions and methods that move a tensor's axes."""
RESHAPES = frozenset(
    [
        "view",
        "reshape",
        "unflatten",
        "flatten",
        "contiguous",
        "unsqueeze",
        "squeeze",
        "expand",
        "expand_as",
        "view_as",
        "tile",
        "broadcast_to",
        "expand_dims",
        "repeat",
        "repeat_interleave",
        "cast",
        "float",
        "half",
        "double",
        "to",
        "type_as",
        "type",
        "astype",
        "bool",
        "split",
        "chunk",
        "requires_grad_",
        "detach",
        "clone",
    ]
)
"""Those that change its form or type."""
POOLINGS = frozenset(
    f"keras.layers.Global{kind}1D" for kind in ("AveragePooling", "MaxPooling", "MaxPool")
)
"""Layers that take the mean or the maximum over the steps of a sequence."""
_REDUCTIONS = frozenset({"mean", "amax", "max", "reduce_mean", "reduce_max"})
_KINDS = frozenset({"activation", "dropout", "normalisation"})
_METHODS = frozenset({"relu", "tanh", "sigmoid", "softmax", "log_softmax"})
_FILLS = frozenset({"masked_fill", "masked_fill_"})


def tensors_of(flow: Flow, place: Place) -> list[ast.expr]:
    """The input of an operation on one tensor: an activation, a normalisation, a turn of axes.

    Empty for every other call, also for one that makes a layer.
    """
    node = place.node
    assert isinstance(node, ast.Call)
    callee = flow.callee(place)
    known = api.known().get(callee.name)
    name = last_name(node.func)
    if callee.kind == "layer":
        return node.args[:1] if known is not None and known.kind in _KINDS else []
    if callee.kind == "library":
        is_operation = known is not None and known.kind in {"activation-call", "dropout-call"}
        return node.args[:1] if is_operation or name in MOVES else []
    is_method = callee.kind in {"method", "unknown"} and isinstance(node.func, ast.Attribute)
    if is_method and name in _METHODS | MOVES:
        return [node.func.value]  # type: ignore[attr-defined]
    return []


def pooled_of(flow: Flow, place: Place) -> ast.expr | None:
    """What a call takes the mean or the maximum of over one axis; a layer's call, its input."""
    node = place.node
    assert isinstance(node, ast.Call)
    callee = flow.callee(place)
    if callee.kind == "layer":
        return node.args[0] if callee.name in POOLINGS and node.args else None
    if last_name(node.func) not in _REDUCTIONS or len([*node.args, *node.keywords]) > 2:  # noqa: PLR2004
        return None
    if axis_of(flow, place) is None:
        return None
    if callee.kind == "library":
        return node.args[0] if node.args else None
    return node.func.value if isinstance(node.func, ast.Attribute) else None


def axis_of(flow: Flow, place: Place) -> ast.expr | None:
    """The axis that a call names: `dim` or `axis`, or what stands behind the tensor.

    A method and a layer's constructor take the axis first, a function the tensor before it.
    """
    node = place.node
    assert isinstance(node, ast.Call)
    of_tensor = flow.callee(place).kind == "library" and not last_name(node.func)[:1].isupper()
    named = (argument_of(node, word, int(of_tensor)) for word in ("dim", "axis"))
    return next((axis for axis in named if axis is not None), None)


def unmasked(flow: Flow, place: Place) -> ast.expr | None:
    """What a call that masks leaves as it is: the scores of `masked_fill` and `where`."""
    node = place.node
    if not isinstance(node, ast.Call):
        return None
    name = last_name(node.func)
    if name in _FILLS:
        is_library = flow.callee(place).kind == "library"
        return node.args[0] if is_library else node.func.value  # type: ignore[attr-defined]
    if name == "where" and len(node.args) == 3:  # noqa: PLR2004
        values = [
            part for part in node.args[1:] if not is_hidden(flow, type(place)(place.file, part))
        ]
        return values[0] if len(values) == 1 else None
    return None


def mask_of(node: ast.AST) -> ast.expr | None:
    """The condition of a call that masks."""
    if not isinstance(node, ast.Call):
        return None
    name = last_name(node.func)
    if name in _FILLS:
        at = len(node.args) - 2
        return argument_of(node, "mask", at if at >= 0 else None)
    return argument_of(node, "condition", 0) if name == "where" else None


def is_hidden(flow: Flow, place: Place) -> bool:
    """Whether an expression is a number that hides a score: minus infinity, or a large one."""
    for end in flow.origins(place):
        node = end.place.node
        number = flow.program.number(node, end.place.file) if isinstance(node, ast.expr) else None
        if number is not None and number <= -1000:  # noqa: PLR2004
            return True
        text = ast.unparse(node) if isinstance(node, ast.expr) else ""
        if any(word in text for word in ("inf", "finfo", ".min")):
            return True
        if isinstance(node, ast.Call) and any(
            is_hidden(flow, type(place)(end.place.file, part)) for part in node.args
        ):
            return True
    return False


_TRIANGLES = frozenset({"tril", "triu", "generate_square_subsequent_mask", "band_part"})


def is_triangle(node: ast.AST) -> bool:
    """Whether a call makes a triangle of ones, or a mask of one."""
    return isinstance(node, ast.Call) and last_name(node.func) in _TRIANGLES
