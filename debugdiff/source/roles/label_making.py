"""How labels are made: one-hot vectors of class numbers, and windows of a text one token later."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.roles.data import is_list
from debugdiff.source.roles.losses import losses_of
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.supplies import supplies_of
from debugdiff.source.syntax import in_order, last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_ONE_HOT = frozenset({"to_categorical", "one_hot"})
_NO_WINDOWS = "no line of this program cuts labels one token behind the inputs out of a text"


def label_supplies(roles: Roles) -> list[Place]:
    """Everything on the way from the loss's targets back to what the labels are made of."""
    return roles.keep(_label_supplies)


def _label_supplies(roles: Roles) -> list[Place]:
    targets = [loss.targets for loss in losses_of(roles) if loss.targets is not None]
    return [value.place for target in targets for value in supplies_of(roles.flow, target)]


@role("one-hot-labels", "the call that makes one-hot vectors of the class numbers for training")
def one_hot_labels(roles: Roles) -> Answer:
    """`keras.utils.to_categorical(labels)`, `tf.one_hot(labels, 3)`."""
    calls = [place for place in label_supplies(roles) if _is_one_hot(roles, place)]
    return found_or(calls, "no line of this program makes one-hot vectors of an array of labels")


def one_hot_calls(roles: Roles) -> list[Place]:
    """Every call that makes one-hot vectors, of labels or of anything else."""
    return roles.flow.calls_of(*_ONE_HOT)


def _is_one_hot(roles: Roles, place: Place) -> bool:
    """Whether a call makes one-hot vectors; a list of labels is no array without it."""
    match place.node:
        case ast.Call(func=function, args=[numbers, *_]) if last_name(function) in _ONE_HOT:
            return not is_list(roles, Place(place.file, numbers))
    return False


@role("next-window", "the window of a text that becomes the labels, one token behind the inputs")
def next_window(roles: Roles) -> Answer:
    """`text[i + 1 : i + 1 + size]` beside `text[i : i + size]`; `ids[1:]` beside `ids[:-1]`."""
    return found_or([later for _, later in _windows(roles)], _NO_WINDOWS)


@role("window", "the window of a text that the model is given, one token before the labels")
def window(roles: Roles) -> Answer:
    """`text[i : i + size]`, where the labels are `text[i + 1 : i + 1 + size]`."""
    return found_or([own for own, _ in _windows(roles)], _NO_WINDOWS)


def _windows(roles: Roles) -> Iterator[tuple[Place, Place]]:
    for later in label_supplies(roles):
        if isinstance(later.node, ast.Subscript) and isinstance(later.node.slice, ast.Slice):
            around = later.file.function(later.node) or later.file.tree
            slices = [node for node in in_order(around) if isinstance(node, ast.Subscript)]
            same = [Place(later.file, node) for node in slices if _is_before(node, later.node)]
            yield from ((own, later) for own in same[:1])


def _is_before(own: ast.Subscript, later: ast.Subscript) -> bool:
    """Whether a slice of the same text begins one token before another."""
    if ast.dump(own.value) != ast.dump(later.value):
        return False
    match own.slice, later.slice:
        case ast.Slice(lower=None, upper=ast.UnaryOp(), step=None), ast.Slice(upper=None):
            return ast.unparse(own.slice) == ":-1" and ast.unparse(later.slice) == "1:"
        case ast.Slice(lower=ast.expr() as start, step=None), ast.Slice(lower=ast.expr() as next_):
            return ast.unparse(next_) in {f"{ast.unparse(start)} + 1", f"1 + {ast.unparse(start)}"}
    return False
