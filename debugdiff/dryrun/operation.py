"""A function or method of a library at work, and the dtypes that arguments say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.values import Library, Plain, Tensor

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence

    from debugdiff.dryrun.values import Value

AXES = ("dim", "axis", "axes")
SIZES = ("size", "shape")
DTYPES = {
    **{name: name for name in ("float32", "float64", "float16", "bfloat16", "int64", "int32")},
    **{name: name for name in ("bool", "uint8", "int8", "str", "string")},
    **dict.fromkeys(("float", "FloatTensor"), "float32"),
    **dict.fromkeys(("long", "LongTensor", "int_"), "int64"),
    "double": "float64",
    "half": "float16",
    "int": "int32",
    "bool_": "bool",
}
OF_PYTHON = {"float": "float64", "int": "int64", "bool": "bool", "str": "str"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A function or method at work.

    Attributes:
        name: its last name.
        library: `torch`, `numpy`, `tensorflow`, `keras`; empty for a method.
        args: what it is given; the tensor itself first.
        node: the call.
    """

    name: str
    library: str
    args: Sequence[Value]
    named: Mapping[str, Value]
    node: ast.AST

    @property
    def tensor(self) -> Tensor | None:
        """What it works on."""
        first = (
            self.args[0]
            if self.args
            else next(
                (self.named[name] for name in ("input", "x", "a", "tensor") if name in self.named),
                None,
            )
        )
        return first if isinstance(first, Tensor) else None

    def given(self, at: int, *names: str) -> Value | None:
        """An argument by position or name; the tensor has position 0."""
        for name in names:
            if name in self.named:
                return self.named[name]
        return self.args[at] if at < len(self.args) else None

    def axis(self, at: int, default: object = None) -> Value:
        """The axis that it works along."""
        return self.given(at, *AXES) or Plain(default)

    def like(self, tensor: Tensor, sizes: Sequence[Plain] | None) -> Tensor:
        """The tensor in another form, which this call gave it."""
        return replace(
            tensor,
            sizes=None if sizes is None else tuple(sizes),
            formed=tensor.formed | {self.node},
            lowest=Plain(),
            highest=Plain(),
        )


def dtype_of(value: Value | None) -> str:
    """The dtype that an argument says: `torch.float32`, `"int64"`, `float`; else empty."""
    match value:
        case Plain(value=str() as text):
            return DTYPES.get(text, "")
        case Library(name=name):
            last = name.rpartition(".")[2]
            return (OF_PYTHON if name.startswith("builtins.") else DTYPES).get(last, "")
    return ""
