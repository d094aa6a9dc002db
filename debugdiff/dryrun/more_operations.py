"""Functions that pick, pad, pair or measure tensors: one for each form of `shapes.toml`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.dryrun.operation import AXES, Operation
from debugdiff.dryrun.sizes import (
    agree,
    axis_at,
    broadcast,
    sizes_of,
    spread,
    times,
    total,
)
from debugdiff.dryrun.values import OPEN, UNKNOWN, Items, Plain, Repeated, Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.dryrun.values import Value

_PARTS = 16


def _placed(tensor: Tensor, axis: Value | None, sizes: Sequence[Plain]) -> Sequence[Plain] | None:
    """The tensor's sizes with those of one axis replaced."""
    at = axis_at(axis, len(tensor.sizes or ())) if isinstance(axis, Plain) else None
    if at is None or tensor.sizes is None:
        return None
    return (*tensor.sizes[:at], *sizes, *tensor.sizes[at + 1 :])


def shape(tensor: Tensor, operation: Operation) -> Value:
    """`tf.shape(x)`."""
    del operation
    assert tensor.sizes is not None
    return Items(list(tensor.sizes), is_tuple=True)


def narrow(tensor: Tensor, operation: Operation) -> Value:
    length = operation.given(3, "length")
    size = length if isinstance(length, Plain) else Plain()
    return operation.like(tensor, _placed(tensor, operation.axis(1), [size]))


def select(tensor: Tensor, operation: Operation) -> Value:
    return operation.like(tensor, _placed(tensor, operation.axis(1), []))


def index_select(tensor: Tensor, operation: Operation) -> Value:
    index = operation.given(2, "index")
    sizes = index.sizes if isinstance(index, Tensor) and index.sizes else [Plain()]
    return operation.like(tensor, _placed(tensor, operation.axis(1), sizes))


def gather(tensor: Tensor, operation: Operation) -> Value:
    """PyTorch's gives what the index has; the others put the index in place of an axis."""
    if operation.library == "torch" or not operation.library:
        index = operation.given(2, "index")
        return operation.like(tensor, index.sizes if isinstance(index, Tensor) else None)
    index = operation.given(1, "indices")
    sizes = index.sizes if isinstance(index, Tensor) else () if isinstance(index, Plain) else None
    axis = operation.given(2, *AXES) or Plain(0)
    return operation.like(tensor, None if sizes is None else _placed(tensor, axis, sizes))


def padded(tensor: Tensor, operation: Operation) -> Value:
    """PyTorch's pads are of the last axis first; NumPy's and TensorFlow's are a pair per axis."""
    assert tensor.sizes is not None
    said = operation.given(1, "pad", "pad_width", "paddings")
    flat = sizes_of(said) if said is not None else None
    sizes = list(tensor.sizes)
    if flat is not None and operation.library == "torch":
        pairs = [flat[at : at + 2] for at in range(0, len(flat) - 1, 2)]
        for at, pair in enumerate(pairs, 1):
            if at <= len(sizes):
                sizes[-at] = total([sizes[-at], *pair])
        return operation.like(tensor, sizes)
    if not isinstance(said, Items) or len(said.items) != len(sizes):
        return operation.like(tensor, None)
    pairs = [sizes_of(one) or (Plain(), Plain()) for one in said.items]
    wide = [total([size, *pair]) for size, pair in zip(sizes, pairs, strict=True)]
    return operation.like(tensor, wide)


def best(tensor: Tensor, operation: Operation) -> Value:
    """`topk`: values and places."""
    count = operation.given(1, "k")
    axis = operation.given(2, "dim") or Plain(-1)
    size = count if isinstance(count, Plain) else Plain(1)
    found = operation.like(tensor, _placed(tensor, axis, [size]))
    return Items([found, replace(found, dtype="int64")], is_tuple=True)


def interleaved(tensor: Tensor, operation: Operation) -> Value:
    """`repeat_interleave(x, n, dim)`, `np.repeat(x, n, axis)`."""
    assert tensor.sizes is not None
    count, axis = operation.given(1, "repeats"), operation.axis(2)
    number = count if isinstance(count, Plain) else Plain()
    if isinstance(axis, Plain) and axis.value is None:
        return operation.like(tensor, [times([*tensor.sizes, number])])
    at = axis_at(axis, len(tensor.sizes)) if isinstance(axis, Plain) else None
    size = [] if at is None else [times([tensor.sizes[at], number])]
    return operation.like(tensor, _placed(tensor, axis, size))


def unbound(tensor: Tensor, operation: Operation) -> Value:
    """`unbind`, `unstack`: a tensor for each place of an axis."""
    axis = operation.given(2, "axis") or operation.axis(1, 0)
    at = axis_at(axis, len(tensor.sizes or ())) if isinstance(axis, Plain) else None
    if at is None or tensor.sizes is None:
        return UNKNOWN
    part = operation.like(tensor, _placed(tensor, axis, []))
    count = tensor.sizes[at]
    if count.number is None or count.number > _PARTS:
        return Repeated(part, count)
    return Items([part] * count.number, is_tuple=True)


def sampled(tensor: Tensor, operation: Operation) -> Value:
    """`multinomial(weights, n)`: so many places for each row."""
    assert tensor.sizes is not None
    count = operation.given(1, "num_samples")
    size = count if isinstance(count, Plain) else Plain()
    found = operation.like(tensor, (*tensor.sizes[:-1], size))
    return replace(found, dtype="int64", typed=frozenset({operation.node}))


def unfolded(tensor: Tensor, operation: Operation) -> Value:
    """`x.unfold(dim, size, step)`: windows, and one more axis for what is in them."""
    assert tensor.sizes is not None
    axis, size, step = (operation.given(at) for at in (1, 2, 3))
    at = axis_at(axis, len(tensor.sizes)) if isinstance(axis, Plain) else None
    numbers = [one.number for one in (size, step) if isinstance(one, Plain)]
    if at is None or len(numbers) < 2 or None in numbers or not isinstance(size, Plain):  # noqa: PLR2004
        return operation.like(tensor, None)
    length, width, stride = tensor.sizes[at].number, *(number or 1 for number in numbers)
    count = Plain(OPEN if length is None else (length - width) // stride + 1)
    sizes = _placed(tensor, axis, [count])
    return operation.like(tensor, None if sizes is None else (*sizes, size))


def as_other(tensor: Tensor, operation: Operation) -> Value:
    """`expand_as`, `view_as`: the form of the other one."""
    other = operation.given(1, "other")
    return operation.like(tensor, other.sizes if isinstance(other, Tensor) else None)


def paired(tensor: Tensor, operation: Operation) -> Value:
    """`cosine_similarity(x, y)`, `pairwise_distance(x, y)`: a number for each pair of rows."""
    other = operation.given(1, "x2", "other")
    if not isinstance(other, Tensor):
        return operation.like(tensor, None)
    sizes = broadcast(tensor, other) or ()
    axis = operation.named.get("dim", Plain(1 if "cosine" in operation.name else -1))
    keeps = operation.named.get("keepdim")
    left = [Plain(1)] if isinstance(keeps, Plain) and keeps.value is True else []
    return operation.like(tensor, _placed(replace(tensor, sizes=sizes), axis, left))


def crossed(tensor: Tensor, operation: Operation) -> Value:
    """`cdist(x, y)`, `outer(x, y)`: a number for each row of one and of the other."""
    assert tensor.sizes is not None
    other = operation.given(1, "x2", "vec2", "b")
    if not isinstance(other, Tensor) or not other.sizes or not tensor.sizes:
        return operation.like(tensor, None)
    if operation.name == "outer":
        return operation.like(tensor, (tensor.sizes[0], other.sizes[0]))
    agree(tensor.sizes[-1], other.sizes[-1], tensor, other)
    return operation.like(tensor, (*tensor.sizes[:-1], other.sizes[-2]))


def interpolated(tensor: Tensor, operation: Operation) -> Value:
    """`F.interpolate(x, size=...)`: the axes behind the channels; `tf.image.resize`: before."""
    assert tensor.sizes is not None
    if operation.library in {"tensorflow", "keras"}:
        size = operation.given(1, "size")
        inner = spread(size, 2, 1) if size is not None else [Plain(), Plain()]
        return operation.like(tensor, (*tensor.sizes[:-3], *inner, tensor.sizes[-1]))
    axes = len(tensor.sizes) - 2
    size, factor = operation.given(1, "size"), operation.given(2, "scale_factor")
    if isinstance(size, Plain | Items) and not (isinstance(size, Plain) and size.value is None):
        return operation.like(tensor, (*tensor.sizes[:2], *spread(size, axes, 1)))
    factors = spread(factor, axes, 1)
    factors = [replace(one, value=_whole(one.value)) for one in factors]
    inner = [times([one, two]) for one, two in zip(tensor.sizes[2:], factors, strict=False)]
    return operation.like(tensor, (*tensor.sizes[:2], *inner))


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def projected(tensor: Tensor, operation: Operation) -> Value:
    """`F.linear(x, weight)`."""
    assert tensor.sizes is not None
    weight = operation.given(1, "weight")
    if not isinstance(weight, Tensor) or not weight.sizes or not tensor.sizes:
        return operation.like(tensor, None)
    agree(tensor.sizes[-1], weight.sizes[-1], tensor, weight)
    return operation.like(tensor, (*tensor.sizes[:-1], weight.sizes[0]))


def diagonal(tensor: Tensor, operation: Operation) -> Value:
    """Of a row a matrix, of a matrix its diagonal."""
    sizes = tensor.sizes or ()
    return operation.like(tensor, sizes * 2 if len(sizes) == 1 else sizes[:1])


def some(tensor: Tensor, operation: Operation) -> Value:
    """Rows of which only the run knows how many there are."""
    return operation.like(tensor, [Plain()])


def cut_up(tensor: Tensor, operation: Operation) -> Value:
    """`split` of NumPy and TensorFlow: so many parts of the same size."""
    count = operation.given(1, "num_or_size_splits", "indices_or_sections")
    axis = operation.given(2, *AXES) or Plain(0)
    at = axis_at(axis, len(tensor.sizes or ())) if isinstance(axis, Plain) else None
    number = count.number if isinstance(count, Plain) else None
    if at is None or not number or number > _PARTS or tensor.sizes is None:
        return UNKNOWN
    size = tensor.sizes[at]
    part = Plain(OPEN if size.number is None else size.number // number, size.made)
    piece = operation.like(tensor, _placed(tensor, axis, [part]))
    return Items([piece] * number, is_tuple=True)


# --- of several, and new ones ---------------------------------------------------------------------


def summed(operation: Operation) -> Value:
    """`einsum("bij,bjk->bik", x, y)`."""
    text, *given = operation.args
    said = text.value if isinstance(text, Plain) else None
    if not isinstance(said, str) or "->" not in said or "." in said:
        return Tensor()
    inputs, _, output = said.replace(" ", "").partition("->")
    first = next((one for one in given if isinstance(one, Tensor)), Tensor())
    known: dict[str, Plain] = {}
    for letters, tensor in zip(inputs.split(","), given, strict=False):
        sizes = tensor.sizes if isinstance(tensor, Tensor) else None
        if sizes is None or len(sizes) != len(letters):
            continue
        for letter, size in zip(letters, sizes, strict=True):
            known[letter] = agree(size, known.get(letter, size), tensor, first)  # type: ignore[arg-type]
    return operation.like(first, [known.get(letter, Plain()) for letter in output])


def grid(operation: Operation) -> Value:
    """`meshgrid(a, b)`: of NumPy, unless it is said, the second axis first."""
    tensors = [one for one in operation.args if isinstance(one, Tensor)]
    lengths = [one.sizes[0] if one.sizes else Plain() for one in tensors]
    said = operation.named.get("indexing", Plain("ij" if operation.library == "torch" else "xy"))
    if isinstance(said, Plain) and said.value == "xy":
        lengths[:2] = lengths[:2][::-1]
    return Items([operation.like(one, lengths) for one in tensors], is_tuple=True)


def columns(operation: Operation) -> Value:
    """`column_stack([a, b])`: rows of numbers become columns."""
    given = operation.given(0, "tup")
    items = given.items if isinstance(given, Items) and not given.is_open else []
    tensors = [one for one in items if isinstance(one, Tensor) and one.sizes]
    if not tensors or len(tensors) < len(items):
        return Tensor()
    wide = [one.sizes[1] if len(one.sizes or ()) > 1 else Plain(1) for one in tensors if one.sizes]
    first = tensors[0]
    assert first.sizes is not None
    return operation.like(first, (first.sizes[0], total(wide)))


def square(operation: Operation) -> Value:
    """`eye(n)`."""
    rows = operation.given(0, "n", "N")
    wide = operation.given(1, "m", "M") or rows
    sizes = [one if isinstance(one, Plain) else Plain() for one in (rows, wide)]
    dtype = "float64" if operation.library == "numpy" else "float32"
    return Tensor(
        sizes=tuple(sizes),
        dtype=dtype,
        typed=frozenset({operation.node}),
        formed=frozenset({operation.node}),
        is_array=operation.library == "numpy",
    )


def rows_padded(operation: Operation) -> Value:
    """Keras' `pad_sequences(rows, maxlen=...)`."""
    given = operation.given(0, "sequences")
    count = given.length if isinstance(given, Repeated) else Plain()
    if isinstance(given, Items) and not given.is_open:
        count = Plain(len(given.items))
    length = operation.given(1, "maxlen")
    made = frozenset({operation.node})
    size = length if isinstance(length, Plain) and length.value is not None else Plain(OPEN, made)
    return Tensor(sizes=(count, size), dtype="int32", typed=made, formed=made, is_array=True)
