"""Rules for predictions that do not fit their targets: the labels, the last layer.

What is wrong shows in the two shapes: one-hot labels for a sparse loss, labels as numbers for a
categorical one, every step of a sequence where one answer was meant, one class too few.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from enum import StrEnum
from math import prod
from typing import TYPE_CHECKING

from debugdiff.source.place import Place
from debugdiff.source.roles.outputs import output_of
from debugdiff.source.syntax import last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue, edit_at
from debugdiff.suspects.rules.sizes import sizes_of
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from debugdiff.source.layers import Layer
    from debugdiff.suspects.crash import Crash


Shape = tuple[int | None, ...]


class Mismatch(StrEnum):
    """What the shapes of targets and predictions say."""

    ONE_HOT_TARGETS = "one-hot targets"
    NUMBERED_TARGETS = "numbered targets"
    SEQUENCE = "a sequence of predictions"
    WIDTH = "another number of classes"
    FORM = "the same numbers in another form"
    BETWEEN = "another size between rows and channels"
    COLUMN = "a column against a row"
    ROWS = "another number of rows"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Shapes of targets and predictions, as far as the message says which is which."""

    target: Shape
    output: Shape


_KERAS = re.compile(r"target\.shape=\(([^)]*)\),\s*output\.shape=\(([^)]*)\)")


_TORCH = re.compile(
    r"Target size \(torch\.Size\(\[([^\]]*)\]\)\).*input size \(torch\.Size\(\[([^\]]*)\]\)\)"
)


_TORCH_TOO = re.compile(
    r"target size \(torch\.Size\(\[([^\]]*)\]\)\) that is different to the input size"
    r" \(torch\.Size\(\[([^\]]*)\]\)\)"
)


_WANTED = re.compile(r"Expected target size \[([^\]]*)\], got \[([^\]]*)\]")


_LABELS = re.compile(r"logits.*?\[([\d,\s]*)\].*?labels.*?\[([\d,\s]*)\]", re.DOTALL)


_ONE_HOT = frozenset(
    {"to_categorical", "one_hot", "get_dummies", "OneHotEncoder", "LabelBinarizer"}
)


def sides(message: str) -> Sides | None:
    """The two shapes of a message."""
    for pattern in (_KERAS, _TORCH, _TORCH_TOO):
        if match := pattern.search(message):
            return Sides(target=shape_of(match[1]), output=shape_of(match[2]))
    if match := _WANTED.search(message):
        wanted, got = shape_of(match[1]), shape_of(match[2])
        # The target that would fit predictions of the shape (rows, classes, *rest).
        return Sides(target=got, output=(*wanted[:1], None, *wanted[1:]))
    if match := _LABELS.search(message):
        return Sides(target=shape_of(match[2]), output=shape_of(match[1]))
    return None


def shape_of(text: str) -> Shape:
    """The sizes of a shape as a message prints it; what is no number is open."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(int(part) if part.isdigit() else None for part in parts)


def misfit(  # noqa: PLR0911 - one answer per kind
    found: Sides | None, *, sparse: bool
) -> Mismatch:
    """What two shapes say."""
    if found is None:
        return Mismatch.UNKNOWN
    target, output = found.target, found.output
    if sparse and len(output) == len(target) and output[:-1] == target[:-1]:
        return Mismatch.ONE_HOT_TARGETS
    if not sparse and output and output[:-1] == target and output[-1] not in {0, 1}:
        return Mismatch.NUMBERED_TARGETS
    if _is_other_form(found):
        return Mismatch.FORM
    if len(output) > len(target) + (1 if sparse else 0):
        one_more = len(output) == len(target) + 1
        column = one_more and output[-1] in {0, 1}
        return (
            Mismatch.COLUMN
            if column
            else Mismatch.NUMBERED_TARGETS
            if one_more and not sparse and (output[-1] != 1 and len(target) == 1)
            else Mismatch.SEQUENCE
        )
    if len(output) == len(target):
        if target and target[-1] == 1 and output[-1] != 1:
            return Mismatch.NUMBERED_TARGETS
        if is_between(found):
            return Mismatch.BETWEEN
        return Mismatch.WIDTH if output[:1] == target[:1] else Mismatch.ROWS
    return Mismatch.UNKNOWN


def is_between(found: Sides) -> bool:
    """Whether rows and channels agree, be they last or second, and another size does not."""
    target, output = found.target, found.output
    deep = len(output) == len(target) > 2  # noqa: PLR2004
    second = deep and len(output) > 3 and output[1] == target[1]  # noqa: PLR2004 - pictures, channels first
    channels = second or output[-1:] == target[-1:]
    return deep and output[:1] == target[:1] and channels and output != target


def _is_other_form(found: Sides) -> bool:
    """Whether one side is the other one, flattened."""
    target = [size for size in found.target if size is not None]
    output = [size for size in found.output if size is not None]
    known = len(target) + len(output) == len(found.target) + len(found.output)
    axes = sorted({len(target), len(output)})
    return known and len(axes) > 1 and axes[0] > 1 and prod(target) == prod(output)


def _is_sparse(crash: Crash) -> bool:
    """Whether the loss wants class numbers."""
    told = "sparse" in crash.message.lower() or "target.ndim - 1" in crash.message
    return told or "Expected target size" in crash.message


def misfit_of(crash: Crash) -> Mismatch:
    if (
        re.search(r"sparse_categorical_crossentropy/\w", crash.message)
        and "compile_loss" in crash.message
    ):
        return Mismatch.ONE_HOT_TARGETS
    return misfit(sides(crash.message), sparse=_is_sparse(crash))


@of_crash("last-layer", {Kind.TARGET, Kind.ROWS, Kind.CLASSES})
def last_layer(crash: Crash) -> Clues:
    """The last layer, beside the loss that gets its output (UMLAUT; NeuraLint, rule on outputs)."""
    is_classes = crash.complaint.kind is Kind.CLASSES
    number = "classes" if is_classes else _BY_MISFIT.get(misfit_of(crash), "line")
    for layer in last_layers(crash):
        told = layer.gives is not None or not is_classes or "len(" in ast.unparse(layer.call)
        factor = 1.0 if told else weight("last-layer", "unsaid")
        reason = f"This makes what the loss compares with the targets{sizes_of(layer)}."
        yield Clue(at=layer.location, weight=number, factor=factor, reason=reason)


_BY_MISFIT = {
    Mismatch.WIDTH: "width",
    Mismatch.UNKNOWN: "unknown",
    Mismatch.COLUMN: "column",
    Mismatch.FORM: "form",
    Mismatch.BETWEEN: "between",
}


def last_layers(crash: Crash) -> list[Layer]:
    """The layers whose output the loss at work sees; of several, those of the width that came.

    Where the text does not show which they are: the only layer that may have that width.
    """
    roles, widths = crash.program.roles, _widths(crash)
    given = [output_of(roles, loss) for loss in crash.losses if loss.predictions is not None]
    heads = {head.made for output in given for head in output.heads}
    seen = [layer for layer in crash.layers if Place(layer.file, layer.call) in heads]
    if seen:
        return [layer for layer in seen if layer.gives in widths] or seen
    sized = [layer for layer in crash.layers if layer.gives_argument is not None]
    may = [layer for layer in sized if layer.gives is None or layer.gives in widths]
    return may if len(may) == 1 else []


def _widths(crash: Crash) -> set[int | None]:
    found = sides(crash.message)
    widths = {
        operand.shape[-1]
        for frame in crash.frames[:2]
        for operand in frame.operands
        if operand.shape
    }
    return {*widths, *(found.output[-1:] if found else ())} - {None}


_OF_CLASSES = frozenset({"indices", "one-hot", "binary"})
"""Labels of the losses for classes."""


@of_crash("loss-and-labels", {Kind.TARGET, Kind.CLASSES, Kind.ROWS, Kind.DTYPE})
def loss_and_labels(crash: Crash) -> Clues:
    """The loss and the form of the labels: sparse or one-hot (NeuraLint; UMLAUT)."""
    found = misfit_of(crash)
    of_loss = {
        Mismatch.NUMBERED_TARGETS: "loss-numbered",
        Mismatch.ONE_HOT_TARGETS: "loss-one-hot",
        Mismatch.UNKNOWN: "loss-unknown",
    }
    of_form = {
        Mismatch.ONE_HOT_TARGETS: "form-one-hot",
        Mismatch.WIDTH: "form-width",
        Mismatch.UNKNOWN: "form-unknown",
    }
    aside = crash.complaint.kind in {Kind.DTYPE, Kind.CLASSES}
    stopped = {frame.location for frame in crash.frames[:1]}
    for loss in (each for each in crash.losses if each.made.location not in stopped):
        of_classes = loss.api.labels in _OF_CLASSES
        factor = 1.0 if of_classes else weight("loss-and-labels", "no-entropy")
        factor *= weight("loss-and-labels", "besides") if aside else 1.0
        reason = "This chooses the loss, which decides what form the targets must have."
        number = of_loss.get(found, "line")
        edit = edit_at(loss.made.file, loss.made.node, _other_form(loss.made.text))
        yield Clue(at=loss.made.location, weight=number, factor=factor, reason=reason, edit=edit)
    for file, call in crash.program.calls:
        if last_name(call.func) in _ONE_HOT:
            near = crash.near(file.location(call), "loss-and-labels")
            yield Clue(
                at=file.location(call),
                weight=of_form.get(found, "line"),
                factor=near,
                reason="This changes the form of the labels.",
            )


def _other_form(loss: str) -> str:
    """The code of a loss of Keras' for labels of the other form; empty for any other loss."""
    for sparse, dense in (
        ("SparseCategorical", "Categorical"),
        ("sparse_categorical", "categorical"),
    ):
        if sparse in loss:
            return loss.replace(sparse, dense, 1)
        if dense in loss:
            return loss.replace(dense, sparse, 1)
    return ""


@of_crash("column-against-row", {Kind.TARGET})
def column_against_row(crash: Crash) -> Clues:
    """A column of predictions and a row of targets: one wants another axis (PyTorch forum)."""
    if misfit_of(crash) is Mismatch.COLUMN:
        for reached in crash.slice:
            if reached.depth == 1:
                reason = f"`{reached.via}` is made here: predictions and targets differ by an axis."
                yield Clue(at=reached.location, reason=reason)


@of_crash("flattened-against-whole", {Kind.TARGET})
def flattened_against_whole(crash: Crash) -> Clues:
    """Predictions and targets of as many numbers, one of them flattened (PyTorch forum)."""
    if misfit_of(crash) is Mismatch.FORM:
        for frame in crash.frames[:1] if not crash.frames[0].drives else ():
            reason = "Both sides have equally many elements, in different shapes: reshape one."
            yield Clue(at=frame.location, reason=reason)
