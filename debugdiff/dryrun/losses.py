"""What losses take: predictions and targets that fit each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.dryrun.sizes import agree
from debugdiff.dryrun.values import Mismatch, Plain, Tensor

if TYPE_CHECKING:
    import ast

_WHOLE = frozenset({"int64", "int32", "uint8"})


def check_loss(name: str, labels: str, predicted: Tensor, target: Tensor, node: ast.AST) -> None:
    """Compare predictions with targets as a loss does.

    Args:
        name: the canonical name of the loss.
        labels: what its targets are, as `api.toml` has it.
        predicted: what the model gives.
        target: what it is compared with.
        node: the call that made the loss.

    Raises:
        Mismatch: if they do not fit.
    """
    torch = name.startswith("torch")
    if torch and labels == "indices":
        _check_indices(predicted, target, node)
    elif torch:
        _check_alike(name, predicted, target)
    elif labels == "indices":
        _check_sparse(predicted, target, node)
    else:
        _check_keras(labels, predicted, target, node)


def _axes(tensor: Tensor) -> int:
    return len(tensor.sizes or ())


def _check_indices(predicted: Tensor, target: Tensor, node: ast.AST) -> None:
    """Class numbers for predictions of (rows, classes, ...)."""
    if predicted.sizes is None or target.sizes is None or not predicted.sizes:
        return
    if _axes(target) == _axes(predicted):
        if target.dtype in _WHOLE:
            came = Plain(_axes(target), target.formed)
            raise Mismatch(
                "axes", came, Plain(_axes(predicted) - 1, frozenset({node})), target, predicted
            )
        for one, other in zip(predicted.sizes, target.sizes, strict=True):
            agree(one, other, predicted, target)
        return
    if _axes(target) != _axes(predicted) - 1:
        came = Plain(_axes(target), target.formed)
        raise Mismatch(
            "axes", came, Plain(_axes(predicted) - 1, predicted.formed), target, predicted
        )
    classes = predicted.sizes[1] if _axes(predicted) > 1 else predicted.sizes[0]
    others = (*predicted.sizes[:1], *predicted.sizes[2:]) if _axes(predicted) > 1 else ()
    for one, other in zip(others, target.sizes, strict=False):
        agree(one, other, predicted, target)
    if target.dtype not in {"", "int64", "uint8"}:
        raise Mismatch(
            "dtype", Plain(target.dtype, target.typed), Plain("int64"), target, predicted
        )
    _check_range(classes, target)


def _check_range(classes: Plain, target: Tensor) -> None:
    """The highest class number is below the number of classes."""
    highest = target.highest
    if (
        highest.number is not None
        and classes.number is not None
        and highest.number >= classes.number
    ):
        raise Mismatch("range", highest, classes, target)


def _check_alike(name: str, predicted: Tensor, target: Tensor) -> None:
    """Binary losses want the same form; squared ones let one be spread over the other."""
    if predicted.sizes is not None and target.sizes is not None:
        strict = "BCE" in name or "binary_cross" in name
        if strict and _axes(predicted) != _axes(target):
            came = Plain(_axes(target), target.formed)
            raise Mismatch(
                "axes", came, Plain(_axes(predicted), predicted.formed), target, predicted
            )
        for one, other in zip(predicted.sizes[::-1], target.sizes[::-1], strict=False):
            if strict or 1 not in {one.number, other.number}:
                agree(other, one, target, predicted)
    if target.dtype and target.dtype != "float32":
        raise Mismatch(
            "dtype", Plain(target.dtype, target.typed), Plain("float32"), target, predicted
        )


def _check_sparse(predicted: Tensor, target: Tensor, node: ast.AST) -> None:
    if predicted.sizes is None or target.sizes is None or not predicted.sizes:
        return
    sizes = target.sizes
    if _axes(target) == _axes(predicted) and sizes[-1].number == 1:
        sizes = sizes[:-1]
    if len(sizes) != _axes(predicted) - 1:
        came = Plain(len(sizes), target.formed)
        wanted = Plain(_axes(predicted) - 1, predicted.formed | {node})
        raise Mismatch("axes", came, wanted, target, predicted)
    for one, other in zip(predicted.sizes, sizes, strict=False):
        agree(one, other, predicted, target)
    _check_range(predicted.sizes[-1], target)


def _check_keras(labels: str, predicted: Tensor, target: Tensor, node: ast.AST) -> None:
    if predicted.sizes is None or target.sizes is None:
        return
    one_more = _axes(predicted) == _axes(target) + 1 and predicted.sizes[-1].number == 1
    one_less = _axes(target) == _axes(predicted) + 1 and target.sizes[-1].number == 1
    if _axes(predicted) != _axes(target) and not (one_more or one_less):
        came = Plain(_axes(target), target.formed)
        wanted = Plain(_axes(predicted), predicted.formed | {node})
        raise Mismatch("axes", came, wanted, target, predicted)
    for one, other in zip(predicted.sizes, target.sizes, strict=False):
        if 1 not in {one.number, other.number} or (
            labels != "numbers" and one is predicted.sizes[-1]
        ):
            agree(other, one, target, predicted)
