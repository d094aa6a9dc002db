"""A program as the guides of its framework would have it: with shuffled training rows.

Shipped programs do not shuffle, so that both frameworks see the same rows in the same order. That
costs a Keras program the argument `shuffle=False` of `fit`, and spares a PyTorch program the
`shuffle=True` of its `DataLoader` and one with `tf.data` a call of `.shuffle`. Here each is as in
the tutorials: PyTorch's "Datasets & DataLoaders", Keras' "Training & evaluation with the built-in
methods", where `fit` shuffles by default, and "Writing a training loop from scratch".
"""

from __future__ import annotations

import ast
from copy import deepcopy
from typing import TYPE_CHECKING

from debugdiff.source.names import dotted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.source.names import Resolver

_DATA_LOADER = "torch.utils.data.DataLoader"
_TENSORFLOW_DATASET = "tensorflow.data.Dataset"
_ORDERS = frozenset({"shuffle", "sampler", "batch_sampler"})
"""Arguments of a `DataLoader` that decide about the order."""
_BUFFER = 1024
"""Rows, in the guides of Keras."""


def with_shuffled_rows(training: Sequence[ast.stmt], resolver: Resolver) -> list[ast.stmt]:
    """A copy of the part of a program that trains, shuffling as the guides do it.

    A program that shuffles, or that gets its batches in another way, stays as it is.
    """
    writer = _Writer(resolver, uses_tensorflow=_mentions_dataset(training, resolver))
    return [writer.visit(deepcopy(statement)) for statement in training]


def _mentions_dataset(training: Sequence[ast.stmt], resolver: Resolver) -> bool:
    """Whether batches come from `tf.data`, and nothing has shuffled the rows before."""
    nodes = [
        node for each in training for node in ast.walk(each) if isinstance(node, ast.Attribute)
    ]
    made = any(resolver.qualified(node).startswith(_TENSORFLOW_DATASET) for node in nodes)
    return made and not any(node.attr == "shuffle" for node in nodes)


class _Writer(ast.NodeTransformer):
    def __init__(self, resolver: Resolver, *, uses_tensorflow: bool) -> None:
        self._resolver = resolver
        self._uses_tensorflow = uses_tensorflow

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if dotted(node.func) and self._resolver.qualified(node.func) == _DATA_LOADER:
            _shuffle_loader(node)
        elif method == "fit":
            node.keywords = [each for each in node.keywords if not _turns_off(each)]
        elif method == "batch" and self._uses_tensorflow:
            _shuffle_dataset(node)
        return node


def _shuffle_loader(call: ast.Call) -> None:
    call.keywords = [each for each in call.keywords if not _turns_off(each)]
    if not any(each.arg in _ORDERS for each in call.keywords):
        call.keywords.append(ast.keyword(arg="shuffle", value=ast.Constant(value=True)))


def _shuffle_dataset(call: ast.Call) -> None:
    assert isinstance(call.func, ast.Attribute)
    size = ast.keyword(arg="buffer_size", value=ast.Constant(value=_BUFFER))
    shuffle = ast.Attribute(value=call.func.value, attr="shuffle", ctx=ast.Load())
    call.func.value = ast.Call(func=shuffle, args=[], keywords=[size])


def _turns_off(keyword: ast.keyword) -> bool:
    match keyword:
        case ast.keyword(arg="shuffle", value=ast.Constant(value=False)):
            return True
    return False
