"""Verbs on values: an operation left out, a condition turned round, a layer made where it is used."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.inject.blocks import Statement, put_after, take_out
from debugdiff.inject.edits import Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.roles import means_the_same
from debugdiff.source import api
from debugdiff.source.bindings import bindings_of
from debugdiff.source.containers import is_container
from debugdiff.source.flow import Value
from debugdiff.source.operations import is_where, tensors_of
from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order, last_name
from debugdiff.source.trails import Trails

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.inject.edits import Part
    from debugdiff.inject.verbs import Site
    from debugdiff.model import VerbValue

_ADDING = frozenset({"append", "add", "add_module"})
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
_NEGATIONS = frozenset({"logical_not", "invert", "bitwise_not"})


def leave_out(site: Site, _: VerbValue) -> None:
    """Leave the place out of the operation, call or list that it is a part of.

    An operation on one tensor hands on its input, of a sum or product the other side is left, an
    argument or element goes. What then is `x = x`, and what was computed for nothing else, goes too.
    """
    whole, kept = _whole_and_kept(site)
    if whole is None:
        return
    statement = site.file.statement(site.node)
    kept_names = {id(node) for node in ast.walk(kept)} if kept is not None else set()
    removed = [node for node in ast.walk(whole) if id(node) not in kept_names]
    if kept is None:
        _take_out(site, statement)
    elif _stays_itself(statement, whole, kept):
        _take_out(site, statement)
        removed = []
    else:
        site.put(Stretch(*site.file.span(whole)), [Stretch(*site.file.span(kept))])
    _take_out_unused(site, removed or list(ast.walk(whole)), statement)


def _take_out(site: Site, statement: ast.stmt) -> None:
    """Take a statement out, with an `if` around it that would have nothing left to do."""
    parent = site.file.parents[statement]
    while isinstance(parent, ast.If) and parent.body == [statement] and not parent.orelse:
        statement, parent = parent, site.file.parents[parent]
    take_out(site.draft, Statement(site.file, statement))


def _whole_and_kept(  # noqa: C901, PLR0911 - one form of code each
    site: Site,
) -> tuple[ast.AST | None, ast.expr | None]:
    """The expression that goes, and what of it stays; `None` first where an argument went."""
    node, parent = site.node, site.file.parents[site.node]
    if isinstance(node, ast.Call):
        inputs = tensors_of(site.work.roles.flow, site.place)
        if len(inputs) == 1:
            return node, inputs[0]
    match parent:
        case ast.BinOp(left=left, right=right):
            return parent, right if node is left else left
        case ast.AugAssign():
            return parent, None
        case ast.keyword():
            _drop(site, site.file.parents[parent], parent.value)
        case ast.Call(func=ast.Attribute(attr=name)) if name in _ADDING and isinstance(
            site.file.parents[parent], ast.Expr
        ):
            return parent, None
        case ast.Call(args=arguments) if node in arguments:
            masked = is_where(site.work.roles.flow, Place(site.file, parent))
            if masked is not None:
                return parent, masked
            if is_container(site.work.roles.flow.callee(Place(site.file, parent)).name):
                _drop_element(site, arguments)
            else:
                _drop(site, parent, node)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) if len(parts) > 1:
            call = site.file.parents[parent]
            if isinstance(call, ast.Call) and len(parts) == 2 and _merges(call):  # noqa: PLR2004
                return call, parts[1 - parts.index(node)]  # type: ignore[arg-type]
            _drop_element(site, parts)
        case _:
            raise Unfit(
                f"line {site.line} has nothing that `{site.place.text}` could be left out of"
            )
    return None, None


def _merges(call: ast.Call) -> bool:
    """`Add()([a, b])`, `add([a, b])`, `concatenate([a, b])`."""
    function = call.func.func if isinstance(call.func, ast.Call) else call.func
    return last_name(function).lower() in {"add", "average", "concatenate", "concat"}


def _drop(site: Site, call: ast.AST, value: ast.AST) -> None:
    whole = replace(site, place=Place(site.file, call))
    argument = next(each for each in whole.arguments.written if each.value is value)
    _take_out_unused(site, list(ast.walk(value)), site.file.statement(call))
    whole.arguments.drop(site.draft, argument)


def _drop_element(site: Site, parts: list[ast.expr]) -> None:
    """Take an element out of a list, with its comma, and its line if it has one of its own."""
    index = next(at for at, part in enumerate(parts) if part is site.node)
    starts = [site.file.span(part) for part in parts]
    if index + 1 < len(parts):
        site.draft.replace(starts[index][0], starts[index + 1][0])
    else:
        site.draft.replace(starts[index - 1][1], starts[index][1])


def _stays_itself(statement: ast.stmt, whole: ast.AST, kept: ast.expr) -> bool:
    match statement:
        case ast.Assign(targets=[target], value=value) if value is whole:
            return isinstance(target, ast.Name | ast.Attribute) and (
                ast.unparse(target) == ast.unparse(kept)
            )
    return False


def _take_out_unused(site: Site, removed: list[ast.AST], around: ast.stmt) -> None:
    """Take out the assignments whose names only what was removed has read."""
    gone = {id(node) for node in removed}
    for node in removed:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            statement = _assignment(site, node)
            if statement is None or statement is around or _is_read(site, node, gone):
                continue
            take_out(site.draft, Statement(site.file, statement))
            assert statement.value is not None
            _take_out_unused(site, list(ast.walk(statement.value)), statement)


def _assignment(site: Site, name: ast.Name) -> ast.Assign | None:
    """The one statement that computes a local variable by operations of the library alone."""
    bound = bindings_of(site.file, name)
    if len(bound) != 1 or bound[0].path or site.file.function(name) is None:
        return None
    parent = site.file.parents.get(bound[0].node)
    match parent:
        case ast.Assign(targets=[ast.Name()], value=value) if value is bound[0].node:
            function = site.file.function(parent)
            plain = function is site.file.function(name) and _is_plain(site, value)
            return parent if plain else None
    return None


def _is_plain(site: Site, value: ast.expr) -> bool:
    """Whether no layer and no function of the user's is called."""
    calls = (Place(site.file, node) for node in ast.walk(value) if isinstance(node, ast.Call))
    flow = site.work.roles.flow
    return all(flow.callee(call).kind in {"library", "method", "unknown"} for call in calls)


def _is_read(site: Site, name: ast.Name, gone: set[int]) -> bool:
    function = site.file.function(name)
    assert function is not None
    return any(
        isinstance(node, ast.Name)
        and node.id == name.id
        and isinstance(node.ctx, ast.Load)
        and id(node) not in gone
        for node in in_order(function)
    )


# --- conditions -----------------------------------------------------------------------------------


def negate(site: Site, _: VerbValue) -> None:
    """Turn truth values round: `~mask`, `mask`, `a == b`; of `where` without a sign, its branches."""
    match site.node:
        case ast.UnaryOp(op=ast.Invert() | ast.Not(), operand=inner):
            site.put(site.stretch, [Stretch(*site.file.span(inner))])
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if (
            type(operator) in _OPPOSITES
        ):
            parts = [Stretch(*site.file.span(left)), f" {_OPPOSITES[type(operator)]} "]
            site.put(site.stretch, [*parts, Stretch(*site.file.span(right))])
        case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _NEGATIONS:
            site.put(site.stretch, [Stretch(*site.file.span(inner))])
        case ast.Call(func=ast.Name() | ast.Attribute() as function) if (
            last_name(function) in _OPPOSITE_NAMES
        ):
            name = last_name(function)
            end = site.file.span(function)[1]
            site.draft.replace(end - len(name), end, _OPPOSITE_NAMES[name])
        case _:
            _negate_unknown(site)


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


# --- layers ---------------------------------------------------------------------------------------


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
            parts = [f"{other} = ", Stretch(*site.file.span(value))]
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


def activation_code(site: Site, operation: str) -> str | None:
    """How the place's own activation is written as another one; `None` if it is no activation."""
    parent = site.file.parents[site.node]
    if isinstance(parent, ast.keyword) and parent.arg == "activation":
        return f'"{operation}"'
    if not isinstance(site.node, ast.Call):
        return None
    callee = site.work.roles.flow.callee(site.place)
    known = api.known().get(callee.name)
    if callee.kind != "library" or known is None or known.kind != "activation":
        return None
    return layer_code(site, operation)


def layer_code(site: Site, operation: str) -> str:
    """An activation as a layer."""
    prefix = "torch" if site.work.framework == "pytorch" else "keras"
    layers = (
        known.name
        for known in api.known().values()
        if known.kind == "activation" and known.activation == operation
    )
    name = next((name for name in layers if name.startswith(prefix)), None)
    if name is None:
        return f'keras.layers.Activation("{operation}")'
    return f"{name}({'dim=-1' if 'dim' in api.known()[name].args else ''})"
