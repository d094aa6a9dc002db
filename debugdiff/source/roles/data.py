"""What is trained on: the arrays of inputs and labels, where they are handed over to training."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.bindings import ITEM, bindings_of
from debugdiff.source.place import Place
from debugdiff.source.roles.batches import BARS
from debugdiff.source.roles.losses import losses_of
from debugdiff.source.roles.registry import Answer, Missing, Roles, found_or, role
from debugdiff.source.syntax import argument_of, last_name
from debugdiff.source.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEPS = 60
_LOADER = "torch.utils.data.DataLoader"
_TENSORS = "torch.utils.data.TensorDataset"
_PARTS_OF = frozenset({"torch.utils.data.random_split", "torch.utils.data.Subset"})
_SLICES = "from_tensor_slices"
_MAKERS = ("torch.", "numpy.", "tensorflow.", "keras.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Arrays of one row an example that are handed over to training together.

    Attributes:
        arrays: the expression of each, in their order.
        labels: which of them the loss takes as targets.
    """

    arrays: tuple[Place, ...]
    labels: tuple[Place, ...]

    @property
    def inputs(self) -> tuple[Place, ...]:
        """The arrays that are no labels."""
        return tuple(place for place in self.arrays if place not in self.labels)


def handovers(roles: Roles) -> list[Handover]:
    """How training gets its arrays; what cannot be followed to arrays is left out."""
    found = [*_fitted(roles), *_loaded(roles), *_sliced(roles)]
    return list(dict.fromkeys(handover for handover in found if handover.arrays))


# --- `fit` ----------------------------------------------------------------------------------------


def _fitted(roles: Roles) -> Iterator[Handover]:
    for fit in roles.places("training-call"):
        assert isinstance(fit.node, ast.Call)
        x, y = argument_of(fit.node, "x", 0), argument_of(fit.node, "y", 1)
        given = [Place(fit.file, part) for part in (x, y) if part is not None]
        if x is None or any(_made_together(roles, part) for part in given):
            continue
        pipeline = list(_pipelines(roles, Place(fit.file, x)))
        if pipeline:
            yield from pipeline
        elif y is not None or not _is_iterable(roles, Place(fit.file, x)):
            labels = tuple(_parts(Place(fit.file, y))) if y is not None else ()
            yield Handover(arrays=(*_parts(Place(fit.file, x)), *labels), labels=labels)


def _is_iterable(roles: Roles, x: Place) -> bool:
    """Whether `fit` gets no array but something that makes batches, as far as that is seen."""
    return bool(roles.places("batches")) or any(
        isinstance(end.place.node, ast.Call)
        and roles.flow.callee(end.place).kind in {"class", "function"}
        for end in roles.flow.origins(x)
    )


def _parts(place: Place) -> Iterator[Place]:
    """The arrays of a tuple, a list or a dictionary of them."""
    match place.node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts):
            for part in parts:
                yield from _parts(Place(place.file, part))
        case _:
            yield place


def _pipelines(roles: Roles, place: Place) -> Iterator[Handover]:
    """`tf.data.Dataset.from_tensor_slices((x, y))` behind a pipeline."""
    for call in roles.flow.calls_of(_SLICES):
        assert isinstance(call.node, ast.Call)
        if not call.node.args or not _leads_to(roles, place, call):
            continue
        given = Place(call.file, call.node.args[0])
        if not _made_together(roles, given):
            parts = tuple(_parts(given))
            pair = isinstance(given.node, ast.Tuple) and len(parts) > 1
            yield Handover(arrays=parts, labels=parts[-1:] if pair else ())


def _made_together(roles: Roles, place: Place) -> bool:
    """Whether arrays come as one value, from a name or a function: none of them stands here."""
    whole = (ast.Tuple, ast.List, ast.Dict)
    ends = () if isinstance(place.node, whole) else roles.flow.origins(place)
    return any(isinstance(end.place.node, whole) and not end.path for end in ends)


def _leads_to(roles: Roles, start: Place, goal: Place) -> bool:
    """Whether a chain of methods on a pipeline, through names, begins at a call."""
    waiting, seen = [start], {start}
    while waiting and len(seen) < _STEPS:
        place = waiting.pop()
        if place == goal:
            return True
        node = place.node
        following = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            following.append(Place(place.file, node.func.value))
        elif isinstance(node, ast.Call) and last_name(node.func) in BARS and node.args:
            following.append(Place(place.file, node.args[0]))
        following += [end.place for end in roles.flow.origins(place, (ITEM,))]
        following += [end.place for end in roles.flow.origins(place)]
        fresh = [each for each in following if each not in seen]
        seen.update(fresh)
        waiting += fresh
    return False


# --- loaders --------------------------------------------------------------------------------------


def _loaded(roles: Roles) -> Iterator[Handover]:
    loops = [
        Place(loop.file, loop.node.iter)
        for loop in roles.places("batch-loop")
        if isinstance(loop.node, (ast.For, ast.AsyncFor))
    ]
    for iterable in loops:
        for handover in _pipelines(roles, iterable):
            yield replace(handover, labels=_labels_among(roles, handover.arrays))
    for loader in roles.places("batches"):
        if roles.flow.callee(loader).name == _LOADER:
            assert isinstance(loader.node, ast.Call)
            given = argument_of(loader.node, "dataset", 0)
            if given is not None:
                yield from _of_dataset(roles, Place(loader.file, given))


def _of_dataset(roles: Roles, dataset: Place) -> Iterator[Handover]:
    for end in roles.flow.origins(dataset):
        node = end.place.node
        if not isinstance(node, ast.Call):
            continue
        callee = roles.flow.callee(end.place)
        if callee.name == _TENSORS and not any(isinstance(a, ast.Starred) for a in node.args):
            arrays = tuple(Place(end.place.file, argument) for argument in node.args)
            yield Handover(arrays=arrays, labels=_labels_among(roles, arrays))
        elif callee.name in _PARTS_OF and node.args:
            yield from _of_dataset(roles, Place(end.place.file, node.args[0]))
        elif callee.kind == "class" and callee.made is not None:
            yield from _of_own_class(roles, callee.made)
        elif callee.kind == "library" and callee.name.startswith(_MAKERS) and not end.path:
            yield Handover(arrays=(dataset,), labels=())


def _labels_among(roles: Roles, arrays: tuple[Place, ...]) -> tuple[Place, ...]:
    """The arrays of a `TensorDataset` that come out of its loader where the loss's targets do."""
    numbers = {
        end.path[1]
        for loss in losses_of(roles)
        if loss.targets is not None
        for end in _sources(roles, loss.targets)
        if len(end.path) > 1 and end.path[0] == ITEM
    }
    return tuple(array for number, array in enumerate(arrays) if number in numbers)


def _sources(roles: Roles, start: Place) -> Iterator[Value]:
    """Where the values of a tensor come from, through what changes only its form."""
    waiting, seen = [Value(start)], {Value(start)}
    while waiting and len(seen) < _STEPS:
        value = waiting.pop(0)
        for end in roles.flow.origins(value.place, value.path):
            following = _behind(roles, end)
            if following is None:
                yield end
            elif following not in seen:
                seen.add(following)
                waiting.append(following)


def _behind(roles: Roles, end: Value) -> Value | None:
    node, file = end.place.node, end.place.file
    match node:
        case ast.Subscript(value=inner) if not end.path:
            return Value(Place(file, inner))
        case ast.Call(func=ast.Attribute(value=receiver, attr=name)) if not end.path and (
            name in api.passes().methods and roles.flow.callee(end.place).kind != "library"
        ):
            return Value(Place(file, receiver))
        case ast.Call(args=[inner, *_]) if not end.path and (
            roles.flow.callee(end.place).name in api.passes().functions
        ):
            return Value(Place(file, inner))
    return None


# --- data sets of the user's, arrays that are sliced ----------------------------------------------


def _of_own_class(roles: Roles, owner: Place) -> Iterator[Handover]:
    """The arrays that the `__getitem__` of a user's class takes its items from."""
    method = roles.flow.method(owner, "__getitem__")
    results = roles.flow.results(method) if method else []
    if len(results) != 1 or not isinstance(results[0].place.node, ast.Tuple):
        return
    parts = results[0].place.node.elts
    arrays = [_array(roles, Place(results[0].place.file, part)) for part in parts]
    if all(array is not None for array in arrays):
        known = tuple(array for array in arrays if array is not None)
        yield Handover(arrays=known, labels=_labels_among(roles, known))


def _sliced(roles: Roles) -> Iterator[Handover]:
    """Arrays of which a loop takes slices, or which are one batch as a whole."""
    if roles.places("training-call"):
        return
    labels = [_array(roles, loss.targets) for loss in losses_of(roles) if loss.targets is not None]
    inputs = [
        _array(roles, Place(call.file, argument))
        for call in roles.places("training-pass")
        if isinstance(call.node, ast.Call)
        for argument in call.node.args
    ]
    if inputs and all(array is not None for array in (*labels, *inputs)):
        known = tuple(dict.fromkeys(array for array in (*inputs, *labels) if array is not None))
        yield Handover(arrays=known, labels=tuple(array for array in labels if array is not None))


def _array(roles: Roles, place: Place) -> Place | None:
    """The expression that an array is bound to of which some rows are taken, if it makes one."""
    node: ast.AST = place.node
    while isinstance(node, (ast.Subscript, ast.Call)):
        if isinstance(node, ast.Subscript):
            node = node.value
        elif isinstance(node.func, ast.Attribute) and node.func.attr in api.passes().methods:
            node = node.func.value
        elif node.args and roles.flow.callee(Place(place.file, node)).name in _passing():
            node = node.args[0]
        else:
            return None
    return _bound(roles, Place(place.file, node))


def _passing() -> frozenset[str]:
    return api.passes().functions


def _bound(roles: Roles, place: Place) -> Place | None:
    """What a name or attribute is bound to, where that is one call that makes an array."""
    node = place.node
    if isinstance(node, ast.Name):
        bound = [Value(Place(place.file, b.node), b.path) for b in bindings_of(place.file, node)]
    elif isinstance(node, ast.Attribute):
        bound = roles.flow.attribute_of(Place(place.file, node.value), node.attr)
    else:
        return None
    if len(bound) != 1 or bound[0].path:
        return None
    if isinstance(bound[0].place.node, ast.arg):
        return _passed(roles, bound[0])
    inner = bound[0].place
    if isinstance(inner.node, (ast.Subscript, ast.Name, ast.Attribute)):
        return _array(roles, inner)
    return inner if _makes_array(roles, inner) else None


def _passed(roles: Roles, parameter: Value) -> Place | None:
    """The one array that is passed for a parameter; a batch out of a loop is not all rows."""
    passed = roles.flow.passed_to(parameter) or []
    if len(passed) != 1 or passed[0].path:
        return None
    place = passed[0].place
    bound = bindings_of(place.file, place.node) if isinstance(place.node, ast.Name) else []
    paths = [*(one.path for one in bound), *(end.path for end in roles.flow.origins(place))]
    is_batch = any(ITEM in path for path in paths)
    return None if is_batch else place


def _makes_array(roles: Roles, place: Place) -> bool:
    """Whether an expression makes an array of a library, as far as its text says."""
    node = place.node
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.BinOp)
    callee = roles.flow.callee(place)
    if callee.kind == "library":
        return callee.name.startswith(_MAKERS)
    return callee.kind == "method" and last_name(node.func) in api.passes().methods


# --- the roles ------------------------------------------------------------------------------------

_NO_ARRAYS = "the text does not show which arrays this program trains on"


_LISTS = "this program hands training a list or a dictionary, not an array"
_LISTS_OF = frozenset({"list", "tuple", "sorted"})


def _arrays_among(roles: Roles, places: list[Place]) -> Answer:
    """Those that are arrays: a list has no shape and no dtype, and may be one of strings."""
    arrays = [place for place in places if not is_list(roles, place)]
    return Missing(reason=_LISTS) if places and not arrays else _found(roles, arrays)


def is_list(roles: Roles, place: Place) -> bool:
    ends = [end.place.node for end in roles.flow.origins(place) if not end.path]
    return any(
        isinstance(node, (ast.List, ast.ListComp, ast.Tuple, ast.Dict, ast.DictComp))
        or (isinstance(node, ast.Call) and last_name(node.func) in _LISTS_OF)
        for node in (place.node, *ends)
    )


def _found(roles: Roles, places: list[Place]) -> Answer:
    answer = roles.find("loss-call")
    if not places and isinstance(answer, Missing) and not handovers(roles):
        return Missing(reason=_NO_ARRAYS)
    return found_or(places, _NO_ARRAYS)


@role("training-arrays", "the arrays that are trained on, inputs and labels, as handed over")
def training_arrays(roles: Roles) -> Answer:
    """Every array of the first way in which training is handed its rows."""
    return _found(roles, [p for handover in handovers(roles)[:1] for p in handover.arrays])


@role("training-inputs", "the arrays that the model is given in training, as handed over")
def training_inputs(roles: Roles) -> Answer:
    """The arrays that are no labels."""
    return _arrays_among(roles, [p for h in handovers(roles)[:1] for p in h.inputs])


@role("training-labels", "the arrays of labels that are trained on, as handed over")
def training_labels(roles: Roles) -> Answer:
    """The arrays that the loss takes as targets."""
    return _arrays_among(roles, [p for h in handovers(roles)[:1] for p in h.labels])


@role("batch-inputs", "what the model is given in a step of training")
def batch_inputs(roles: Roles) -> Answer:
    """The arguments of the call that applies the model, without settings by name."""
    found = [
        Place(call.file, argument)
        for call in roles.places("training-pass")
        if isinstance(call.node, ast.Call)
        for argument in call.node.args
        if not isinstance(argument, (ast.Starred, ast.Constant))
    ]
    return found_or(found, "no expression of this program is what the model is trained on")


@role("batch-iterable", "what the loop over the batches of training goes over")
def batch_iterable(roles: Roles) -> Answer:
    """A loader, a pipeline, a generator: anything but a range of numbers."""
    found = [
        Place(loop.file, loop.node.iter)
        for loop in roles.places("batch-loop")
        if isinstance(loop.node, (ast.For, ast.AsyncFor))
    ]
    return found_or(found, "no loop of this program goes over batches")
