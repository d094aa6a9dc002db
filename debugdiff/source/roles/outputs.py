"""What stands between the output layer and the loss: which activation, and what the loss wants."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import losses_of, model_outputs
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.roles.structure import makers_of_output
from debugdiff.source.syntax import argument_of, last_name
from debugdiff.source.trails import Trails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.roles.losses import Loss
    from debugdiff.source.tensors import Application, Makers

UNKNOWN = "unknown"
_METHODS = frozenset({"softmax", "log_softmax", "sigmoid", "relu", "tanh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One loss with what its predictions went through.

    Attributes:
        wants: what the loss takes: `logits`, `probabilities` ...; `unknown` where it is open.
        heads: the last layers with weights.
        activations: where each activation behind them is applied, and its name.
        complete: whether every way from the loss to a layer could be walked.
    """

    loss: Loss
    wants: str
    heads: tuple[Application, ...]
    activations: tuple[tuple[Place, str], ...]
    complete: bool


def outputs(roles: Roles) -> list[Output]:
    """Every loss of the library that trains the program, with its way back to the layers."""
    return [output_of(roles, loss) for loss in losses_of(roles) if loss.predictions is not None]


def output_of(roles: Roles, loss: Loss) -> Output:
    """One loss that is given predictions, with its way back to the layers."""
    assert loss.predictions is not None
    makers = makers_of_output(roles, loss.predictions)
    return Output(
        loss=loss,
        wants=wanted(loss),
        heads=makers.applications,
        activations=tuple(activations_behind(roles, makers)),
        complete=is_complete(makers),
    )


def is_complete(makers: Makers) -> bool:
    """Whether every way back from an output could be walked, to one layer."""
    return not makers.unknown and len({one.made for one in makers.applications}) == 1


def activations_behind(roles: Roles, makers: Makers) -> Iterator[tuple[Place, str]]:
    """Where each activation between the last layer with weights and an output is, and its name."""
    for step in makers.steps:
        name = _of_step(roles, step)
        if name:
            yield step, name
    for application in makers.applications:
        yield from own_activation(roles, application.made, application.name)


def own_activation(roles: Roles, made: Place, name: str) -> Iterator[tuple[Place, str]]:
    """The `activation=` that a layer is given, where it is one; `linear` counts as none."""
    known = api.known()[name]
    if "activation" not in known.args or not isinstance(made.node, ast.Call):
        return
    given = argument_of(made.node, "activation", known.position("activation"))
    match given:
        case None | ast.Constant(value=None | "linear"):
            return
        case ast.Constant(value=str() as text):
            yield Place(made.file, given), text
        case _:
            place = Place(made.file, given)
            found = api.known().get(roles.flow.library_name(place))
            yield place, found.activation if found and found.activation else "other"


def _of_step(roles: Roles, step: Place) -> str:
    """The activation that a step behind the head applies, if it applies one."""
    if not isinstance(step.node, ast.Call):
        return ""
    callee = roles.flow.callee(step)
    known = api.known().get(callee.name)
    if known and known.name == "keras.layers.Activation":
        made = callee.made.node if callee.made else step.node
        given = argument_of(made, "activation", 0) if isinstance(made, ast.Call) else None
        return str(given.value) if isinstance(given, ast.Constant) else "other"
    if known and known.kind in {"activation", "activation-call"}:
        return known.activation or "other"
    name = last_name(step.node.func)
    return name if name in _METHODS else ""


def wanted(loss: Loss) -> str:
    """What a loss takes as predictions; Keras' cross-entropies say so by `from_logits`."""
    if loss.api.wants != "by from_logits":
        return loss.api.wants
    given = from_logits(loss)
    match given:
        case None | ast.Constant(value=False):
            return "probabilities"
        case ast.Constant(value=True):
            return "logits"
    return UNKNOWN


def from_logits(loss: Loss) -> ast.expr | None:
    """The argument `from_logits` of a loss, where it is written."""
    node = loss.settings.node
    position = loss.api.position("from_logits")
    return argument_of(node, "from_logits", position) if isinstance(node, ast.Call) else None


@role("output-activation", "what applies an activation after the output layer")
def output_activation(roles: Roles) -> Answer:
    """A call of its own, or a layer; not the `activation=` of the output layer itself."""
    places = [
        place
        for output in outputs(roles)
        for place, _ in output.activations
        if isinstance(place.node, ast.Call)
    ]
    return found_or(places, "no activation of its own follows the output layer")


@role("output", "the expression of what the model hands out")
def output_of_model(roles: Roles) -> Answer:
    """What `forward` or `call` returns, the outputs of a functional model, or the container."""
    answer = roles.find("model")
    if isinstance(answer, Missing):
        return answer
    found = [place for made in answer.places for place in model_outputs(roles, made)]
    return found_or(found, "the text does not show what the model hands out")


@role("squeeze", "what takes an axis of size one off the model's output in training")
def squeeze(roles: Roles) -> Answer:
    """`.squeeze(1)` or `torch.squeeze(logits, 1)` on the way from the model to the loss."""
    ways = [
        part
        for loss in losses_of(roles)
        if loss.predictions is not None
        for part in Trails(roles.flow).back(loss.predictions)
    ]
    calls = [
        p for p in ways if isinstance(p.node, ast.Call) and last_name(p.node.func) == "squeeze"
    ]
    return found_or(calls, "nothing squeezes the model's output on its way to the loss")
