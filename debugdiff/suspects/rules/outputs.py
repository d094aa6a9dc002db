"""Rules for outputs: what the last layer gives and what the loss wants."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.layers import layers_of
from debugdiff.source.operations import axis_of
from debugdiff.source.place import Place
from debugdiff.source.roles.outputs import from_logits, outputs, own_activation
from debugdiff.source.syntax import last_name
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from debugdiff.source.program import Program


_TWICE = "The loss expects logits and applies the {} itself; here it is applied twice."


_RECTIFIED = "After a ReLU no logit is below 0: the model cannot say no."


@of_text("probabilities-to-logits-loss")
def probabilities_to_logits_loss(program: Program) -> Clues:
    """A softmax or sigmoid before a loss that applies its own (UMLAUT; NeuraLint)."""
    for output in outputs(program.roles):
        for place, name in output.activations if output.wants == "logits" else ():
            if name in {"softmax", "sigmoid"}:
                yield Clue(at=place.location, weight="activation", reason=_TWICE.format(name))
                said = from_logits(output.loss)
                if said is not None:
                    reason = "The model gives probabilities; `from_logits` says otherwise."
                    at = output.loss.made.location
                    yield Clue(at=at, weight="loss", reason=reason)


@of_text("rectified-output")
def rectified_output(program: Program) -> Clues:
    """A ReLU on what a cross-entropy takes: no logit is below 0 (NeuraLint; TheDeepChecker)."""
    for output in outputs(program.roles):
        last = output.activations[:1] if output.wants in {"logits", "probabilities"} else ()
        for place, name in last:
            if name in {"relu", "relu6"} and output.loss.api.labels in _CLASSES:
                yield Clue(at=place.location, reason=_RECTIFIED)


@of_text("logits-to-probability-loss")
def logits_to_probability_loss(program: Program) -> Clues:
    """Plain outputs for a loss that wants probabilities (UMLAUT, "missing softmax"; NeuraLint)."""
    reason = "The loss expects probabilities, but nothing before it is a softmax or sigmoid."
    for output in outputs(program.roles):
        plain = {name for _, name in output.activations} <= {"relu"}
        if output.wants == "probabilities" and output.complete and plain:
            yield Clue(at=output.loss.made.location, weight="loss", reason=reason)
            for head in output.heads:
                yield Clue(at=head.made.location, weight="head", reason=reason)


@of_text("sigmoid-for-classes")
def sigmoid_for_classes(program: Program) -> Clues:
    """A sigmoid for several classes that exclude each other (NeuraLint; UMLAUT)."""
    reason = "A categorical loss needs a softmax; these sigmoids do not add up to 1."
    for output in outputs(program.roles):
        if output.wants == "probabilities" and output.loss.api.labels in {"indices", "one-hot"}:
            for place, name in output.activations:
                if name == "sigmoid":
                    yield Clue(at=place.location, weight="activation", reason=reason)
                    yield Clue(at=output.loss.made.location, weight="loss", reason=reason)


_CLASSES = frozenset({"indices", "one-hot", "binary"})


@of_text("one-unit-softmax")
def one_unit_softmax(program: Program) -> Clues:
    """A softmax over one unit, which is always 1 (UMLAUT; NeuraLint; Stack Overflow)."""
    behind = {
        head.made
        for output in outputs(program.roles)
        for head in output.heads
        if "softmax" in {name for _, name in output.activations}
    }
    for layer in layers_of(program):
        made = Place(layer.file, layer.call)
        names = own_activation(program.roles, made, layer.api.name) if layer.api.is_layer else ()
        is_softmax = made in behind or any(name == "softmax" for _, name in names)
        if layer.gives == 1 and is_softmax:
            yield Clue(at=layer.location, reason="A softmax over one unit is always 1.")


@of_text("softmax-over-batch")
def softmax_over_batch(program: Program) -> Clues:
    """A softmax along axis 0, over the examples of a batch (Stack Overflow; DEForm)."""
    for call in program.flow.calls_of("softmax", "log_softmax", "Softmax", "LogSoftmax"):
        if program.number(axis_of(program.flow, call), call.file) == 0:
            reason = "Axis 0 counts the examples of the batch, not the classes."
            yield Clue(at=call.location, reason=reason)


@of_text("log-of-softmax")
def log_of_softmax(program: Program) -> Clues:
    """The logarithm of a softmax or sigmoid: `-inf` once one of them is 0 (TheDeepChecker)."""
    for file, call in program.calls:
        if last_name(call.func) == "log" and len(call.args) == 1:
            inner = call.args[0]
            name = last_name(inner.func) if isinstance(inner, ast.Call) else ""
            if name in {"softmax", "sigmoid"}:
                reason = f"`log({name}(...))` is -inf where it is 0: use `log_{name}`."
                yield Clue(at=file.location(call), reason=reason)
