"""How far apart two expressions are: `i + n` is `n` after `i`, whatever `i` is."""

from __future__ import annotations

import ast
from collections import Counter
from typing import TypeAlias

Monomial: TypeAlias = "tuple[ast.expr, ...]"
_DEEPEST = 6


def distance(lower: ast.expr, upper: ast.expr) -> list[tuple[int, Monomial]]:
    """The monomials that are left of `upper - lower`, each with how often it counts.

    `(i + 1) * n` and `i * n` leave `n`.
    """
    terms: Counter[tuple[str, ...]] = Counter()
    nodes: dict[tuple[str, ...], Monomial] = {}
    for node, sign in ((upper, 1), (lower, -1)):
        for count, factors in _expanded(node, _DEEPEST):
            key = tuple(sorted(map(ast.unparse, factors)))
            terms[key] += sign * count
            nodes[key] = factors
    return [(count, nodes[key]) for key, count in terms.items() if count]


def _expanded(node: ast.expr, depth: int) -> list[tuple[int, Monomial]]:
    """A sum of products, multiplied out."""
    match node:
        case ast.Constant(value=int() as value):
            return [(value, ())]
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as symbol, right=right) if depth:
            sign = 1 if isinstance(symbol, ast.Add) else -1
            rest = [(sign * count, factors) for count, factors in _expanded(right, depth - 1)]
            return [*_expanded(left, depth - 1), *rest]
        case ast.BinOp(left=left, op=ast.Mult(), right=right) if depth:
            return [
                (one * other, (*before, *after))
                for one, before in _expanded(left, depth - 1)
                for other, after in _expanded(right, depth - 1)
            ]
    return [(1, (node,))]
