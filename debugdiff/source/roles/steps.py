"""One step of training: the loops around it, its loss, its last layer and its examples."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.containers import elements
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.batches import is_pipeline, strides_of
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.roles.structure import head_applications, head_makers
from debugdiff.source.roles.training import epoch_iterables, receivers, training_loops
from debugdiff.source.syntax import argument_of, last_name
from debugdiff.source.tensors import Application, makers_of
from debugdiff.source.trails import factors_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.roles.batches import Stride

LOOPS = (ast.For, ast.AsyncFor, ast.While)
_CONVERSIONS = frozenset(
    {"torch.from_numpy", "torch.tensor", "torch.as_tensor", "numpy.array", "numpy.asarray"}
)
_CHAIN = 20


def steps_of(roles: Roles) -> tuple[Place, ...]:
    """The calls by which a step of training is known: the backward pass, or else the update."""
    backward = [*roles.places("backward"), *roles.places("gradients")]
    return tuple(backward) or roles.places("step")


@role("step-block", "the loop or function whose body is one step of training")
def step_block(roles: Roles) -> Answer:
    """The innermost loop around the backward pass, or the function of its own that does a step."""
    blocks = [
        Place(step.file, node)
        for step in steps_of(roles)[:1]
        for node in step.file.up(step.node)
        if isinstance(node, (*LOOPS, *FUNCTIONS))
    ]
    return found_or(blocks[:1], "no loop or function of this program does a step of training")


@role("training-loop", "the outermost loop of training in the function that does the steps")
def training_loop(roles: Roles) -> Answer:
    """Around the loops over epochs and batches, as far as they are in one function."""
    outermost = [loops[-1] for step in steps_of(roles)[:1] if (loops := _loops_here(step))]
    return found_or(outermost, "no loop goes around the steps of training in their own function")


def _loops_here(step: Place) -> list[Place]:
    found = []
    for node in step.file.up(step.node):
        if isinstance(node, FUNCTIONS):
            break
        if isinstance(node, LOOPS):
            found.append(Place(step.file, node))
    return found


@role("outer-loop", "the loop that calls the function that does the steps of training")
def outer_loop(roles: Roles) -> Answer:
    """The innermost one that is in another function than the steps."""
    here = {loop.node for step in steps_of(roles)[:1] for loop in _loops_here(step)}
    others = [loop for loop in training_loops(roles) if loop.node not in here]
    return found_or(others[:1], "no loop of this program calls a function that does a step")


@role("epoch-range", "the call of `range` that the loop over epochs goes over")
def epoch_range(roles: Roles) -> Answer:
    """`range(epochs)`, also where a progress bar is around it."""
    calls = [
        place
        for place in epoch_iterables(roles)
        if isinstance(place.node, ast.Call) and last_name(place.node.func) == "range"
    ]
    return found_or(calls, "no loop of this program counts its epochs by `range`")


@role("last-epoch", "the end of a range of epochs that begins with one: `epochs + 1`")
def last_epoch(roles: Roles) -> Answer:
    """As it is written by those who count from one."""
    ends = [place.node.args[-1:] for place in roles.places("epoch-range")]  # type: ignore[attr-defined]
    found = [
        Place(place.file, end[0])
        for place, end in zip(roles.places("epoch-range"), ends, strict=True)
        if end and _is_one_more(end[0])
    ]
    return found_or(found, "no loop of this program counts its epochs from one")


def _is_one_more(node: ast.expr) -> bool:
    match node:
        case ast.BinOp(op=ast.Add(), right=ast.Constant(value=1)):
            return True
    return False


@role("loss-value", "the value that `backward` is called on")
def loss_value(roles: Roles) -> Answer:
    """The receiver of PyTorch's `backward`."""
    return found_or(receivers(roles, "backward"), "nothing calls `backward` in this program")


@role("features", "the expression that the head is applied to")
def features(roles: Roles) -> Answer:
    """What the output layer takes, where the program calls it directly."""
    applications = _last_applications(roles)
    if isinstance(applications, Missing):
        return applications
    found = []
    for one in applications:
        node = one.call.node
        given = _input_of(node) if isinstance(node, ast.Call) else None
        if given is not None:
            place = Place(one.call.file, given)
            found += [place] if _applies_alone(roles, one) or _is_hidden(roles, place) else []
    return found_or(found, "a container applies the output layer, no line of this program")


def _input_of(call: ast.Call) -> ast.expr | None:
    return argument_of(call, "inputs", 0) or argument_of(call, "input", 0)


def _is_hidden(roles: Roles, place: Place) -> bool:
    """Whether layers with weights made an expression, so that it is no input of the model."""
    makers = makers_of(roles.flow, place)
    return bool(makers.applications)


def _applies_alone(roles: Roles, one: Application) -> bool:
    """Whether a call applies no other layer with weights than the one that is meant."""
    callee = roles.flow.callee(one.call)
    if callee.kind != "layer" or callee.made is None:
        return False
    inside = elements(roles.flow, callee.made) or ([] if callee.made != one.made else [one.made])
    weighted = [place for place in inside if place is None or _has_weights(roles, place)]
    return weighted == [one.made]


def _has_weights(roles: Roles, made: Place) -> bool:
    known = api.known().get(roles.flow.callee(made).name)
    return known is None or known.has_weights


def _last_applications(roles: Roles) -> list[Application] | Missing:
    """The last layers with weights, before the loss or in the model's output."""
    answer = head_applications(roles)
    if not isinstance(answer, Missing):
        return answer
    for call in roles.places("training-pass")[:1]:
        makers = makers_of(roles.flow, call)
        if makers.applications and not makers.unknown:
            return list(makers.applications)
    return _of_both_factors(roles) or answer


def _of_both_factors(roles: Roles) -> list[Application]:
    """The one layer that makes both factors of the product that the loss is given."""
    found: dict[Application, None] = {}
    for makers in head_makers(roles):
        found |= dict.fromkeys(makers.applications)
        for place in makers.unknown:
            sides = [makers_of(roles.flow, side) for side in factors_of(roles.flow, place)]
            if not sides or any(side.unknown for side in sides):
                return []
            found |= {one: None for side in sides for one in side.applications}
    return list(found) if len({one.made for one in found}) == 1 else []


@role("layer-list", "the calls of `nn.ModuleList` and `nn.ModuleDict`")
def layer_list(roles: Roles) -> Answer:
    """Containers that only hold layers for the optimizer to find."""
    calls = roles.flow.calls_of("ModuleList", "ModuleDict")
    names = {"torch.nn.ModuleList", "torch.nn.ModuleDict"}
    held = [
        call
        for call in calls
        if roles.flow.callee(call).name in names
        and (call.node.args or last_name(call.node.func) == "ModuleList")  # type: ignore[attr-defined]
    ]
    return found_or(held, "no `ModuleList` holds layers in this program")


# --- how many examples there are ------------------------------------------------------------------


@role("batching", "the call of `batch` that cuts a `tf.data` pipeline into batches")
def batching(roles: Roles) -> Answer:
    """Anywhere in the chain of methods."""
    pipelines = [made for made in roles.places("batches") if is_pipeline(roles, made)]
    calls = [
        link for made in pipelines for link in _chain(roles, made) if _is_call_of(link, "batch")
    ]
    return found_or(calls, "no pipeline of this program is cut into batches by `batch`")


def _is_call_of(place: Place, name: str) -> bool:
    return isinstance(place.node, ast.Call) and last_name(place.node.func) == name


def _chain(roles: Roles, made: Place) -> Iterator[Place]:
    """The calls of a pipeline's methods, last first, through the names that they are bound to."""
    place = made
    for _ in range(_CHAIN):
        node = place.node
        if isinstance(node, ast.Call):
            yield place
            place = Place(place.file, node.func)
        elif isinstance(node, ast.Attribute):
            place = Place(place.file, node.value)
        else:
            ends = roles.flow.origins(place)
            if len(ends) != 1 or not isinstance(ends[0].place.node, ast.Call):
                return
            place = ends[0].place


@role("examples", "a collection with one element for each example that is trained on")
def examples(roles: Roles) -> Answer:
    """What `len` is taken of to know their number: the data set, or one of its arrays."""
    found: list[Place] = []
    for made in roles.places("batches"):
        found += _of_pipeline(roles, made) if is_pipeline(roles, made) else _of_loader(roles, made)
    if not roles.places("batches"):
        for fit in roles.places("training-call"):
            given = argument_of(fit.node, "x", 0)  # type: ignore[arg-type]
            found += _first_array(roles, Place(fit.file, given)) if given is not None else []
        counted = [rows for stride in strides_of(roles) for rows in _counted(stride)]
        found += [rows for order in counted for rows in _ordered(roles, order)]
    reason = "no array or data set of this program says how many examples are trained on"
    return found_or(found[:1], reason)


def _ordered(roles: Roles, order: Place) -> list[Place]:
    """The rows that an order is of, where it is one of numbers: `torch.randperm(len(rows))`."""
    ends = [end.place for end in roles.flow.origins(order) if not end.path]
    made = [end for end in ends if _is_call_of(end, "permutation") or _is_call_of(end, "randperm")]
    for call in made:
        for count in call.node.args[:1]:  # type: ignore[attr-defined]
            return _counted_by(Place(call.file, count)) or [order]
    return [order]


def _counted(stride: Stride) -> list[Place]:
    """What a range counts the rows of, as the call of a generator names it."""
    return [stride.passed(rows) for rows in _counted_by(stride.part(1))]


def _counted_by(count: Place) -> list[Place]:
    """`rows` of `len(rows)`, `rows.size(0)`, `rows.shape[0]`."""
    match count.node:
        case (
            ast.Call(func=ast.Name(id="len"), args=[rows])
            | ast.Call(func=ast.Attribute(value=rows, attr="size"), args=[ast.Constant(value=0)])
            | ast.Subscript(
                value=ast.Attribute(value=rows, attr="shape"), slice=ast.Constant(value=0)
            )
        ):
            return [Place(count.file, rows)]
    return []


def _of_loader(roles: Roles, made: Place) -> list[Place]:
    assert isinstance(made.node, ast.Call)
    given = argument_of(made.node, "dataset", 0)
    return _first_array(roles, Place(made.file, given)) if given is not None else []


def _of_pipeline(roles: Roles, made: Place) -> list[Place]:
    for link in _chain(roles, made):
        node = link.node
        assert isinstance(node, ast.Call)
        if last_name(node.func) == "from_tensor_slices" and node.args:
            return _first_array(roles, Place(link.file, node.args[0]))
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        if last_name(node.func) == "batch" and isinstance(receiver, ast.Name):
            return [Place(link.file, receiver)]
    return []


def _first_array(roles: Roles, place: Place) -> list[Place]:
    """The first of the arrays that a program hands over together, without its conversion."""
    node, file = place.node, place.file
    match node:
        case ast.Tuple(elts=[first, *_]) | ast.List(elts=[first, *_]):
            return _first_array(roles, Place(file, first))
        case ast.Dict(values=[first, *_]):
            return _first_array(roles, Place(file, first))
        case ast.Call(args=[first, *_]):
            name = roles.flow.library_name(Place(file, node.func))
            if name in _CONVERSIONS or name == "torch.utils.data.TensorDataset":
                return _first_array(roles, Place(file, first))
            return []
        case ast.Name() | ast.Attribute() | ast.Subscript():
            return [place]
    return []
