"""The loss: where it is made and computed, and what it is given."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.api import Api
from debugdiff.source.bindings import bindings_of
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.syntax import argument_of, last_name
from debugdiff.source.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_STEPS = 200
_MEANS = frozenset({"mean", "reduce_mean"})
_OF_THE_USER = Api(name="", kind="loss", wants="unknown", labels="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A loss of the library that trains the program.

    Attributes:
        made: what makes it: a call, a string, or a function's name.
        call: the call that computes it; with `fit`, the call of `fit`.
        api: what it wants.
        predictions, targets: what it is given; `None` where no expression of the program is.
        settings: what has its settings, such as `from_logits`.
        owner: whose loss it is: of several outputs, the name or number of the output.
    """

    made: Place
    call: Place
    api: Api
    predictions: Place | None
    targets: Place | None
    settings: Place


def losses_of(roles: Roles) -> tuple[Loss, ...]:
    """Every loss that the program trains with, as far as the library computes it."""
    return roles.keep(_losses)


def _losses(roles: Roles) -> tuple[Loss, ...]:
    found = [loss for value in trained_values(roles) for loss in _computed(roles, value)]
    return tuple(dict.fromkeys([*found, *_compiled(roles)]))


def trained_values(roles: Roles) -> Iterator[Value]:
    """What gradients are taken of: `loss.backward()`, `tape.gradient(loss, ...)`."""
    for call in roles.flow.calls_of("backward", "manual_backward"):
        node = call.node
        assert isinstance(node, ast.Call)
        if node.args:
            yield Value(Place(call.file, node.args[0]))
        elif isinstance(node.func, ast.Attribute):
            yield Value(Place(call.file, node.func.value))
    for call in roles.flow.calls_of("gradient", "minimize", "value_and_grad"):
        node = call.node
        assert isinstance(node, ast.Call)
        if node.args:
            yield Value(Place(call.file, node.args[0]))
    if not roles.flow.calls_of("backward", "manual_backward"):
        yield from _returned_losses(roles)


def _returned_losses(roles: Roles) -> Iterator[Value]:
    """The loss that a `training_step` hands to somebody else's trainer."""
    for file, owner in roles.program.classes.values():
        step = roles.flow.method(Place(file, owner), "training_step")
        yield from roles.flow.results(step) if step else ()


def _computed(roles: Roles, start: Value) -> Iterator[Loss]:
    waiting, seen = [start], {start}
    while waiting and len(seen) < _STEPS:
        value = waiting.pop(0)
        for end in roles.flow.origins(value.place, value.path):
            loss = loss_at(roles, end.place)
            if loss is not None:
                yield loss
                continue
            fresh = [each for each in before_loss(roles, end) if each not in seen]
            seen.update(fresh)
            waiting += fresh


def before_loss(  # noqa: PLR0911 - one form of an expression each
    roles: Roles, end: Value
) -> list[Value]:
    """What goes into a value that gradients are taken of, one step back towards the loss."""
    file, node = end.place.file, end.place.node
    match node:
        case ast.BinOp(left=left, right=right):
            return [Value(Place(file, side)) for side in (left, right)]
        case ast.UnaryOp(operand=inner):
            return [Value(Place(file, inner))]
        case ast.Lambda(body=inner):
            return [Value(Place(file, inner))]
        case ast.FunctionDef():
            return roles.flow.results(end.place)
        case ast.Call(func=ast.Attribute(value=receiver, attr=name), args=arguments):
            if name in api.passes().methods and roles.flow.callee(end.place).kind != "library":
                return [Value(Place(file, receiver))]
            return [Value(Place(file, argument)) for argument in arguments[:1]]
        case ast.Call(args=arguments):
            return [Value(Place(file, argument)) for argument in arguments[:1]]
    return []


def loss_at(roles: Roles, place: Place) -> Loss | None:
    """The loss that a call computes, if it computes one of the library's."""
    if not isinstance(place.node, ast.Call):
        return None
    callee = roles.flow.callee(place)
    known = api.known().get(callee.name)
    if known is None:
        return None
    if callee.kind == "library" and known.kind == "loss-call":
        made = Place(place.file, place.node.func)
        given = {name: _argument(place, known, name) for name in ("predictions", "targets")}
        return Loss(made=made, call=place, api=known, settings=place, **given)
    if callee.kind == "layer" and known.kind == "loss" and callee.made is not None:
        return _of_object(place, callee.made, known)
    return None


def _of_object(place: Place, made: Place, known: Api) -> Loss:
    """A loss object that is called: PyTorch's takes predictions first, Keras' targets first."""
    names = ("input", "target") if known.name.startswith("torch") else ("y_pred", "y_true")
    at = (0, 1) if known.name.startswith("torch") else (1, 0)
    node = place.node
    assert isinstance(node, ast.Call)
    given = [argument_of(node, name, index) for name, index in zip(names, at, strict=True)]
    predictions, targets = (Place(place.file, each) if each else None for each in given)
    return Loss(
        made=made,
        call=place,
        api=known,
        predictions=predictions,
        targets=targets,
        settings=made,
    )


def _argument(place: Place, known: Api, name: str) -> Place | None:
    assert isinstance(place.node, ast.Call)
    found = argument_of(place.node, known.own(name), known.position(name))
    return Place(place.file, found) if found else None


# --- compile and fit ----------------------------------------------------------------------------


def _compiled(roles: Roles) -> Iterator[Loss]:
    """The losses that `compile` is given, with the `fit` that computes them."""
    for call in compilations(roles):
        node = call.node
        assert isinstance(node, ast.Call)
        given = argument_of(node, "loss", 1)
        fits = fits_of(roles, call)
        if given is None:
            continue
        computes = fits[0] if fits else call  # somebody else may call `fit`
        outputs = outputs_of(roles, call)
        for index, made in enumerate(_each_loss(roles, Place(call.file, given))):
            known, settings = _known_loss(roles, made)
            if known is not None:
                targets = argument_of(computes.node, "y", 1) if fits else None  # type: ignore[arg-type]
                yield Loss(
                    made=made,
                    call=computes,
                    api=known,
                    predictions=outputs[min(index, len(outputs) - 1)] if outputs else None,
                    targets=Place(computes.file, targets) if targets else None,
                    settings=settings,
                )


def compilations(roles: Roles) -> list[Place]:
    """The calls of Keras' `compile`."""
    return roles.keep(_compilations)


def _compilations(roles: Roles) -> list[Place]:
    flow = roles.flow
    return [
        call
        for call in flow.calls_of("compile")
        if flow.callee(call).kind in {"method", "unknown"} and not _is_regex(call)
    ]


def _is_regex(call: Place) -> bool:
    match call.node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re" | "torch" | "builtins"))):
            return True
    return False


def fits_of(roles: Roles, compilation: Place) -> list[Place]:
    """The calls of `fit` on the object that a `compile` prepares; of one object, all of them."""
    fits = roles.keep(_fits)
    own = (fits.get(receiver, {}) for receiver in receivers_of(roles, compilation))
    alone = len(compilations(roles)) == 1
    meant = _merged(own) or (_merged(fits.values()) if alone else {})
    return [meant[at] for at in sorted(meant)]


def _fits(roles: Roles) -> dict[Place | None, dict[int, Place]]:
    """The calls of `fit` by their order, for each object that they are called on."""
    found: dict[Place | None, dict[int, Place]] = {}
    for at, call in enumerate(roles.flow.calls_of("fit")):
        if roles.flow.callee(call).kind in {"method", "unknown"}:
            for receiver in receivers_of(roles, call) or (None,):
                found.setdefault(receiver, {})[at] = call
    return found


def _merged(calls: Iterable[dict[int, Place]]) -> dict[int, Place]:
    return {at: call for each in calls for at, call in each.items()}


def receivers_of(roles: Roles, call: Place) -> frozenset[Place]:
    """Where the object comes from whose method is called."""
    node = call.node
    assert isinstance(node, ast.Call)
    if not isinstance(node.func, ast.Attribute):
        return frozenset()
    ends = roles.flow.origins(Place(call.file, node.func.value))
    return frozenset(end.place for end in ends)


def _each_loss(roles: Roles, given: Place) -> Iterator[Place]:
    """One loss, or those of a list or a dictionary of them."""
    for end in roles.flow.origins(given):
        node, file = end.place.node, end.place.file
        match node:
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                for part in parts:
                    yield from _each_loss(roles, Place(file, part))
            case ast.Dict(values=parts):
                for part in parts:
                    yield from _each_loss(roles, Place(file, part))
            case _:
                yield end.place


def _known_loss(roles: Roles, made: Place) -> tuple[Api | None, Place]:
    """What a compiled loss wants, and its settings; of the user's own, those of the one in it."""
    node = made.node
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return api.known().get(api.stands_for("loss").get(node.value, "")), made
    if isinstance(node, ast.Call):
        callee = roles.flow.callee(made)
        known = api.known().get(callee.name)
        is_loss = callee.kind == "library" and known is not None and known.kind == "loss"
        return (known if is_loss else None), made
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        inner = [loss for value in roles.flow.results(made) for loss in _computed(roles, value)]
        return (inner[0].api, inner[0].settings) if inner else (_OF_THE_USER, made)
    known = api.known().get(roles.flow.library_name(made))
    return (known if known and known.kind == "loss-call" else None), made


def outputs_of(roles: Roles, compilation: Place) -> list[Place]:
    """The expressions that a compiled model's outputs come from."""
    found: list[Place] = []
    for model in receivers_of(roles, compilation):
        found += model_outputs(roles, model)
    return found


def model_outputs(roles: Roles, model: Place) -> list[Place]:
    """The expressions of a model's outputs: `outputs=`, what `call` returns, or the container."""
    flow, node = roles.flow, model.node
    if isinstance(node, ast.ClassDef):  # `self.compile(...)`
        return _returned(roles, model)
    if not isinstance(node, ast.Call):
        return []
    callee = flow.callee(model)
    if callee.kind == "class" and callee.made is not None:
        return _returned(roles, callee.made)
    if callee.name == "keras.Model":
        outputs = argument_of(node, "outputs", 1)
        return list(_listed(Place(model.file, outputs))) if outputs else []
    return [model]


def _returned(roles: Roles, owner: Place) -> list[Place]:
    function = roles.flow.method(owner, "call", "forward")
    results = roles.flow.results(function) if function else []
    return [place for value in results for place in _listed(value.place)]


def _listed(place: Place) -> Iterator[Place]:
    node = place.node
    if isinstance(node, (ast.List, ast.Tuple)):
        yield from (Place(place.file, part) for part in node.elts)
    elif isinstance(node, ast.Dict):
        yield from (Place(place.file, part) for part in node.values)
    else:
        yield place


# --- the roles ------------------------------------------------------------------------------------

_NO_LOSS = "no loss of the library is computed for training in this program"


@role("loss", "what makes the loss: a call, a string, or the name of a function")
def loss(roles: Roles) -> Answer:
    """The maker of every loss that trains the program."""
    return found_or([each.made for each in losses_of(roles)], _NO_LOSS)


@role("loss-call", "the call that computes the loss for training; with `fit`, the call of `fit`")
def loss_call(roles: Roles) -> Answer:
    """The call that computes every loss."""
    return found_or([each.call for each in losses_of(roles)], _NO_LOSS)


@role("predictions", "the expression that the loss takes as the model's output")
def predictions(roles: Roles) -> Answer:
    """What every loss compares with the targets."""
    return _given(roles, [each.predictions for each in losses_of(roles)], "prediction")


@role("targets", "the expression that the loss, or `fit`, takes as the labels")
def targets(roles: Roles) -> Answer:
    """What every loss compares the predictions with."""
    return _given(roles, [each.targets for each in losses_of(roles)], "target")


def _given(roles: Roles, expressions: list[Place | None], what: str) -> Answer:
    if not losses_of(roles):
        return Missing(reason=_NO_LOSS)
    places = [place for place in expressions if place is not None]
    return found_or(places, f"no expression of this program is the loss's {what}")


@role("loss-name", "the string that `compile` takes for a loss")
def loss_name(roles: Roles) -> Answer:
    """A loss that is given by its name."""
    names = [each.made for each in losses_of(roles) if isinstance(each.made.node, ast.Constant)]
    return found_or(names, "no loss is given by its name in this program")


@role("loss-object", "the call that makes an object of a loss")
def loss_object(roles: Roles) -> Answer:
    """`nn.CrossEntropyLoss()`, `keras.losses.BinaryCrossentropy()`, also in a user's loss."""
    losses = losses_of(roles)
    made = [each.made for each in losses if isinstance(each.made.node, ast.Call)]
    own = [each for each in losses if isinstance(each.made.node, (ast.FunctionDef, ast.Lambda))]
    made += [each.settings for each in own if each.api.kind == "loss" and each.api.name]
    return found_or(made, "no loss is an object in this program")


@role("loss-function", "the call of one of the library's loss functions")
def loss_function(roles: Roles) -> Answer:
    """`F.cross_entropy(...)`, `keras.losses.binary_crossentropy(...)`, also in a user's loss."""
    calls = [each.call for each in losses_of(roles) if each.api.kind == "loss-call"]
    inside = [each.call for value in handed_over(roles) for each in _computed(roles, value)]
    functions = [call for call in (*calls, *inside) if _is_function(roles, call)]
    return found_or(functions, "this program calls no loss function of the library")


def _is_function(roles: Roles, call: Place) -> bool:
    known = api.known().get(roles.flow.callee(call).name)
    return known is not None and known.kind == "loss-call"


def handed_over(roles: Roles) -> Iterator[Value]:
    """What the user's own loss functions return that `compile` is given."""
    for each in losses_of(roles):
        if isinstance(each.made.node, (ast.FunctionDef, ast.Lambda)):
            yield from roles.flow.results(each.made)


@role("computed-loss", "the expression whose gradients are taken, where it is computed")
def computed_loss(roles: Roles) -> Answer:
    """The right side of `loss = ...`, or what the user's own loss function returns."""
    values = [*trained_values(roles), *handed_over(roles)]
    found = [place for value in values for place in _where_computed(value)]
    return found_or(found, "the loss of this program is computed by the library")


def _where_computed(value: Value) -> Iterator[Place]:
    node, file = value.place.node, value.place.file
    if not isinstance(node, ast.Name):
        if isinstance(node, ast.expr):
            yield value.place
        return
    for bound in bindings_of(file, node):
        if isinstance(bound.node, ast.expr) and not bound.path:
            yield Place(file, bound.node)


@role("mean-loss", "the mean over the losses of a batch that is written out")
def mean_loss(roles: Roles) -> Answer:
    """`losses.mean()` or `ops.mean(losses)` of what gradients are taken of."""
    values = [*trained_values(roles), *handed_over(roles)]
    ends = [end for value in values for end in roles.flow.origins(value.place, value.path)]
    means = [
        end.place
        for end in ends
        if isinstance(end.place.node, ast.Call) and last_name(end.place.node.func) in _MEANS
    ]
    return found_or(means, "no mean over the losses of a batch is written out in this program")
