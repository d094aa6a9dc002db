"""What a message complains about, and the sizes that it expected and got.

One table of what PyTorch, Keras, TensorFlow, NumPy and Python say; the first entry that fits
decides. `expected` and `actual` are the sizes or ranks that the message names, in its own words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from debugdiff.score.literals import read_literals, wanted_literals

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.score.literals import Shape


class Kind(StrEnum):
    """What is wrong, as the message has it."""

    FEATURES = "features"
    RANK = "rank"
    CLASSES = "classes"
    INDICES = "indices"
    ROWS = "rows"
    TARGET = "target"
    BROADCAST = "broadcast"
    JOIN = "join"
    RESHAPE = "reshape"
    AXIS = "axis"
    DTYPE = "dtype"
    NOTHING = "nothing"
    ATTRIBUTE = "attribute"
    SIGNATURE = "signature"
    UNINITIALISED = "uninitialised"
    NO_GRADIENT = "no-gradient"
    TWICE = "twice"
    IN_PLACE = "in-place"
    NO_PARAMETERS = "no-parameters"
    NUMPY = "numpy"
    DEVICE = "device"
    SINGLE_ROW = "single-row"
    IDENTIFIER = "identifier"
    KEY = "key"
    KIND = "kind"
    OTHER = "other"


SHAPES = frozenset(
    {
        Kind.FEATURES,
        Kind.RANK,
        Kind.ROWS,
        Kind.TARGET,
        Kind.BROADCAST,
        Kind.JOIN,
        Kind.RESHAPE,
        Kind.AXIS,
    }
)
"""Complaints about the size of something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A message, read.

    Attributes:
        expected, actual: sizes in the order in which the message gives them.
        names: what the message names besides: a class and an attribute, an argument, dtypes.
    """

    kind: Kind
    expected: tuple[int, ...] = ()
    actual: tuple[int, ...] = ()
    names: tuple[str, ...] = ()


_TABLE: tuple[tuple[Kind, str], ...] = (
    # language
    (
        Kind.UNINITIALISED,
        (
            r"before (?:calling )?(?:super\(\)|Module)\.__init__|forgot to call"
            r" `?super\(\)\.__init__|cannot assign (?:module|parameters)|object has no"
            r" attribute '(?:_parameters|_modules|_buffers|_tracker|_layers)'"
        ),
    ),
    (
        Kind.NO_GRADIENT,
        r"'(?:float|int|[\w.]*(?:ndarray|float\d+))' object has no attribute 'backward'",
    ),
    (
        Kind.KEY,
        (
            r"can't be found in either the model's output|does not correspond to any model output"
            r"|Missing data for input|Expected keys|keys? .* (?:not found|missing) in"
        ),
    ),
    (
        Kind.NOTHING,
        (
            r"NoneType|None values not supported|(?:not|got|received:?) None\b"
            r"|<class 'NoneType'>"
        ),
    ),
    (
        Kind.SIGNATURE,
        (
            r"unexpected keyword argument '(?P<n1>\w+)'"
            r"|missing \d+ required positional arguments?: '(?P<n2>\w+)'"
            r"|takes (?:from )?\d+ (?:to \d+ )?positional arguments? but"
            r"|multiple values for (?:keyword )?argument '(?P<n3>\w+)'"
            r"|Unrecognized keyword arguments?(?: passed to \w+)?: \{?'(?P<n4>\w+)'"
        ),
    ),
    (
        Kind.ATTRIBUTE,
        (
            r"object has no attribute '(?P<n1>\w+)'"
            r"|module '[\w.]+' has no attribute '(?P<n2>\w+)'"
            r"|name '(?P<n3>\w+)' is not defined|cannot import name '(?P<n4>\w+)'"
        ),
    ),
    (Kind.IDENTIFIER, r"Could not (?:interpret|locate|deserialize)|Unknown (?:layer|loss|metric)"),
    # gradients
    (Kind.NO_PARAMETERS, r"optimizer got an empty parameter list"),
    (
        Kind.NO_GRADIENT,
        (
            r"does not require grad|No gradients provided for any variable"
            r"|have no gradient|Gradients? .* (?:is|are) None"
        ),
    ),
    (Kind.TWICE, r"backward through the graph a second time"),
    (Kind.IN_PLACE, r"modified by an inplace operation|being used in an in-place operation"),
    (
        Kind.NUMPY,
        (
            r"Can't call numpy\(\)|numpy\(\)` is only|convert a symbolic|KerasTensor"
            r"|can't convert .* to numpy|'numpy'"
        ),
    ),
    (
        Kind.DEVICE,
        r"on the same device|the expected device|meta tensor|out of meta|Invalid device",
    ),
    # labels and indices
    (
        Kind.CLASSES,
        (
            r"Target (?P<a1>-?\d+) is out of bounds"
            r"|label value of (?P<a2>-?\d+) which is outside the valid range"
            r"|Class values must be (?:smaller than|non-negative)"
        ),
    ),
    (
        Kind.INDICES,
        (
            r"index out of range in self|indices\[[\d,]*\] = (?P<a1>-?\d+) is not in"
            r" \[0, (?P<e1>\d+)\)|index (?P<a2>-?\d+) is out of bounds for (?:axis|dimension)"
            r" \d+ with size (?P<e2>\d+)"
        ),
    ),
    (
        Kind.TARGET,
        (
            r"compile_loss/|compute_loss|different to the input size"
            r"|must have rank \(ndim\)|target tensor expected"
            r"|Target size \(.*must be the same as input size"
            r"|Expected target size \[(?P<e1>\d+).*got|must have the same (?:shape|rank)"
            r"|logits and labels must be broadcastable|Shapes .* are incompatible"
            r"|input and target"
        ),
    ),
    # dtypes
    (
        Kind.DTYPE,
        (
            r"scalar types?\b|same dtype|floating point (?:type|dtype)|index tensor of type"
            r"|not implemented for '\w+'|numpy\.object_|conversion requested dtype"
            r"|was expected to be an? \w+ tensor|must be .*(?:dtype|Long|Float)|can only be .*"
            r" floating|Unable to (?:automatically )?convert|Failed to convert a NumPy array"
            r"|can't be cast|has type \w+ that does not match|tensors? used as indices"
            r"|type \(.*\) should be the same"
            r"|Only Tensors of floating point|dtypes? (?:do|must|mismatch)|[Ii]nvalid dtype"
        ),
    ),
    # rows
    (
        Kind.ROWS,
        (
            r"input batch_size \((?P<a1>\d+)\) to match target batch_size \((?P<e1>\d+)\)"
            r"|same first dimension, got logits shape \[(?P<a2>\d+).*?labels shape"
            r" \[(?P<e2>\d+)|Data cardinality is ambiguous|cardinality|Size mismatch between"
            r" tensors"
        ),
    ),
    (Kind.SINGLE_ROW, r"more than 1 value per channel"),
    # joins and reshapes
    (
        Kind.BROADCAST,
        (
            r"Incompatible input shapes: axis values (?P<a1>\d+) .* != (?P<e1>\d+)"
            r"|padded_mask\.shape\[\d\] to be (?P<e2>\d+), but got (?P<a2>\d+)"
            r"|shape of the 2D attn_mask is \D*\[(?P<a3>\d+).* should be \((?P<e3>\d+)"
        ),
    ),
    (
        Kind.JOIN,
        (
            r"Sizes of tensors must match except in dimension|stack expects each tensor"
            r"|requires inputs with matching shapes|dimensions of inputs should match"
            r"|must match exactly|inhomogeneous shape|ConcatOp"
        ),
    ),
    (
        Kind.RESHAPE,
        (
            r"shape '\[(?:[-\d, ]+)\]' is invalid for input of size (?P<a1>\d+)"
            r"|[Cc]annot reshape|view size is not compatible|total size of new array"
            r"|must be unchanged|Input to reshape is a tensor with (?P<a2>\d+) values"
        ),
    ),
    (
        Kind.AXIS,
        (
            r"Dimension out of range|unknown rank|axis \d+ is out of bounds|Invalid `?axis|permut|"
            r"number of dimensions in the tensor input does not match"
            r"|Dimension must be \d+|not enough values to unpack|too many values to unpack"
        ),
    ),
    # layers
    (
        Kind.RANK,
        (
            r"expected (?:min_)?ndim=(?P<e1>\d+), found ndim=(?P<a1>\d+)"
            r"|Expected (?P<e2>\d)D.* input to |expected (?P<e3>\d)D.*got (?P<a3>\d)D"
            r"|input (?:must have|to be) (?:at least )?(?P<e4>\d) dimensions"
            r"|should be \d-?D|[Ii]nput (?:shape )?.* must be (?:rank|at least)"
            r"|must be \d-D|expected (?P<e5>\d)D or"
        ),
    ),
    (
        Kind.FEATURES,
        (
            r"cannot be multiplied \(\d+x(?P<a1>\d+) and (?P<e1>\d+)x\d+\)"
            r"|to have (?P<e2>\d+) channels, but got (?P<a2>\d+) channels"
            r"|equal to input_size\. Expected (?P<e3>\d+), got (?P<a3>\d+)"
            r"|to have value (?P<e4>\d+), but received input with shape \((?:.*,\s*)?"
            r"(?P<a4>\d+)\)"
            r"|normalized_shape=\[(?P<e5>\d+)\].*input of size\s*\[(?:.*,\s*)?(?P<a5>\d+)\]"
            r"|should contain (?P<a6>\d+) elements not (?P<e6>\d+)"
            r"|embedding dimension of (?P<e7>\d+), but got (?P<a7>\d+)"
            r"|Matrix size-incompatible: In\[0\]: \[(?:\d+,)+(?P<a8>\d+)\], In\[1\]:"
            r" \[(?:\d+,)*(?P<e8>\d+),\d+\]"
            r"|number of channels in input to be divisible|depth of (?:the )?input"
            r"|expected shape=|is incompatible with the layer|size mismatch"
            r"|Invalid input shape"
        ),
    ),
    (
        Kind.BROADCAST,
        (
            r"size of tensor a \((?P<a1>\d+)\) must match the size of tensor b"
            r" \((?P<e1>\d+)\)|could not be broadcast|Expected hidden"
            r"|Incompatible shapes"
            r"(?:: \[(?:\d+,)*(?P<a3>\d+)\] vs\. \[(?:\d+,)*(?!(?P=a3)\])(?P<e3>\d+)\])?"
            r"|must be equal, but are (?P<a2>\d+) and (?P<e2>\d+)|first two dimensions of"
            r" batch2|expanded size|Inputs have incompatible shapes|broadcast"
            r"|must have compatible|shapes? mismatch"
        ),
    ),
    (
        Kind.KIND,
        (
            r"must be (?:a )?Tensor, not (?P<n1>\w+)|expected Tensor as|is not callable"
            r"|not subscriptable|is not iterable|unsupported operand"
        ),
    ),
)


def _by_shapes(found: Complaint, message: str) -> Complaint:
    """The last sizes of the shapes that a message prints, the expected ones told by its words."""
    wanted = wanted_literals(message).shapes
    came = [shape for shape in read_literals(message).shapes if shape not in wanted]
    return replace(found, expected=_last_sizes(wanted), actual=_last_sizes(came))


def _last_sizes(shapes: Iterable[Shape]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(shape[-1] for shape in shapes if shape and shape[-1] is not None))


_COMPILED = tuple((kind, re.compile(pattern, re.DOTALL)) for kind, pattern in _TABLE)


def read_complaint(message: str) -> Complaint:
    """Read a message."""
    for kind, pattern in _COMPILED:
        match = pattern.search(message)
        if match:
            groups = {key: value for key, value in match.groupdict().items() if value}
            found = Complaint(
                kind=kind,
                expected=tuple(int(value) for key, value in groups.items() if key[0] == "e"),
                actual=tuple(int(value) for key, value in groups.items() if key[0] == "a"),
                names=tuple(value for key, value in groups.items() if key[0] == "n"),
            )
            return found if groups or kind is not Kind.FEATURES else _by_shapes(found, message)
    return Complaint(kind=Kind.OTHER)
