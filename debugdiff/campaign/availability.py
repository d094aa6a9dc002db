"""Which programs a stack cannot run by construction, told before any of them is started."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Stack
from debugdiff.source.names import Resolver, dotted, resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Implementation

_DIFFERENTIATES = {
    Stack.KERAS_TENSORFLOW: ("tensorflow.GradientTape", "tensorflow.gradients"),
    Stack.KERAS_TORCH: ("torch.autograd", "torch.no_grad"),
    Stack.KERAS_JAX: ("jax.grad", "jax.value_and_grad"),
}
"""What a training loop of one's own is written with, per back end; no other one's variables obey.

Other names of a back end's package say nothing: `tf.data` feeds a model on any of them.
"""


def unavailable_reason(implementation: Implementation, stack: Stack) -> str:
    """Why a Keras program cannot run on a stack, as a sentence; empty where it may.

    A program that differentiates by the means of one back end runs on that back end alone.
    """
    if implementation.framework is not Framework.KERAS:
        return ""
    used = _names(implementation.source)
    for own, names in _DIFFERENTIATES.items():
        found = next((name for name in names if any(_within(each, name) for each in used)), None)
        if found and own is not stack:
            return (
                f"{implementation.case}/{implementation.name} is not available on {stack}:"
                f" its training loop uses `{found}`, which works on {own} alone"
            )
    return ""


def _within(name: str, outer: str) -> bool:
    return name == outer or name.startswith(f"{outer}.")


@lru_cache(maxsize=256)
def _names(source: str) -> frozenset[str]:
    """Every name of a library that a program uses; none if it does not parse."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return frozenset()
    return frozenset(_used(tree, resolver(tree, frozenset())))


def _used(node: ast.AST, known: Resolver) -> Iterator[str]:
    if isinstance(node, ast.Name | ast.Attribute) and dotted(node):
        yield known.qualified(node)
        return
    for child in ast.iter_child_nodes(node):
        yield from _used(child, known)
