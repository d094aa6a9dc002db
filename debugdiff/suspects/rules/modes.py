"""Rules for training and evaluation mode, and for dropout."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.layers import layers_of
from debugdiff.source.roles.training import loops_around, training_loops
from debugdiff.source.syntax import argument_of
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.place import Place
    from debugdiff.source.program import Program
    from debugdiff.source.roles import Roles


_MODAL = frozenset(
    {
        *("Dropout", "Dropout1d", "Dropout2d", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d"),
        *("TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer"),
    }
)


_TOO_MUCH_DROPOUT = weight("dropout-limits", "rate")


@of_text("dropout-extreme")
def dropout_extreme(program: Program) -> Clues:
    """A dropout that leaves next to nothing (UMLAUT warns over 0.5; DeepCrime changes the rate)."""
    roles = program.roles
    for place in roles.places("dropout"):
        known = api.known().get(roles.flow.callee(place).name)
        if known is not None and isinstance(place.node, ast.Call):
            rate = argument_of(place.node, known.own("rate"), known.position("rate"))
            value = program.number(rate, place.file)
            if value is not None and value > _TOO_MUCH_DROPOUT:
                yield Clue(at=place.location, reason=f"This drops {value:.0%} of the values.")


@of_text("never-in-evaluation-mode")
def never_in_evaluation_mode(program: Program) -> Clues:
    """Dropout or batch normalisation, an evaluation, and no `eval()` (Stack Overflow)."""
    roles = program.roles
    switched = roles.places("evaluation-mode") or any(map(_sets_mode, roles.flow.calls_of("train")))
    if _has_modes(program) and roles.places("backward") and not switched:
        for location in dict.fromkeys(map(_begin, roles.places("evaluation-pass"))):
            reason = "The model is evaluated in training mode: call `model.eval()` first."
            yield Clue(at=location, reason=reason)


def _has_modes(program: Program) -> bool:
    """Whether a layer of PyTorch's computes something else in training than outside of it."""
    return any(layer.type in _MODAL and not layer.keras for layer in layers_of(program))


def _begin(evaluation: Place) -> Location:
    """The first line of the function that evaluates; without one, the evaluation itself."""
    function = evaluation.file.function(evaluation.node)
    first = function.body[0] if function else evaluation.file.statement(evaluation.node)
    return evaluation.file.location(first)


def _sets_mode(call: Place) -> bool:
    """`model.train(False)`, `model.train(mode=training)`."""
    return isinstance(call.node, ast.Call) and bool(call.node.args or call.node.keywords)


@of_text("evaluated-in-training-mode")
def evaluated_in_training_mode(program: Program) -> Clues:
    """`train()` or `training=True` where the model is only evaluated (NeuraLint; Keras FAQ)."""
    roles = program.roles
    reason = "The model is evaluated in training mode."
    for evaluation in roles.places("evaluation-pass"):
        said = argument_of(evaluation.node, "training", None)  # type: ignore[arg-type]
        if isinstance(said, ast.Constant) and said.value is True:
            yield Clue(at=evaluation.location, weight="argument", reason=reason)
        last = [
            mode for mode in _modes_of(roles, evaluation) if mode.location < evaluation.location
        ]
        if last and last[-1] in roles.places("train-mode"):
            yield Clue(at=last[-1].location, weight="call", reason=reason)


def _modes_of(roles: Roles, place: Place) -> list[Place]:
    """What switches the mode in the function around a place, in the order of the text."""
    function = place.file.function(place.node)
    modes = (*roles.places("train-mode"), *roles.places("evaluation-mode"))
    here = [mode for mode in modes if function and mode.file.function(mode.node) is function]
    return sorted(here, key=lambda mode: mode.location)


@of_text("trained-in-evaluation-mode")
def trained_in_evaluation_mode(program: Program) -> Clues:
    """`eval()` and then training, with nothing that switches back (PyTorch forum)."""
    roles = program.roles
    for switch in dict.fromkeys([*_switched_before(roles), *_never_switched_back(program)]):
        yield Clue(at=switch.location, reason="The model is trained in evaluation mode.")


def _switched_before(roles: Roles) -> Iterator[Place]:
    """The last `eval()` above a backward pass in its function, where no `train()` is."""
    for backward in roles.places("backward"):
        above = [mode for mode in _modes_of(roles, backward) if mode.location < backward.location]
        if above and not set(above) & set(roles.places("train-mode")):
            yield above[-1]


def _never_switched_back(program: Program) -> Iterator[Place]:
    """An `eval()` in a round of training of a program that never calls `train()`."""
    roles = program.roles
    trains = roles.flow.calls_of("train")
    rounds = set(training_loops(roles)) if _has_modes(program) and not trains else set()
    for switch in roles.places("evaluation-mode") if rounds else ():
        if rounds & set(loops_around(roles, switch)):
            yield switch
