"""Which layers made a tensor: from an expression back to the last layers with weights.

What only changes a tensor's form or scale (a reshape, a softmax, dropout, a slice, a sum) is
walked through; the table `passes` of `api.toml` says what does.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.containers import elements, is_container, items
from debugdiff.source.place import Place
from debugdiff.source.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.flow import Flow
    from debugdiff.source.values import Callee

_ACTIVATIONS = frozenset({"softmax", "log_softmax", "sigmoid", "relu", "tanh", "gelu"})
_PARTS = frozenset({"T", "mT", "data", "logits", "real"})
_STEPS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A layer with weights at work.

    Attributes:
        call: the expression that applies it, alone or as a part of a container.
        made: the call that made it.
        name: its canonical name.
    """

    call: Place
    made: Place
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """The layers that made a tensor.

    Attributes:
        unknown: expressions that could not be walked through; the answer is not complete then.
        steps: what was walked through on the way, last first: calls and element layers.
    """

    applications: tuple[Application, ...]
    unknown: tuple[Place, ...]
    steps: tuple[Place, ...]


def makers_of(flow: Flow, start: Place, path: tuple[int | str, ...] = ()) -> Makers:
    """The last layers with weights on every way into a value."""
    walk = _Walk(flow)
    walk.run(Value(start, path))
    return Makers(
        applications=tuple(walk.applications), unknown=tuple(walk.unknown), steps=tuple(walk.steps)
    )


def _tensors_among(ends: list[Value]) -> list[Value]:
    """Without returned tuples, where another `return` gives one tensor: that is what is used."""
    tuples = [e for e in ends if isinstance(e.place.node, ast.Tuple) and _is_returned(e)]
    return [end for end in ends if end not in tuples] or ends


def _is_returned(end: Value) -> bool:
    return not end.path and isinstance(end.place.file.parents[end.place.node], ast.Return)


class _Walk:
    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.applications: dict[Application, None] = {}
        self.unknown: dict[Place, None] = {}
        self.steps: dict[Place, None] = {}

    def run(self, start: Value) -> None:
        waiting, seen = [start], {start}
        while waiting and len(seen) < _STEPS:
            value = waiting.pop(0)
            for end in _tensors_among(self.flow.origins(value.place, value.path)):
                fresh = [each for each in self._behind(end) if each not in seen]
                seen.update(fresh)
                waiting += fresh

    def _behind(  # noqa: PLR0911 - one form of an expression each
        self, end: Value
    ) -> list[Value]:
        file, node = end.place.file, end.place.node
        match node:
            case ast.Call():
                return self._behind_call(end.place)
            case ast.List() | ast.Tuple():
                return [Value(item) for item in items(self.flow, end.place) if item != end.place]
            case ast.BinOp(op=ast.MatMult()):
                self.unknown[end.place] = None
                return []
            case ast.BinOp(left=left, right=right):
                return [Value(Place(file, side)) for side in (left, right)]
            case ast.UnaryOp(operand=inner) | ast.Subscript(value=inner):
                return [Value(Place(file, inner))]
            case ast.Attribute(attr=name, value=inner) if name in _PARTS:
                return [Value(Place(file, inner))]
            case ast.Constant():
                return []
            case _:
                if not self._is_number(end.place):
                    self.unknown[end.place] = None
                return []

    def _is_number(self, place: Place) -> bool:
        node = place.node
        return isinstance(node, ast.expr) and (
            self.flow.program.number(node, place.file) is not None
        )

    def _behind_call(self, place: Place) -> list[Value]:
        node = place.node
        assert isinstance(node, ast.Call)
        callee = self.flow.callee(place)
        if callee.kind == "layer" and callee.made is not None:
            return self._behind_layer(place, callee)
        known = api.known().get(callee.name)
        passes = api.passes()
        if callee.kind == "library" and (
            callee.name in passes.functions
            or (known and known.kind in {"activation-call", "dropout-call"})
        ):
            self.steps[place] = None
            return list(self._arguments(place))
        if callee.kind in {"method", "unknown"} and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in passes.methods or name in _ACTIVATIONS:
                self.steps[place] = None
                return [Value(Place(place.file, node.func.value))]
        self.unknown[place] = None
        return []

    def _behind_layer(self, place: Place, callee: Callee) -> list[Value]:
        assert callee.made is not None
        layer = last_weighted(self.flow, callee.made)
        if layer is not None:
            self.steps.update(dict.fromkeys(after_last_weighted(self.flow, callee.made)))
            made, name = layer
            self.applications[Application(call=place, made=made, name=name)] = None
            return []
        known = api.known().get(callee.name)
        inside = elements(self.flow, callee.made)
        if inside is not None and not all(each and _passes(self.flow, each) for each in inside):
            self.unknown[place] = None
            return []
        passing = callee.name in api.passes().layers or is_container(callee.name)
        if passing or (known and known.kind in {"activation", "dropout", "normalisation"}):
            self.steps[place] = None
            return list(self._arguments(place))
        self.unknown[place] = None
        return []

    def _arguments(self, place: Place) -> Iterator[Value]:
        """The tensors that a call takes: its first argument, all of a list of them."""
        node = place.node
        assert isinstance(node, ast.Call)
        named = [keyword.value for keyword in node.keywords if keyword.arg in _TENSORS]
        for argument in [*node.args, *named][:1]:
            yield Value(Place(place.file, argument))


_TENSORS = frozenset({"input", "x", "inputs", "tensor", "logits", "features"})


def last_weighted(flow: Flow, made: Place) -> tuple[Place, str] | None:
    """The last layer with weights inside a layer: itself, or of a container its last element."""
    found = _weighted(flow, made)
    return found[0] if found else None


def after_last_weighted(flow: Flow, made: Place) -> list[Place]:
    """The elements behind the last layer with weights of a container, last first."""
    behind: list[Place] = []
    for element in reversed(elements(flow, made) or []):
        if element is None or _weighted(flow, element):
            break
        behind.append(element)
    return behind


def _weighted(  # noqa: PLR0911 - one kind of a layer each
    flow: Flow, made: Place, depth: int = 5
) -> list[tuple[Place, str]]:
    """The last layer with weights of what a call makes, if it has one."""
    callee = flow.callee(made)
    known = api.known().get(callee.name) if callee.kind == "library" else None
    if known and known.has_weights:
        return [(made, callee.name)]
    if known and known.kind == "wrapper" and depth:
        inner = flow.origins(Place(made.file, made.node.args[0])) if made.node.args else []  # type: ignore[attr-defined]
        calls = [end.place for end in inner if isinstance(end.place.node, ast.Call)]
        return _weighted(flow, calls[0], depth - 1) if calls else []
    if callee.kind == "class" and callee.made and depth:
        function = flow.method(callee.made, "forward", "call")
        results = flow.results(function) if function else []
        if len(results) == 1:
            inside = makers_of(flow, results[0].place, results[0].path)
            if len(inside.applications) == 1 and not inside.unknown:
                one = inside.applications[0]
                return [(one.made, one.name)]
        return []
    for element in reversed(elements(flow, made) or []) if depth else ():
        if element is None:
            return []
        found = _weighted(flow, element, depth - 1)
        if found or not _passes(flow, element):
            return found
    return []


def _passes(flow: Flow, element: Place) -> bool:
    """Whether an element without weights hands on what it is given."""
    name = flow.callee(element).name
    known = api.known().get(name)
    kinds = {"activation", "dropout", "normalisation", "container"}
    return name in api.passes().layers or (known is not None and known.kind in kinds)
