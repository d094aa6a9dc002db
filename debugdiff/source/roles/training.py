"""Training: the optimizer, the loops, `fit`, and what every step does."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import compilations
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.syntax import argument_of, last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_APPLYING = ("apply_gradients", "apply")
_DEPTH = 5


@role("optimizer", "what makes the optimizer: a call, or the string that `compile` takes")
def optimizer(roles: Roles) -> Answer:
    """Every optimizer of the library that the program makes."""
    flow, table = roles.flow, api.known()
    made = [
        call
        for call in flow.calls
        if flow.callee(call).kind == "library"
        and (known := table.get(flow.callee(call).name))
        and known.kind == "optimizer"
    ]
    return found_or([*made, *_by_name(roles)], "no optimizer of the library is made here")


def _by_name(roles: Roles) -> Iterator[Place]:
    for call in compilations(roles):
        given = argument_of(call.node, "optimizer", 0)  # type: ignore[arg-type]
        for end in roles.flow.origins(Place(call.file, given)) if given else ():
            node = end.place.node
            if isinstance(node, ast.Constant) and node.value in api.stands_for("optimizer"):
                yield end.place


@role("optimized-weights", "the weights that PyTorch's optimizer gets: `model.parameters()`")
def optimized_weights(roles: Roles) -> Answer:
    """Where the optimizer is given all of them at once, in no groups."""
    given = [
        Place(made.file, weights)
        for made in roles.places("optimizer")
        if isinstance(made.node, ast.Call)
        and isinstance(weights := argument_of(made.node, "params", 0), ast.Call)
        and last_name(weights.func) == "parameters"
    ]
    return found_or(given, "no optimizer of this program is given the weights of a model at once")


@role("compiled-model", "the model that Keras' `compile` is called on, as it is named there")
def compiled_model(roles: Roles) -> Answer:
    """`model` of `model.compile("adam", "mse")`."""
    owners = [
        Place(call.file, call.node.func.value)
        for call in compilations(roles)
        if isinstance(call.node, ast.Call) and isinstance(call.node.func, ast.Attribute)
    ]
    return found_or(owners, "this program has no call of `compile`")


@role("training-call", "the call of `fit`")
def training_call(roles: Roles) -> Answer:
    """Keras' `fit`."""
    flow = roles.flow
    calls = [
        call for call in flow.calls_of("fit") if flow.callee(call).kind in {"method", "unknown"}
    ]
    keras = [call for call in calls if compilations(roles)]
    return found_or(keras, "this program does not train by `fit`")


@role("compile-call", "the call of Keras' `compile`")
def compile_call(roles: Roles) -> Answer:
    """Where the loss and the optimizer are handed to the model."""
    return found_or(compilations(roles), "this program has no call of `compile`")


@role("backward", "the call of `backward` on the loss")
def backward(roles: Roles) -> Answer:
    """PyTorch's backward pass."""
    calls = roles.flow.calls_of("backward", "manual_backward")
    return found_or(calls, "nothing calls `backward` in this program")


@role("gradients", "the call that takes a tape's gradients")
def gradients(roles: Roles) -> Answer:
    """TensorFlow's backward pass in a loop of one's own."""
    calls = [
        call
        for call in roles.flow.calls_of("gradient")
        if isinstance(call.node, ast.Call) and isinstance(call.node.func, ast.Attribute)
    ]
    return found_or(calls, "no tape computes gradients in this program")


@role("step", "the call that has the optimizer change the weights")
def step(roles: Roles) -> Answer:
    """`optimizer.step()`, or `apply_gradients` and `apply` in Keras."""
    calls = [call for call in roles.flow.calls_of("step") if _is_on_optimizer(roles, call)]
    applied = [call for call in roles.flow.calls_of(*_APPLYING) if _is_applying(roles, call)]
    return found_or([*calls, *applied], "no statement of this program has the optimizer step")


def _is_on_optimizer(roles: Roles, call: Place) -> bool:
    node = call.node
    assert isinstance(node, ast.Call)
    if not isinstance(node.func, ast.Attribute):
        return False
    kinds = {
        known.kind
        for end in roles.flow.origins(Place(call.file, node.func.value))
        if isinstance(end.place.node, ast.Call)
        and (known := api.known().get(roles.flow.callee(end.place).name))
    }
    named = last_name(node.func.value).lower()
    return "optimizer" in kinds or (not kinds and named in {"optimizer", "optim", "opt", "scaler"})


def _is_applying(roles: Roles, call: Place) -> bool:
    node = call.node
    assert isinstance(node, ast.Call)
    if not isinstance(node.func, ast.Attribute):
        return False
    name = node.func.attr
    return name == "apply_gradients" or (name == "apply" and _is_on_optimizer(roles, call))


def receivers(roles: Roles, name: str) -> list[Place]:
    """What the calls of a role are called on, as methods without arguments."""
    return [
        Place(call.file, call.node.func.value)
        for call in roles.places(name)
        if isinstance(call.node, ast.Call)
        and isinstance(call.node.func, ast.Attribute)
        and not call.node.args
    ]


@role("stepped-optimizer", "the optimizer of PyTorch whose `step` is called, as it is named there")
def stepped_optimizer(roles: Roles) -> Answer:
    """`optimizer` of `optimizer.step()`; a scaler of gradients is none."""
    return found_or(receivers(roles, "step"), "no statement of this program has the optimizer step")


@role("optimizer-builder", "the call of the user's own function that makes the optimizer")
def optimizer_builder(roles: Roles) -> Answer:
    """`build_optimizer(model, settings)`."""
    made = set(roles.places("optimizer"))
    calls = [
        call
        for call in roles.flow.calls
        if roles.flow.callee(call).kind == "function"
        and any(end.place in made and not end.path for end in roles.flow.origins(call))
    ]
    return found_or(calls, "no function of this program makes its optimizer")


@role("clearing", "the call that clears the gradients (`zero_grad`)")
def clearing(roles: Roles) -> Answer:
    """PyTorch's `zero_grad`, of an optimizer or a model."""
    reason = "no statement of this program clears gradients"
    return found_or(roles.flow.calls_of("zero_grad"), reason)


@role("clipping", "the call that clips the gradients")
def clipping(roles: Roles) -> Answer:
    """PyTorch's `clip_grad_norm_` and `clip_grad_value_`."""
    calls = roles.flow.calls_of("clip_grad_norm_", "clip_grad_value_")
    return found_or(calls, "no statement of this program clips gradients")


@role("train-mode", "the call that puts the model into training mode")
def train_mode(roles: Roles) -> Answer:
    """`model.train()` in PyTorch."""
    calls = [call for call in roles.flow.calls_of("train") if _switches(roles, call)]
    return found_or(calls, "no statement of this program puts the model into training mode")


@role("evaluation-mode", "the call that puts the model into evaluation mode")
def evaluation_mode(roles: Roles) -> Answer:
    """`model.eval()` in PyTorch."""
    calls = [call for call in roles.flow.calls_of("eval") if _switches(roles, call)]
    return found_or(calls, "no statement of this program puts the model into evaluation mode")


@role("mode-switch", "the call that puts the model into the mode that a variable says")
def mode_switch(roles: Roles) -> Answer:
    """`model.train(is_training)` in PyTorch, where one function trains and evaluates."""
    calls = [call for call in roles.flow.calls_of("train") if _switches(roles, call, given=1)]
    switches = [call for call in calls if not isinstance(call.node.args[0], ast.Constant)]  # type: ignore[attr-defined]
    return found_or(switches, "no variable of this program holds the model's mode")


def _switches(roles: Roles, call: Place, given: int = 0) -> bool:
    """Whether it is the mode of a PyTorch module that a call changes, and a statement does so."""
    node = call.node
    assert isinstance(node, ast.Call)
    alone = isinstance(call.file.parents.get(node), ast.Expr)
    plain = isinstance(node.func, ast.Attribute) and not node.keywords
    is_method = roles.flow.callee(call).kind in {"method", "unknown"}
    return alone and plain and len(node.args) == given and is_method


@role("no-gradient", "the `with` statement or decorator that turns gradients off")
def no_gradient(roles: Roles) -> Answer:
    """`torch.no_grad` and `torch.inference_mode`."""
    calls = roles.flow.calls_of("no_grad", "inference_mode")
    return found_or(calls, "nothing in this program turns gradients off")


# --- loops ----------------------------------------------------------------------------------------


def training_loops(roles: Roles) -> list[Place]:
    """The loops around a step of training, innermost first, across the functions that hold it."""
    places = [*roles.places("backward"), *roles.places("gradients"), *roles.places("step")]
    return loops_around(roles, places[0]) if places else []


def loops_around(roles: Roles, place: Place, depth: int = _DEPTH) -> list[Place]:
    """The loops around a place, innermost first, across the functions that hold it."""
    found: list[Place] = []
    for node in place.file.up(place.node):
        if isinstance(node, _LOOPS):
            found.append(Place(place.file, node))
        if isinstance(node, FUNCTIONS):
            sites = roles.flow.sites(Place(place.file, node)) if depth else []
            return [*found, *(loops_around(roles, sites[0], depth - 1) if sites else [])]
    return found


def goes_over_batches(loop: Place) -> bool:
    """Whether a loop takes batches: from an iterable of them, or slice by slice."""
    node = loop.node
    if not isinstance(node, (ast.For, ast.AsyncFor)):
        return False
    if not is_range(node.iter):
        return True
    names = {each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)}
    return any(
        isinstance(inner, ast.Subscript)
        and names & {each.id for each in ast.walk(inner.slice) if isinstance(each, ast.Name)}
        for statement in node.body
        for inner in ast.walk(statement)
    ) or steps_by(node.iter)


def is_range(node: ast.expr) -> bool:
    """`range(...)`, also inside `tqdm` and such."""
    if isinstance(node, ast.Call) and last_name(node.func) in {"tqdm", "trange"} and node.args:
        return last_name(node.func) == "trange" or is_range(node.args[0])
    return isinstance(node, ast.Call) and last_name(node.func) == "range"


def steps_by(node: ast.expr) -> bool:
    """Whether a range has a step."""
    return isinstance(node, ast.Call) and len(node.args) == 3  # noqa: PLR2004 - range with a step


@role("batch-loop", "the loop over the batches of training")
def batch_loop(roles: Roles) -> Answer:
    """The innermost loop around a step of training that takes batches."""
    loops = [loop for loop in training_loops(roles)[:1] if goes_over_batches(loop)]
    return found_or(loops, "no loop of this program goes over batches")


@role("epoch-loop", "the loop over the epochs of training")
def epoch_loop(roles: Roles) -> Answer:
    """The loop around the loop over batches; around the step where all rows are one batch."""
    loops = [loop for loop in training_loops(roles) if not goes_over_batches(loop)]
    return found_or(loops[:1], "no loop of this program goes over epochs")


@role("epochs", "the number of epochs: what `range` of the loop or `fit` takes")
def epochs(roles: Roles) -> Answer:
    """The expression of the number."""
    found = [place for fit in roles.places("training-call") for place in keyword(fit, "epochs", 3)]
    found += [
        Place(place.file, place.node.args[1 if len(place.node.args) > 1 else 0])
        for place in epoch_iterables(roles)
        if isinstance(place.node, ast.Call) and place.node.args
    ]
    return found_or(found, "no expression of this program says how many epochs there are")


def epoch_iterables(roles: Roles) -> Iterator[Place]:
    """What the loop over epochs goes over, without the progress bar around it."""
    for loop in roles.places("epoch-loop"):
        iterable = loop.node.iter if isinstance(loop.node, (ast.For, ast.AsyncFor)) else None
        while (
            isinstance(iterable, ast.Call) and last_name(iterable.func) == "tqdm" and iterable.args
        ):
            iterable = iterable.args[0]
        if iterable is not None:
            yield Place(loop.file, iterable)


def keyword(call: Place, name: str, at: int) -> Iterator[Place]:
    """An argument of a call, by name or position, if it is given."""
    assert isinstance(call.node, ast.Call)
    found = argument_of(call.node, name, at)
    if found is not None:
        yield Place(call.file, found)
