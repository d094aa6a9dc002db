"""Batches: what makes them, how large they are, and what puts the rows into a random order."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source.bindings import ITEM, bindings_of
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.registry import Answer, Roles, found_or, role
from debugdiff.source.roles.training import is_range, keyword, steps_by, training_loops
from debugdiff.source.syntax import (
    argument_of,
    calls_in,
    default_of,
    last_name,
    parameters,
    position,
)
from debugdiff.source.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

BARS = frozenset({"tqdm", "enumerate", "list"})
"""Calls around an iterable that hand on its items."""
_DRAWS = frozenset({"torch.randint"})
_LOADER = "torch.utils.data.DataLoader"


@role("batches", "what makes the batches of training: `DataLoader(...)`, a `tf.data` pipeline")
def batches(roles: Roles) -> Answer:
    """The calls behind what the loop over batches, or `fit`, goes over."""
    iterables = [
        Place(loop.file, loop.node.iter)
        for loop in roles.places("batch-loop")
        if isinstance(loop.node, (ast.For, ast.AsyncFor))
    ]
    iterables += [x for fit in roles.places("training-call") for x in keyword(fit, "x", 0)]
    found = [place for each in iterables for place in batch_makers(roles, each)]
    return found_or(found, "no loader or pipeline of the library makes batches in this program")


def batch_makers(roles: Roles, iterable: Place) -> Iterator[Place]:
    """The calls of `DataLoader`, or of a pipeline's methods, that an iterable comes from."""
    path = (ITEM, 1) if _is_enumerated(iterable.node) else (ITEM,)
    ends = [*roles.flow.origins(iterable, path), *roles.flow.origins(iterable)]
    for end in ends:
        node = end.place.node
        if isinstance(node, ast.Call) and end.path in {(), (ITEM,)}:
            name = roles.flow.callee(end.place).name
            if name == _LOADER or is_pipeline(roles, end.place):
                yield end.place


def _is_enumerated(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "enumerate"


def is_pipeline(roles: Roles, place: Place) -> bool:
    """Whether a call ends a chain of methods that starts at `tf.data.Dataset`."""
    node: ast.AST = place.node
    while True:
        if isinstance(node, ast.Call):
            if roles.flow.library_name(Place(place.file, node.func)).startswith("tensorflow.data."):
                return True
            node = node.func
        elif isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Name):
            ends = roles.flow.origins(Place(place.file, node))
            calls = [
                e.place for e in ends if isinstance(e.place.node, ast.Call) and e.place != place
            ]
            return any(is_pipeline(roles, call) for call in calls)
        else:
            return False


@role("random-order", "the call of `shuffle` on a `tf.data` pipeline of the training rows")
def random_order(roles: Roles) -> Answer:
    """Anywhere in the chain of methods before training."""
    calls = roles.flow.calls_of("shuffle")
    pipelines = [call for call in calls if is_pipeline(roles, call)]
    return found_or(pipelines, "no pipeline of this program shuffles its rows")


@role("permutation", "the call of `torch.randperm` that orders the rows of an epoch")
def permutation(roles: Roles) -> Answer:
    """Inside of a loop of training, or of a function that makes its batches."""
    calls = [c for c in roles.flow.calls if roles.flow.callee(c).name == "torch.randperm"]
    again = [c for c in calls if _is_of_epochs(roles, c)]
    return found_or(again, "no loop of this program draws a random order by `torch.randperm`")


@role("number-permutation", "NumPy's call of `permutation` that orders the rows of an epoch")
def number_permutation(roles: Roles) -> Answer:
    """`np.random.permutation(len(rows))`, `rng.permutation(count)`, of numbers and not of rows."""
    calls = [c for c in roles.flow.calls_of("permutation") if _is_of_numpy(roles, c)]
    again = [c for c in calls if _is_count(roles, c) and _is_of_epochs(roles, c)]
    return found_or(again, "no loop of this program draws a random order by `permutation`")


@role("row-shuffle", "the statement that shuffles the rows of an epoch, or their numbers, in place")
def row_shuffle(roles: Roles) -> Answer:
    """`random.shuffle(rows)`, `np.random.shuffle(order)`, `rng.shuffle(order)`."""
    calls = [
        c for c in roles.flow.calls_of("shuffle") if isinstance(c.file.parents[c.node], ast.Expr)
    ]
    again = [call for call in calls if _is_of_epochs(roles, call)]
    return found_or(again, "no loop of this program shuffles its rows in place")


def _is_of_numpy(roles: Roles, call: Place) -> bool:
    if roles.flow.callee(call).kind == "library":
        return roles.flow.callee(call).name == "numpy.random.permutation"
    owner = Place(call.file, call.node.func.value)  # type: ignore[attr-defined]
    ends = [end.place for end in roles.flow.origins(owner)]
    made = [end for end in ends if isinstance(end.node, ast.Call)]
    return any(roles.flow.callee(one).name.startswith("numpy.random.") for one in made)


def _is_count(roles: Roles, call: Place) -> bool:
    """Whether a call is given a number and not the rows: they would be put into an order then."""
    assert isinstance(call.node, ast.Call)
    ends = [end.place for a in call.node.args for end in roles.flow.origins(Place(call.file, a))]
    return bool(ends) and all(_is_number(roles, end) for end in ends)


def _is_number(roles: Roles, place: Place) -> bool:
    match place.node:
        case (
            ast.Call(func=ast.Name(id="len" | "int"))
            | ast.Subscript(value=ast.Attribute(attr="shape"))
        ):
            return True
        case ast.expr():
            return roles.program.number(place.node, place.file) is not None
    return False


def _is_of_epochs(roles: Roles, call: Place) -> bool:
    """Whether a loop of training makes a call in every round, or calls what makes it."""
    loops = {loop.node for loop in training_loops(roles)}
    function = call.file.function(call.node)
    sites = roles.flow.sites(Place(call.file, function)) if function is not None else []
    return any(loops & {*place.file.up(place.node)} for place in (call, *sites))


@role("batch-size", "the size of a batch: an argument of the loader, of `batch` or of `fit`")
def batch_size(roles: Roles) -> Answer:
    """The expression of the number."""
    found = [p for fit in roles.places("training-call") for p in keyword(fit, "batch_size", 2)]
    for made in roles.places("batches"):
        if roles.flow.callee(made).name == _LOADER:
            found += keyword(made, "batch_size", 1)
        else:
            found += _of_pipeline(roles, made)
    found += [size for stride in strides_of(roles) for size in _sizes(roles, stride)]
    found += [end for size in _drawn_sizes(roles) for end in _said_once(roles, size)]
    return found_or(found, "no expression of this program says how large a batch is")


def _sizes(roles: Roles, stride: Stride) -> Iterator[Place]:
    """Where the size of a batch is said once, for the range and for the slices that it makes."""
    if stride.generator is not None:
        yield stride.passed(stride.part(2))
    elif isinstance(stride.part(2).node, ast.Name):
        yield from _said_once(roles, stride.part(2))


def _said_once(roles: Roles, size: Place) -> list[Place]:
    """Where a name gets a size, which other lines read, too; of a number, the number."""
    return [end for end in as_passed(roles, size) if not isinstance(end.node, ast.Name)]


def _drawn_sizes(roles: Roles) -> Iterator[Place]:
    """How many rows a step draws: `size` of `torch.randint(len(rows), (size,))`."""
    for call in trained_draws(roles):
        match call.node:
            case ast.Call(args=[*_, ast.Tuple(elts=[size])]):
                yield Place(call.file, size)


def trained_draws(roles: Roles) -> list[Place]:
    """The draws of the numbers of rows in what a loop of training calls."""
    draws = [c for c in roles.flow.calls if roles.flow.callee(c).name in _DRAWS]
    return [call for call in draws if _is_of_epochs(roles, call)]


_NO_STRIDES = "no `range` of this program has a step for the rows of a batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stride:
    """A `range(0, rows, size)` that goes over the rows batch by batch.

    Attributes:
        range: the call of `range`.
        generator, call: the user's function that it stands in, and the call of that; the range
            stands in the loop itself without them.
    """

    range: Place
    generator: Place | None = None
    call: Place | None = None

    def part(self, index: int) -> Place:
        """The beginning, the end or the step of the range."""
        return Place(self.range.file, self.range.node.args[index])  # type: ignore[attr-defined]

    def passed(self, value: Place) -> Place:
        """An expression of the generator; of its parameter, what its call passes for it."""
        if self.generator is None or self.call is None:
            return value
        node, name = self.generator.node, value.node
        assert isinstance(node, FUNCTIONS)
        assert isinstance(self.call.node, ast.Call)
        if not isinstance(name, ast.Name) or name.id not in parameters(node):
            return value
        given = argument_of(self.call.node, name.id, position(node, name.id))
        if given is not None:
            return Place(self.call.file, given)
        return Place(value.file, default_of(node, name.id) or name)


def strides_of(roles: Roles) -> list[Stride]:
    """What the loop over batches goes over, where that steps through the rows by a `range`."""
    loops = [loop for loop in roles.places("batch-loop") if isinstance(loop.node, ast.For)]
    return [
        stride
        for loop in loops
        for made in _made(roles, Place(loop.file, loop.node.iter))  # type: ignore[attr-defined]
        for stride in _strides(roles, made)
    ]


def _made(roles: Roles, iterable: Place) -> Iterator[Place]:
    """The calls that make an iterable, through variables and parameters."""
    node = iterable.node
    while isinstance(node, ast.Call) and last_name(node.func) in BARS and node.args:
        node = node.args[0]
    for place in as_passed(roles, Place(iterable.file, node)):
        if isinstance(place.node, ast.Call):
            yield place


def as_passed(roles: Roles, place: Place, depth: int = 4) -> Iterator[Place]:
    """An expression itself; of a variable or parameter, what it is bound to and what is passed."""
    node = place.node
    yield place
    for bound in bindings_of(place.file, node) if isinstance(node, ast.Name) and depth else ():
        made = Place(place.file, bound.node)
        if isinstance(bound.node, ast.arg):
            for value in roles.flow.passed_to(Value(made)) or []:
                yield from as_passed(roles, value.place, depth - 1)
        elif isinstance(bound.node, ast.Tuple):
            yield from (end.place for end in roles.flow.origins(made, bound.path))
        elif isinstance(bound.node, ast.expr) and not bound.path:
            yield from as_passed(roles, made, depth - 1)


def _strides(roles: Roles, call: Place) -> Iterator[Stride]:
    node = call.node
    assert isinstance(node, ast.Call)
    if is_range(node) and steps_by(node):
        yield Stride(range=call)
    generator = roles.flow.callee(call).function
    if generator is not None and isinstance(generator.node, FUNCTIONS):
        for inner in calls_in(generator.node):
            if is_range(inner) and steps_by(inner):
                place = Place(generator.file, inner)
                yield Stride(range=place, generator=generator, call=call)


@role("row-count", "the end of the `range` that goes over the rows of training batch by batch")
def row_count(roles: Roles) -> Answer:
    """`len(rows)` of `range(0, len(rows), size)`, in the loop or in the user's own generator."""
    return found_or([stride.part(1) for stride in strides_of(roles)], _NO_STRIDES)


@role("row-step", "the step of the `range` that goes over the rows of training batch by batch")
def row_step(roles: Roles) -> Answer:
    """`size` of `range(0, len(rows), size)`, in the loop or in the user's own generator."""
    return found_or([stride.part(2) for stride in strides_of(roles)], _NO_STRIDES)


def _of_pipeline(roles: Roles, made: Place) -> Iterator[Place]:
    node: ast.AST = made.node
    while isinstance(node, (ast.Call, ast.Attribute)):
        if isinstance(node, ast.Call):
            if last_name(node.func) == "batch" and node.args:
                yield Place(made.file, node.args[0])
            node = node.func
        else:
            node = node.value
    if isinstance(node, ast.Name):
        for end in roles.flow.origins(Place(made.file, node)):
            if isinstance(end.place.node, ast.Call) and end.place != made:
                yield from _of_pipeline(roles, end.place)
