"""Rules for the graph that the backward pass walks: kept too long, or changed in place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.bindings import bindings_of
from debugdiff.source.syntax import calls_in, in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue, edit_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File, Program
    from debugdiff.suspects.crash import Crash


@of_crash("changed-in-place", {Kind.IN_PLACE})
def changed_in_place(crash: Crash) -> Clues:
    """Values changed in place that the backward pass still needs (PyTorch's notes on autograd)."""
    for file, node in crash.program.nodes:
        if _in_place(node):
            location = file.location(node)
            near = crash.near(location, "changed-in-place")
            reason = "This changes a value in place."
            edit = edit_at(file, node, _not_in_place(file, node))
            yield Clue(at=location, factor=near, reason=reason, edit=edit)


def _in_place(node: ast.AST) -> bool:
    match node:
        case ast.AugAssign(value=ast.Constant()) | ast.AugAssign(target=ast.Attribute()):
            return False
        case ast.AugAssign():
            return True
        case ast.Assign(targets=[ast.Subscript(slice=key), *_]):
            return not isinstance(key, ast.Constant) or not isinstance(key.value, str)
        case ast.Call(func=ast.Attribute(attr=name)):
            return name.endswith("_") and not name.endswith("__") and name != "requires_grad_"
        case ast.keyword(arg="inplace", value=ast.Constant(value=True)):
            return True
        case _:
            return False


def _not_in_place(file: File, node: ast.AST) -> str:
    """The same with a new value; empty where that takes more than one statement."""
    text = file.segment(node) if isinstance(node, ast.stmt | ast.expr | ast.keyword) else ""
    match node:
        case ast.AugAssign(target=ast.Name() as target, value=value):
            whole = file.text[file.span(target)[1] : file.span(value)[0]]
            sign = whole.strip().removesuffix("=")
            return f"{target.id} = {target.id} {sign} ({file.segment(value)})"
        case ast.Call(func=ast.Attribute() as function):
            end = file.span(function)[1] - file.span(node)[0]
            return text[: end - 1] + text[end:]
        case ast.keyword():
            return text.replace("True", "False")
        case _:
            return ""


@of_crash("graph-kept", {Kind.TWICE})
def graph_kept(crash: Crash) -> Clues:
    """What one step of a loop hands to the next with its graph (PyTorch forum: hidden states)."""
    for location, name in _carried(crash):
        reason = f"`{name}` goes from one step to the next with its graph; detach it."
        yield Clue(at=location, weight="carried", reason=reason)
    for location, name in _shared(crash):
        reason = f"`{name}` keeps its graph here, and a later loss needs it: detach it."
        yield Clue(at=location, weight="shared", reason=reason)
    for file, call in crash.program.calls:
        if last_name(call.func) == "backward":
            yield Clue(
                at=file.location(call), weight="backward", reason="This runs the graph backwards."
            )


def _shared(crash: Crash) -> Iterator[tuple[Location, str]]:
    """Where a value goes into the first of two losses of one round (PyTorch's DCGAN tutorial)."""
    for file, loop in _loops(crash):
        passes = [each.lineno for each in calls_in(loop) if last_name(each.func) == "backward"]
        if len(passes) > 1:
            yield from _used_twice(file, loop, passes[0])


def _used_twice(file: File, loop: ast.AST, first: int) -> Iterator[tuple[Location, str]]:
    """What a call makes in a round, is read above the first backward pass, and below it again."""
    reads = [each for each in in_order(loop) if isinstance(each, ast.Name)]
    for late in (each for each in reads if each.lineno > first):
        made = {bound.node for bound in bindings_of(file, late) if isinstance(bound.node, ast.Call)}
        for early in reads if made & set(in_order(loop)) else ():
            shared = {bound.node for bound in bindings_of(file, early)} & made
            if shared and early.lineno < first and isinstance(early.ctx, ast.Load):
                yield file.location(early), early.id
                break


def _loops(crash: Crash) -> Iterator[tuple[File, ast.For | ast.While]]:
    for file, node in crash.program.nodes:
        if isinstance(node, (ast.For, ast.While)):
            yield file, node


def _carried(crash: Crash) -> Iterator[tuple[Location, str]]:
    """Statements of a loop that bind what an earlier line of the next round reads."""
    for file, loop in _loops(crash):
        inside = set(in_order(loop))
        for name in (each for each in inside if isinstance(each, ast.Name)):
            for bound in bindings_of(file, name) if isinstance(name.ctx, ast.Load) else ():
                is_call = isinstance(bound.node, ast.Call) and bound.node in inside
                if is_call and not name.lineno > file.statement(bound.node).lineno:
                    yield file.location(file.statement(bound.node)), name.id


@of_text("loss-keeps-its-graph")
def loss_keeps_its_graph(program: Program) -> Clues:
    """Losses added up with their graphs: memory grows with every step (PyTorch's FAQ)."""
    for backward in program.roles.places("loss-value"):
        loop, file = backward.file.loop(backward.node), backward.file
        trained = _bound(backward.file, backward.node)
        for node in in_order(loop) if loop and trained else ():
            kept = _kept(node)
            is_loss = kept is not None and _bound(file, kept) == trained
            if is_loss and not any(isinstance(each, ast.With) for each in file.up(node)):
                reason = "This keeps the graph of every step alive: add `loss.item()` instead."
                yield Clue(at=file.location(node), reason=reason)


def _bound(file: File, node: ast.AST) -> set[ast.AST]:
    """What a name is bound to where it is read."""
    return {each.node for each in bindings_of(file, node)} if isinstance(node, ast.Name) else set()


def _kept(node: ast.AST) -> ast.Name | None:
    """The name that a statement adds to a sum, or appends to a list."""
    match node:
        case ast.AugAssign(op=ast.Add(), value=ast.Name() as name):
            return name
        case ast.Assign(value=ast.BinOp(op=ast.Add(), right=ast.Name() as name)):
            return name
        case ast.Call(func=ast.Attribute(attr="append"), args=[ast.Name() as name]):
            return name
    return None
