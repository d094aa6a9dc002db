"""The verb that leaves something out: a term of a sum, an argument, an operation on a tensor."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.inject.blocks import Statement, take_out
from debugdiff.inject.edits import Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.source.bindings import bindings_of
from debugdiff.source.containers import is_container
from debugdiff.source.operations import pooled_of, tensors_of, unmasked
from debugdiff.source.place import Place
from debugdiff.source.syntax import in_order, last_name

if TYPE_CHECKING:
    from debugdiff.inject.site import Site
    from debugdiff.model import VerbValue

_ADDING = frozenset({"append", "add", "add_module"})


def leave_out(site: Site, _: VerbValue) -> None:
    """Leave the place out of the operation, call or list that it is a part of.

    An operation on one tensor hands on its input, of a sum or product the other side is left, an
    argument or element goes. What then is `x = x` goes too, and what nothing else reads.
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


def _whole_and_kept(  # noqa: C901, PLR0911, PLR0912 - one form of code each
    site: Site,
) -> tuple[ast.AST | None, ast.expr | None]:
    """The expression that goes, and what of it stays; `None` first where an argument went."""
    node, parent = site.node, site.file.parents[site.node]
    if isinstance(node, ast.Call):
        inputs = tensors_of(site.work.roles.flow, site.place)
        if site.place in site.work.roles.places("pooling"):
            pooled = pooled_of(site.work.roles.flow, site.place)
            inputs = [pooled] if pooled is not None else []
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
            masked = unmasked(site.work.roles.flow, Place(site.file, parent))
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
    written = whole.arguments.written
    argument = next(each for each in written if each.value is value)
    _take_out_unused(site, list(ast.walk(value)), site.file.statement(call))
    behind = written[written.index(argument) + 1 :]
    if whole.arguments.callee.kind == "layer" and any(not each.name for each in behind):
        site.put(argument.stretch, ["None"])  # others by position follow
    else:
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
