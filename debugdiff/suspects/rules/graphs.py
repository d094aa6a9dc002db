"""Rules for the graph that the backward pass walks: kept too long, or changed in place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.syntax import calls_in, in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.loops import loops

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
            yield Clue(at=location, factor=near, reason="This changes a value in place.")


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


@of_crash("graph-kept", {Kind.TWICE})
def graph_kept(crash: Crash) -> Clues:
    """What one step of a loop hands to the next with its graph (PyTorch forum: hidden states)."""
    for location, name in _carried(crash):
        reason = f"`{name}` goes from one step to the next with its graph; detach it."
        yield Clue(at=location, weight="carried", reason=reason)
    for location, name in _shared(crash):
        reason = f"`{name}` takes its graph along here, and a later loss needs it: detach it."
        yield Clue(at=location, weight="shared", reason=reason)
    for file, call in crash.program.calls:
        if last_name(call.func) == "backward":
            yield Clue(
                at=file.location(call), weight="backward", reason="This runs the graph backwards."
            )


def _shared(crash: Crash) -> Iterator[tuple[Location, str]]:
    """Where a value goes into the first of two losses of one round (PyTorch's DCGAN tutorial)."""
    for file, loop in _loops(crash):
        yield from _shared_in(file, loop)


def _loops(crash: Crash) -> Iterator[tuple[File, ast.For | ast.While]]:
    for file, node in crash.program.nodes:
        if isinstance(node, (ast.For, ast.While)):
            yield file, node


def _shared_in(file: File, loop: ast.For | ast.While) -> Iterator[tuple[Location, str]]:
    passes = [each.lineno for each in calls_in(loop) if last_name(each.func) == "backward"]
    reads = [each for each in in_order(loop) if isinstance(each, ast.Name)]
    for statement in loop.body if len(passes) > 1 else ():
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call()):
                used = [
                    each for each in reads if each.id == name and each.lineno > statement.lineno
                ]
                early = [each for each in used if each.lineno < passes[0]]
                if early and any(each.lineno > passes[0] for each in used):
                    yield file.location(early[0]), name


def _carried(crash: Crash) -> Iterator[tuple[Location, str]]:
    """Assignments in a loop whose target the same statement, or an earlier one of it, reads."""
    for file, loop in _loops(crash):
        yield from _carried_by(file, loop)


def _carried_by(file: File, loop: ast.For | ast.While) -> Iterator[tuple[Location, str]]:
    read: set[str] = set()
    for statement in loop.body:
        loads = {
            each.id
            for each in in_order(statement)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
        }
        read |= loads
        calls = any(isinstance(each, ast.Call) for each in in_order(statement))
        if isinstance(statement, ast.Assign) and calls:
            stored = {
                each.id
                for target in statement.targets
                for each in ast.walk(target)
                if isinstance(each, ast.Name)
            }
            for name in sorted(stored & read):
                yield file.location(statement), name


@of_text("loss-keeps-its-graph")
def loss_keeps_its_graph(program: Program) -> Clues:
    """Losses added up with their graphs: memory grows with every step (PyTorch's FAQ)."""
    for file, call, _ in loops(program):
        assert isinstance(call.func, ast.Attribute)
        loss = last_name(call.func.value)
        loop = file.loop(call)
        for node in in_order(loop) if loop and loss else ():
            match node:
                case ast.AugAssign(
                    op=ast.Add(), target=ast.Name(id=total), value=ast.Name(id=name)
                ) if name == loss and total != loss and not _runs_backward(file, loop, total):
                    pass
                case ast.Call(func=ast.Attribute(attr="append"), args=[ast.Name(id=name)]) if (
                    name == loss
                ):
                    pass
                case _:
                    continue
            if not any(isinstance(each, ast.With) for each in file.up(node)):
                reason = "This keeps the graph of every step alive: add `loss.item()` instead."
                yield Clue(at=file.location(node), reason=reason)


def _runs_backward(file: File, loop: ast.AST | None, name: str) -> bool:
    del file
    return loop is not None and any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "backward"
        and last_name(node.func.value) == name
        for node in in_order(loop)
    )
