"""Rules for a loss that cannot compare what it is given."""

from __future__ import annotations

import ast
import itertools
import re
from typing import TYPE_CHECKING

from debugdiff.source.syntax import argument_of, last_name, plain_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.suspects.crash import Crash

_POINTWISE = frozenset(
    {
        *("mseloss", "l1loss", "smoothl1loss", "huberloss", "meansquarederror", "mse"),
        *("meanabsoluteerror", "mae", "huber", "logcosh", "meansquaredlogarithmicerror"),
    }
)
"""Losses that subtract number by number, without underscores and in small letters."""
_SECOND = re.compile(r"Expected target size \[(\d+), (\d+)\], got \[(\d+), (\d+)\]")
_SHAPES = re.compile(r"\[([\d,\s]+)\]")


@of_crash("pointwise-loss", {Kind.BROADCAST, Kind.TARGET, Kind.ROWS})
def pointwise_loss(crash: Crash) -> Clues:
    """A loss for numbers, given scores of classes and labels (NeuraLint; Stack Overflow)."""
    if _in_pointwise_loss(crash):
        reason = (
            "This loss subtracts number by number; scores of classes and their labels, which have"
            " one axis less, are for a cross-entropy."
        )
        number = "ranks-differ" if _ranks_differ(crash) else "line"
        for location in dict.fromkeys(_pointwise_losses(crash)):
            yield Clue(at=location, weight=number, reason=reason)


def _in_pointwise_loss(crash: Crash) -> bool:
    """Whether such a loss was at work: it printed a frame, or the message names its node."""
    at_work = (frame.function for frame in crash.failure.frames)
    named = re.findall(r"[A-Za-z]\w+", crash.message)
    return any(plain_name(name) in _POINTWISE for name in itertools.chain(at_work, named))


def _ranks_differ(crash: Crash) -> bool:
    """Whether the two sides have not the same number of axes, in the message or as found."""
    told = [shape.count(",") for shape in _SHAPES.findall(crash.message)]
    found = [
        len(operand.shape)
        for frame in crash.frames[:1]
        for operand in frame.operands
        if operand.shape
    ]
    return len(set(told)) > 1 or len(set(found)) > 1


def _pointwise_losses(crash: Crash) -> Iterator[Location]:
    """Where the program chooses such a loss: in `compile`, as an object, or by calling it."""
    for file, call in crash.program.calls:
        name = last_name(call.func)
        chosen = argument_of(call, "loss", 1) if name == "compile" else None
        if isinstance(chosen, ast.Constant) and plain_name(str(chosen.value)) in _POINTWISE:
            yield file.location(chosen)
        elif plain_name(name) in _POINTWISE:
            yield file.location(call)


@of_crash("classes-not-second", {Kind.TARGET})
def classes_not_second(crash: Crash) -> Clues:
    """Cross entropy of PyTorch wants the classes on axis 1: (N, C, d1, ...) in its documentation.

    Predictions of every step mostly have them on the last one.
    """
    sizes = _SECOND.search(crash.message)
    for frame in crash.frames[:1] if sizes else ():
        rows, classes, _, steps = map(int, sizes.groups() if sizes else ())
        if any(operand.shape == (rows, steps, classes) for operand in frame.operands):
            reason = f"The loss takes axis 1, of {steps}, for the classes; here they are last."
            yield Clue(at=frame.location, reason=reason)
