"""The way of one tensor back through names, turns of its axes and the user's own functions.

A function that only turns axes (`split_heads(self.query(x))`) hands on what it is given at that
very call, and not what all its calls give it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.bindings import Binding, bindings_of
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.operations import MOVES, RESHAPES
from debugdiff.source.place import Place
from debugdiff.source.syntax import argument_of, last_name, position

if TYPE_CHECKING:
    from debugdiff.source.flow import Flow

_PRODUCTS = frozenset({"matmul", "bmm", "einsum", "dot"})
_LIMIT = 200


def factors_of(flow: Flow, place: Place) -> list[Place]:
    """The two tensors that an expression multiplies, sums over an axis included."""
    node, file = place.node, place.file
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            return [Place(file, left), Place(file, right)]
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return []
        case ast.Call(func=function, args=arguments) if last_name(function) in _PRODUCTS:
            kind = flow.callee(place).kind
            if kind == "library":
                given = arguments[1:] if last_name(function) == "einsum" else arguments[:2]
            elif kind in {"method", "unknown"} and isinstance(function, ast.Attribute):
                given = [function.value, *arguments[:1]]
            else:
                return []
            return [Place(file, part) for part in given] if len(given) == 2 else []  # noqa: PLR2004
    return []


@dataclass(frozen=True)
class Trails:
    """Walks back over a program's tensors."""

    flow: Flow

    def step(  # noqa: PLR0911 - one form of an expression each
        self, place: Place, *, inside: bool = False
    ) -> list[Place]:
        """One step back; nothing where a tensor is computed.

        Args:
            place: an expression, or a parameter.
            inside: whether to stay inside the function.
        """
        node, file = place.node, place.file
        match node:
            case ast.Name():
                return self._bound(place, node)
            case ast.arg():
                return [] if inside else self._passed(place)
            case ast.Subscript(value=inner) | ast.NamedExpr(value=inner) | ast.Starred(value=inner):
                return [Place(file, inner)]
            case ast.Attribute(attr="T" | "mT" | "mH", value=inner):
                return [Place(file, inner)]
            case ast.IfExp(body=one, orelse=other):
                return [Place(file, one), Place(file, other)]
            case ast.Call():
                return self._called(place, node)
        return []

    def back(self, start: Place, *, inside: bool = False) -> list[Place]:
        """Everything on the way back from an expression, itself first."""
        waiting, seen = [start], {start.node: start}
        while waiting and len(seen) < _LIMIT:
            for step in self.step(waiting.pop(0), inside=inside):
                if step.node not in seen:
                    seen[step.node] = step
                    waiting.append(step)
        return list(seen.values())

    def everything(self, start: Place) -> list[Place]:
        """An expression, and what the names and attributes in it are bound to, and so on."""
        waiting, seen = [start], {start.node: start}
        while waiting and len(seen) < _LIMIT:
            place = waiting.pop(0)
            for node in ast.walk(place.node):
                if isinstance(node, ast.Name | ast.Attribute | ast.Call):
                    part = Place(place.file, node)
                    for step in self._origins(part):
                        if step.node not in seen:
                            seen[step.node] = step
                            waiting.append(step)
        return list(seen.values())

    def _origins(self, part: Place) -> list[Place]:
        node = part.node
        if isinstance(node, ast.Call):
            function = self.flow.callee(part).function
            return [value.place for value in self.flow.results(function)] if function else []
        if isinstance(node, ast.Attribute):
            return [*(end.place for end in self.flow.origins(part)), *self.buffers(node.attr)]
        found = self._bound(part, node) if isinstance(node, ast.Name) else []
        return [step for place in found for step in self._filled(place)]

    def _filled(self, place: Place) -> list[Place]:
        return self._passed(place) if isinstance(place.node, ast.arg) else [place]

    def buffers(self, name: str) -> list[Place]:
        """What `register_buffer("mask", ...)` makes of an attribute."""
        return [
            Place(call.file, call.node.args[1])  # type: ignore[attr-defined]
            for call in self.flow.calls_of("register_buffer")
            if len(call.node.args) > 1  # type: ignore[attr-defined]
            and isinstance(call.node.args[0], ast.Constant)  # type: ignore[attr-defined]
            and call.node.args[0].value == name  # type: ignore[attr-defined]
        ]

    def _bound(self, place: Place, node: ast.Name) -> list[Place]:
        found = []
        for bound in bindings_of(place.file, node):
            if not bound.path:
                found.append(Place(place.file, bound.node))
                continue
            part = _element(bound)
            if part is not None:
                found.append(Place(place.file, part))
                continue
            ends = self.flow.origins(Place(place.file, bound.node), bound.path)
            found += [end.place for end in ends]
        return found

    def _passed(self, place: Place) -> list[Place]:
        """What the program's calls pass for a parameter."""
        node, file = place.node, place.file
        assert isinstance(node, ast.arg)
        function = next(up for up in file.up(node) if isinstance(up, (*FUNCTIONS, ast.Lambda)))
        if isinstance(function, ast.Lambda):
            return []
        at = position(function, node.arg)
        sites = self.flow.sites(Place(file, function))
        given = [(site, argument_of(site.node, node.arg, at)) for site in sites]  # type: ignore[arg-type]
        return [Place(site.file, value) for site, value in given if value is not None]

    def _called(self, place: Place, node: ast.Call) -> list[Place]:
        callee = self.flow.callee(place)
        name = last_name(node.func)
        if callee.kind == "function" and callee.function is not None:
            return self._through(place, node, callee.function)
        known = api.known().get(callee.name)
        drops = known is not None and known.kind in {"dropout", "dropout-call"}
        if callee.kind == "layer":
            return [Place(place.file, part) for part in node.args[:1]] if drops else []
        if callee.kind == "library":
            moves = name in MOVES | RESHAPES or drops
            return [Place(place.file, part) for part in node.args[:1]] if moves else []
        is_method = isinstance(node.func, ast.Attribute) and name in MOVES | RESHAPES
        return [Place(place.file, node.func.value)] if is_method else []  # type: ignore[attr-defined]

    def _through(self, place: Place, node: ast.Call, function: Place) -> list[Place]:
        """What a user's function hands on: the arguments that it only turns, or what it makes."""
        found = []
        for end in self._ends_of(function):
            if isinstance(end.node, ast.arg) and isinstance(function.node, FUNCTIONS):
                at = position(function.node, end.node.arg)
                given = argument_of(node, end.node.arg, at)
                found += [Place(place.file, given)] if given is not None else []
            else:
                found.append(end)
        return found

    def _ends_of(self, function: Place) -> list[Place]:
        """Where what a user's function returns begins."""
        key = "handed on", function.node
        return self.flow.questions.answer(key, lambda: self._find_ends(function), [])

    def _find_ends(self, function: Place) -> list[Place]:
        parts = [
            end
            for value in self.flow.results(function)
            for end in self.back(value.place, inside=True)
        ]
        return [end for end in parts if not self.step(end, inside=True)]


def _element(bound: Binding) -> ast.expr | None:
    """The element of a tuple that is written out: `b` of `a, b = one, other`."""
    match bound:
        case Binding(node=ast.Tuple(elts=parts) | ast.List(elts=parts), path=(int() as index,)):
            plain = not any(isinstance(part, ast.Starred) for part in parts)
            return parts[index] if plain and -len(parts) <= index < len(parts) else None
    return None
