"""Verbs on values and layers: conditions turned round, layers made elsewhere, activations."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.inject.blocks import Statement, put_after, take_out
from debugdiff.inject.edits import Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.roles import means_the_same
from debugdiff.inject.site import Site
from debugdiff.source.bindings import bindings_of
from debugdiff.source.operations import is_hidden
from debugdiff.source.place import Place
from debugdiff.source.syntax import last_name
from debugdiff.source.trails import Trails
from debugdiff.source.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.inject.edits import Part
    from debugdiff.model import VerbValue

_OPPOSITES: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: ">=",
    ast.GtE: "<",
    ast.Gt: "<=",
    ast.LtE: ">",
}
_OPPOSITE_NAMES = {
    "equal": "not_equal",
    "not_equal": "equal",
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
    "eq": "ne",
    "ne": "eq",
}
_NUMBERS = re.compile(r"float|half|double|int|long|dtype|np\.f|tf\.f")
_NEGATIONS = frozenset({"logical_not", "invert", "bitwise_not"})


def negate(site: Site, value: VerbValue) -> None:
    """Turn truth values round: `~mask`, `mask`, `a == b`; or the branches of `where`."""
    match site.node:
        case ast.UnaryOp(op=ast.Invert() | ast.Not(), operand=inner):
            site.put(site.stretch, [Stretch(*site.file.span(inner))])
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if (
            type(operator) in _OPPOSITES
        ):
            parts: list[Part] = [Stretch(*site.file.span(left)), f" {_OPPOSITES[type(operator)]} "]
            site.put(site.stretch, [*parts, Stretch(*site.file.span(right))])
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _NEGATIONS:
            site.put(site.stretch, [Stretch(*site.file.span(inner))])
        case ast.Call(func=ast.Name() | ast.Attribute() as function) if (
            last_name(function) in _OPPOSITE_NAMES
        ):
            name = last_name(function)
            end = site.file.span(function)[1]
            site.draft.replace(end - len(name), end, _OPPOSITE_NAMES[name])
        case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=inner):
            site.put(site.stretch, [Stretch(*site.file.span(inner))])
        case ast.BinOp(left=left, op=ast.Mult(), right=right) if _hides(site, right):
            negate(Site(Place(site.file, left), site.work), value)
        case ast.BinOp(left=left, op=ast.Mult(), right=right) if _hides(site, left):
            negate(Site(Place(site.file, right), site.work), value)
        case ast.Subscript(value=ast.BinOp() | ast.Compare() | ast.UnaryOp() as inner):
            negate(Site(Place(site.file, inner), site.work), value)
        case ast.Constant():
            raise Unfit(f"the layer in line {site.line} makes its mask itself")
        case _:
            _negate_unknown(site)


def _hides(site: Site, factor: ast.expr) -> bool:
    """Whether a factor makes a mask of ones a large negative number that hides scores."""
    return is_hidden(site.work.roles.flow, Place(site.file, factor))


def _negate_unknown(site: Site) -> None:
    parent = site.file.parents[site.node]
    if isinstance(parent, ast.Call) and last_name(parent.func) == "where":
        branches = [Stretch(*site.file.span(part)) for part in parent.args[1:3]]
        texts = [site.draft.changed(branch) for branch in branches]
        for branch, text in zip(branches, reversed(texts), strict=True):
            site.put(branch, [text])
    elif site.work.framework == "pytorch" and _is_masked_fill(parent):
        site.put(site.stretch, site.code("~$it"))
    else:
        way = Trails(site.work.roles.flow).back(site.place)
        if not any(_is_truth(place.node) for place in way):
            reason = f"whether `{site.place.text}` holds truth values does not follow from the text"
            raise Unfit(reason)
        code = "~$it" if site.work.framework == "pytorch" else "keras.ops.logical_not($it)"
        code = "1 - $it" if any(_is_cast(place.node) for place in way) else code
        site.put(site.stretch, site.code(code))


def _is_masked_fill(parent: ast.AST) -> bool:
    return isinstance(parent, ast.Call) and last_name(parent.func) in {
        "masked_fill",
        "masked_fill_",
    }


def _is_truth(node: ast.AST) -> bool:
    match node:
        case ast.UnaryOp(op=ast.Invert() | ast.Not()) | ast.Compare():
            return True
        case ast.Call(func=function):
            name = last_name(function)
            return name in _OPPOSITE_NAMES or name in _NEGATIONS or name in {"bool", "isin"}
    return False


def _is_cast(node: ast.AST) -> bool:
    """Whether a call makes numbers, zeros and ones, of truth values."""
    match node:
        case ast.Call(func=function, args=arguments, keywords=keywords):
            name = last_name(function)
            given = " ".join(map(ast.unparse, [*arguments, *(k.value for k in keywords)]))
            is_typed = name in {"astype", "cast", "to", "type"} and bool(_NUMBERS.search(given))
            return name in {"float", "half", "double", "int", "long", "type_as"} or is_typed
    return False


# --- layers -----------------------------------------------------------------------------------


def inline(site: Site, _: VerbValue) -> None:
    """Make what a name or attribute is bound to where it is used; the assignment goes."""
    ends = site.work.roles.flow.origins(site.place)
    statements = [site.file.statement(end.place.node) for end in ends if not end.path]
    match statements:
        case [ast.Assign(targets=[_], value=value) as statement] if value is ends[0].place.node:
            site.put(site.stretch, list(_known_there(site, value)))
            take_out(site.draft, Statement(site.file, statement))
        case _:
            raise Unfit(f"no assignment of its own makes `{site.place.text}` in line {site.line}")


def _known_there(site: Site, value: ast.expr) -> Iterator[Part]:
    """The text of a value for use at a place: sizes that have no name there as numbers."""
    made = Place(site.file, value)
    start, end = site.file.span(value)
    for name in sorted(_names(value), key=site.file.span):
        if means_the_same(name, made, site.place):
            continue
        number = site.work.roles.program.number(name, site.file)
        if number is None:
            raise Unfit(f"`{name.id}`, with which it is made, is not known in line {site.line}")
        yield Stretch(start, site.file.span(name)[0])
        yield repr(number)
        start = site.file.span(name)[1]
    yield Stretch(start, end)


def separate(site: Site, _: VerbValue) -> None:
    """Make what a name or attribute is bound to a second time, for this place alone."""
    ends = [end.place for end in _bound_to(site)]
    statements = [site.file.statement(end.node) for end in ends]
    match statements:
        case [ast.Assign(targets=[target], value=value) as statement]:
            name = f"second_{last_name(target)}"
            if name in site.file.text:
                raise Unfit(f"there is a `{name}` already in this program")
            other = ast.unparse(target).removesuffix(last_name(target)) + name
            site.put(site.stretch, [other])
            parts: list[Part] = [f"{other} = ", Stretch(*site.file.span(value))]
            put_after(site.draft, Statement(site.file, statement), parts)
        case _:
            raise Unfit(f"no assignment of its own makes `{site.place.text}` in line {site.line}")


def _bound_to(site: Site) -> Iterator[Value]:
    node, flow = site.node, site.work.roles.flow
    if isinstance(node, ast.Name):
        for bound in bindings_of(site.file, node):
            yield Value(Place(site.file, bound.node), bound.path)
    elif isinstance(node, ast.Attribute):
        yield from flow.attribute_of(Place(site.file, node.value), node.attr)


def _names(value: ast.expr) -> Iterator[ast.Name]:
    return (node for node in ast.walk(value) if isinstance(node, ast.Name))
