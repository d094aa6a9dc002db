"""Operations that are not finite everywhere: what to look at where NaN or infinity came up.

The operations are those of Zhang et al. 2020, "Detecting numerical bugs in neural network
architectures" (DEBAR), and of the frameworks' own advice: an epsilon, a clamp, a function that has
them inside.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.syntax import in_order, last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File, Program

_LIBRARIES = ("torch", "tensorflow", "keras", "numpy", "jax")
_UNDEFINED = {
    **dict.fromkeys(("log", "log2", "log10", "reciprocal", "rsqrt"), "is not finite at 0"),
    "sqrt": "has an infinite slope at 0",
}
_GUARDS = frozenset(
    {
        *("clamp", "clamp_min", "clip", "clip_by_value", "maximum", "nan_to_num", "where"),
        *("softplus", "exp", "add"),
    }
)
_SPREADS = ("std", "sigma", "norm")


def hazards(program: Program) -> Iterator[tuple[Location, str]]:
    """Lines that may give NaN or infinity, each with the reason."""
    for file, node in program.nodes:
        for operand, reason in _operands(file, node):
            if program.number(operand, file) is None and not _is_guarded(program, file, operand):
                yield file.location(node), reason


def _operands(file: File, node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """What an operation wants to be away from zero."""
    match node:
        case ast.Call(func=function) if last_name(function) in _UNDEFINED:
            name = last_name(function)
            reason = f"`{name}` {_UNDEFINED[name]}: add a small number, or clamp."
            yield from ((each, reason) for each in _given(file, node))
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=float(power))):
            if 0 < power < 1:
                yield base, f"A power of {power:g} has an infinite slope at 0: add a small number."
        case ast.BinOp(op=ast.Div(), right=divisor) | ast.AugAssign(op=ast.Div(), value=divisor):
            if _is_spread(divisor):
                yield divisor, "This may divide by 0: add a small number."


def _given(file: File, call: ast.Call) -> Iterator[ast.expr]:
    """The argument of a function of tensors, or the tensor whose method it is."""
    if file.qualified(call.func).startswith(_LIBRARIES):
        yield from call.args[:1]
    elif isinstance(call.func, ast.Attribute) and not call.args:
        yield call.func.value


def _is_spread(node: ast.expr) -> bool:
    """Whether it is by its name a spread, a norm or a sum, which are 0 for what does not vary."""
    inner = node.value if isinstance(node, ast.Subscript) else node
    if isinstance(inner, ast.Call) and last_name(inner.func) in {"sum", "var"}:
        return True
    name = last_name(inner.func if isinstance(inner, ast.Call) else inner).lower()
    return any(word in name for word in _SPREADS)


def _is_guarded(program: Program, file: File, node: ast.expr) -> bool:
    """Whether something in it keeps it away from zero."""
    for each in (node, *in_order(node)):
        match each:
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                if any(_is_small(program, file, side) for side in (left, right)):
                    return True
            case ast.Call(func=function) if last_name(function) in _GUARDS:
                return True
    return False


def _is_small(program: Program, file: File, node: ast.expr) -> bool:
    return program.number(node, file) is not None or "eps" in last_name(node).lower()
