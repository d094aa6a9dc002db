"""The model: where it is made, its class and forward method, its head and its output."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import compilations, losses_of, model_outputs
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.tensors import (
    Application,
    Makers,
    after_last_weighted,
    last_weighted,
    makers_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


MODEL_BASES = frozenset(
    {"torch.nn.Module", "keras.Model", "keras.layers.Layer", "keras.Layer", "keras.Sequential"}
)
_MODELS = frozenset({"torch.nn.Sequential", "keras.Sequential", "keras.Model"})
_SHORT = 40
_WEIGHTS = frozenset({"parameters", "trainable_variables", "trainable_weights", "named_parameters"})


@role("model", "the call that makes the model that is trained")
def model(roles: Roles) -> Answer:
    """By the weights that an optimizer gets, or by what `compile` is called on."""
    makers = [place for owner in trained_owners(roles) for place in _makers(roles, owner)]
    return found_or(makers, "this program shows no model that is trained")


def trained_owners(roles: Roles) -> tuple[Place, ...]:
    """The expressions of what is trained."""
    return roles.keep(_trained_owners)


def _trained_owners(roles: Roles) -> tuple[Place, ...]:
    compiled = (
        Place(call.file, call.node.func.value)
        for call in compilations(roles)
        if isinstance(call.node, ast.Call) and isinstance(call.node.func, ast.Attribute)
    )
    owners = (
        Place(file, node.value)
        for file in roles.program.files.values()
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Attribute) and node.attr in _WEIGHTS
    )
    return (*compiled, *owners)


def _makers(roles: Roles, owner: Place) -> Iterator[Place]:
    if isinstance(owner.node, ast.Name) and owner.node.id == "self":
        around = owner.file.owner(owner.node)
        yield from _made_from(roles, Place(owner.file, around)) if around else ()
        return
    for end in roles.flow.origins(owner):
        if isinstance(end.place.node, ast.Call) and not end.path and _is_model(roles, end.place):
            yield end.place


def _made_from(roles: Roles, owner: Place) -> Iterator[Place]:
    for call in roles.flow.calls:
        callee = roles.flow.callee(call)
        if callee.kind == "class" and callee.made == owner and _is_model(roles, call):
            yield call


def _is_model(roles: Roles, made: Place) -> bool:
    callee = roles.flow.callee(made)
    if callee.kind == "class" and callee.made is not None:
        return bool(roles.flow.library_bases(callee.made) & MODEL_BASES)
    return callee.kind == "library" and callee.name in _MODELS


@role("model-class", "the class of the model that is trained")
def model_class(roles: Roles) -> Answer:
    """The user's class, where the model is an object of one."""
    answer = roles.find("model")
    if isinstance(answer, Missing):
        return answer
    callees = [roles.flow.callee(place) for place in answer.places]
    classes = [each.made for each in callees if each.kind == "class" and each.made]
    return found_or(classes, "no class of this program is the model")


@role("forward", "the `forward` or `call` method of the model's class")
def forward(roles: Roles) -> Answer:
    """The method that computes the model's output."""
    answer = roles.find("model-class")
    if isinstance(answer, Missing):
        return Missing(reason=f"{answer.reason}, so that it has no `forward` or `call`")
    methods = [roles.flow.method(place, "forward", "call") for place in answer.places]
    return found_or([each for each in methods if each], "the model's class has no `forward`")


def head_makers(roles: Roles) -> list[Makers]:
    """For every loss, the last layers with weights that made what it is given.

    Where the program computes its loss by itself, what the model hands out counts.
    """
    losses = losses_of(roles)
    given = [loss.predictions for loss in losses if loss.predictions is not None]
    if not losses:
        given = [output for made in roles.places("model") for output in model_outputs(roles, made)]
    return [makers_of_output(roles, place) for place in given]


def makers_of_output(roles: Roles, output: Place) -> Makers:
    """The last layers with weights that made an output of a model, or a whole container's."""
    if _is_container(roles, output):
        return _of_container(roles, output)
    return makers_of(roles.flow, output)


def _is_container(roles: Roles, place: Place) -> bool:
    return isinstance(place.node, ast.Call) and _is_model(roles, place)


def _of_container(roles: Roles, made: Place) -> Makers:
    """The last layer of a `Sequential` model: nothing in the program's text applies it."""
    last = last_weighted(roles.flow, made)
    if last is None:
        return Makers(applications=(), unknown=(made,), steps=())
    one = Application(call=made, made=last[0], name=last[1])
    steps = tuple(after_last_weighted(roles.flow, made))
    return Makers(applications=(one,), unknown=(), steps=steps)


def head_applications(roles: Roles) -> list[Application] | Missing:
    """The layers whose outputs the losses see, and where they are applied."""
    makers = head_makers(roles)
    if not makers:
        answer = roles.find("predictions")
        return answer if isinstance(answer, Missing) else Missing(reason="the loss sees no layer")
    found: dict[Application, None] = {}
    for each in makers:
        if each.unknown:
            where = each.unknown[0]
            line = where.location.line
            short = _shortened(where.text)
            return Missing(reason=f"what the loss is given is made by `{short}` in line {line}")
        if len({one.made for one in each.applications}) > 1:
            lines = ", ".join(str(one.made.location.line) for one in each.applications)
            return Missing(reason=f"several layers make what the loss is given (lines {lines})")
        found.update(dict.fromkeys(each.applications))
    return list(found)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 3]}..."


@role("head", "the call that makes the layer whose output the loss sees")
def head(roles: Roles) -> Answer:
    """The output layer, by the flow of values from the loss backwards."""
    answer = head_applications(roles)
    if isinstance(answer, Missing):
        return answer
    places = [one.made for one in answer]
    shared = [place for place in places if _is_shared(roles, place)]
    if shared:
        line = shared[0].location.line
        return Missing(reason=f"line {line} makes the output layer and other layers, too")
    return found_or(places, "no layer with weights makes what the loss is given")


def _is_shared(roles: Roles, place: Place) -> bool:
    """Whether a loop, a function or a class makes several layers by this one call."""
    for node in place.file.up(place.node):
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.For, ast.While)):
            return True
        if isinstance(node, FUNCTIONS):
            return _makes_several(roles, Place(place.file, node))
    return False


def _makes_several(roles: Roles, function: Place) -> bool:
    """Whether a function makes several parts of a model; a whole model may be made twice."""
    node = function.node
    whole = [place for place in roles.places("model") if node in place.file.up(place.node)]
    if whole:
        return False
    sites = roles.flow.sites(function)
    if isinstance(node, FUNCTIONS) and node.name == "__init__":
        sites = [site for site in sites if site.file.owner(site.node)]
    return len(sites) > 1


@role("logits", "the expression that applies the head")
def logits(roles: Roles) -> Answer:
    """Where the output layer is called; in a `Sequential` model it is its making."""
    answer = head_applications(roles)
    if isinstance(answer, Missing):
        return answer
    return found_or([one.call for one in answer], "no layer with weights is applied")
