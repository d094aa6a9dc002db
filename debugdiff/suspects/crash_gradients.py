"""Rules for crashes of the backward pass and of the optimizer."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.syntax import calls_in, in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File
    from debugdiff.suspects.crash import Crash

_CUTS = frozenset(
    {"detach", "item", "numpy", "tolist", "no_grad", "inference_mode", "stop_gradient", "argmax"}
)
_LOST = frozenset({"tensor", "as_tensor", "from_numpy", "array", "round", "stop_recording"})


@of_crash("graph-cut", {Kind.NO_GRADIENT})
def graph_cut(crash: Crash) -> Clues:
    """Where the way from the loss to the parameters is cut (PyTorch forum; TheDeepChecker)."""
    for file, node in _everything(crash):
        cut = _cut(node, file.imports)
        if cut:
            location = file.location(node)
            near = crash.near(location, "graph-cut")
            yield Clue(at=location, factor=near, reason=f"{cut} keeps no gradient.")


def _everything(crash: Crash) -> Iterator[tuple[File, ast.AST]]:
    for file in crash.program.files.values():
        yield from ((file, node) for node in in_order(file.tree))


def _cut(node: ast.AST, imports: Collection[str]) -> str:
    match node:
        case ast.Call(func=function) if last_name(function) in _CUTS:
            return f"`{last_name(function)}`"
        case ast.Call(func=function, args=[ast.Name() | ast.Call(), *_]) if (
            last_name(function) in _LOST
        ):
            return f"`{last_name(function)}`, which copies plain numbers,"
        case ast.Assign(targets=[ast.Attribute(attr="requires_grad" | "trainable")]):
            return "A parameter that is not to be trained"
        case ast.Attribute(attr="data", ctx=ast.Load(), value=ast.Name(id=name)) if (
            name not in imports
        ):
            return "`.data`"
        case ast.keyword(arg="requires_grad", value=ast.Constant(value=False)):
            return "`requires_grad=False`"
        case _:
            return ""


@of_crash("changed-in-place", {Kind.IN_PLACE})
def changed_in_place(crash: Crash) -> Clues:
    """Values changed in place that the backward pass still needs (PyTorch's notes on autograd)."""
    for file, node in _everything(crash):
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
    for file, node in _everything(crash):
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


@of_crash("nothing-to-train", {Kind.NO_PARAMETERS})
def nothing_to_train(crash: Crash) -> Clues:
    """What the optimizer was given (Stack Overflow: layers in a plain list, the wrong model)."""
    for file, call in crash.program.calls:
        if last_name(call.func) in {"parameters", "trainable_variables", "filter"}:
            reason = "This gives the optimizer its parameters, and there are none."
            yield Clue(at=file.location(call), reason=reason)


@of_crash("made-outside-the-tape", {Kind.NO_GRADIENT})
def made_outside_the_tape(crash: Crash) -> Clues:
    """Predictions made before the tape began to record (TensorFlow's guide on GradientTape)."""
    for file, node in _everything(crash):
        if isinstance(node, ast.With) and any(_is_tape(item.context_expr) for item in node.items):
            inside = {id(each) for each in in_order(node)}
            for name in [each for each in in_order(node) if isinstance(each, ast.Name)]:
                for made in _made_before(file, node, name):
                    if id(made) not in inside:
                        reason = (
                            f"`{name.id}` is made outside the tape, which cannot follow it back."
                        )
                        yield Clue(at=file.location(made), weight="before", reason=reason)
            yield Clue(
                at=file.location(node),
                weight="tape",
                reason="The tape records only what is in here.",
            )
            for made in _made_after(file, node):
                reason = "This is computed when the tape has stopped, which is asked about it."
                yield Clue(at=file.location(made), weight="after", reason=reason)


def _made_after(file: File, tape: ast.With) -> Iterator[ast.Assign]:
    """Below the tape, the assignment of what `tape.gradient` is asked to derive."""
    around = next(file.up(tape), None)
    asked = {
        last_name(call.args[0])
        for call in calls_in(around)
        if last_name(call.func) == "gradient" and call.args
    }
    for each in in_order(around) if around else ():
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call()) if (
                name in asked and each.lineno > (tape.end_lineno or tape.lineno)
            ):
                yield each


def _is_tape(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "GradientTape"


def _made_before(file: File, tape: ast.With, name: ast.Name) -> Iterator[ast.Assign]:
    """The assignment of a call, in the same function and above the tape, that binds a name."""
    around = file.function(tape)
    for each in around.body if around else ():
        match each:
            case ast.Assign(targets=[ast.Name(id=made)], value=ast.Call()) if (
                made == name.id and each.lineno < tape.lineno
            ):
                yield each
