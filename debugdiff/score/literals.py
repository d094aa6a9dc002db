"""Shapes and sizes that a message prints: `(8, 5)`, `[8,4]`, `8x32`, `Size([8])`, `size 7`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

Shape = tuple[int | None, ...]
"""A printed shape; `None` stands for a size that the message leaves open."""
_OPEN = -1
"""How a record writes a dimension that was symbolic when the program failed."""

_ARRAY = re.compile(r"\b(?:array|tensor)\(\s*\[.*?\]\s*(?:,[^()\[\]]*)?\)", re.DOTALL)
_NO_SIZE = re.compile(
    r"\bDimension out of range[^)]*\)|\brange of\s*[\[(][^\])]*[\])]|\bin\s*\[[^\])]*\)"
)
_DIMENSION = r"(?:\d+|None|\?)"
_BRACKETS = re.compile(rf"(?<![\w\[])\[\s*({_DIMENSION}(?:\s*,\s*{_DIMENSION})*)\s*,?\s*\]")
_PARENTHESES = re.compile(rf"(?<![\w(])\(\s*({_DIMENSION}\s*,(?:\s*{_DIMENSION}\s*,?)*)\s*\)")
_CALLED = re.compile(
    rf"\b(?:Size|TensorShape|shape)\(\s*[\[(]({_DIMENSION}(?:\s*,\s*{_DIMENSION})*)"
)
_PRODUCT = re.compile(r"(?<![\w.])(\d+(?:x\d+)+)(?![\w.])")
_SIZE = re.compile(
    r"""\b(?:size|sizes|batch_size|input_size|length|have\s+value|features|units)
        (?:\s+of\s+tensor\s+\w+)?(?:\s+(?:is|was|of|to\s+be|:))?\s*[=(:]?\s*(\d+)\b(?!\s*,\s*(?:\d|None))
      | \b(?:expected|got|received|has|have|with)\s+(\d+)\b(?!\s*(?:argument|positional|dim))
      | \b(\d+)\s+(?:elements|values|units|features|classes|channels)\b
      | \bbut\s+are\s+(\d+)\s+and\s+(\d+)\b""",
    re.IGNORECASE | re.VERBOSE,
)


_WANTED = re.compile(
    r"\b(?:expect(?:s|ed)?|must|should|requires?)\b(?:(?!\b(?:but|got|received|found)\b)[^.;]"
    r"|\.(?!\s))*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Literals:
    """What a message prints: every distinct shape, and every distinct size that stands alone."""

    shapes: tuple[Shape, ...]
    sizes: tuple[int, ...]

    def __len__(self) -> int:
        """Distinct shapes and sizes together."""
        return len(self.shapes) + len(self.sizes)


def read_literals(message: str) -> Literals:
    """Find the shapes and sizes of a message; indices, ranges and printed arrays are none."""
    text = _ARRAY.sub(" ", _NO_SIZE.sub(" ", message))
    shapes = [_shape(match[1]) for match in _CALLED.finditer(text)]
    for pattern in (_BRACKETS, _PARENTHESES):
        shapes += [_shape(match[1]) for match in pattern.finditer(text)]
    shapes += [_shape(match[1].replace("x", ",")) for match in _PRODUCT.finditer(text)]
    found = _PRODUCT.sub(" ", text)
    sizes = [int(group) for match in _SIZE.finditer(found) for group in match.groups() if group]
    return Literals(shapes=tuple(dict.fromkeys(shapes)), sizes=tuple(dict.fromkeys(sizes)))


def wanted_literals(message: str) -> Literals:
    """Shapes and sizes that a message says were expected, and so need not have been there."""
    return read_literals("\n".join(match[0] for match in _WANTED.finditer(message)))


def written(shape: Shape) -> str:
    """A shape as Python writes it: `(8,)`, `(None, 5)`."""
    return str(tuple(shape))


def _shape(text: str) -> Shape:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(int(part) if part.isdigit() else None for part in parts)


def is_true_shape(shape: Shape, real: Collection[tuple[int, ...]]) -> bool:
    """Whether some tensor of the run had this shape, or for a matrix its transpose.

    A dimension that is open on either side fits any. A matrix product names its second factor as
    it multiplies, and PyTorch keeps the weights of a linear layer the other way round.
    """
    return _is_there(shape, real) or (len(shape) == 2 and _is_there(shape[::-1], real))  # noqa: PLR2004


def _is_there(shape: Shape, real: Collection[tuple[int, ...]]) -> bool:
    return any(
        len(shape) == len(other)
        and all(_fits(size, actual) for size, actual in zip(shape, other, strict=True))
        for other in real
    )


def _fits(printed: int | None, actual: int) -> bool:
    return printed is None or actual in (printed, _OPEN)
