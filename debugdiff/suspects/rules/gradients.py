"""Rules for the way of the gradient: what cuts it off, and what is kept from learning."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.source.roles.evaluation import is_tape
from debugdiff.source.syntax import calls_in, in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.freezing import frozen_locations

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File, Program
    from debugdiff.suspects.crash import Crash


_CUTS = frozenset(
    {"detach", "item", "numpy", "tolist", "no_grad", "inference_mode", "stop_gradient", "argmax"}
)


_LOST = frozenset({"tensor", "as_tensor", "from_numpy", "array", "round", "stop_recording"})


@of_crash("graph-cut", {Kind.NO_GRADIENT})
def graph_cut(crash: Crash) -> Clues:
    """Where the way from the loss to the parameters is cut (PyTorch forum; TheDeepChecker)."""
    for cut in cuts(crash.program):
        reason = f"{cut.by} keeps no gradient."
        yield Clue(at=cut.at, factor=crash.near(cut.at, "graph-cut"), reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A line from which no gradient comes back.

    Attributes:
        by: what cuts, for a sentence.
        is_lasting: whether training surely goes on from it: not a number that is only printed.
    """

    at: Location
    by: str
    is_lasting: bool = False


def cuts(program: Program) -> Iterator[Cut]:
    """Every line that may keep gradients from the parameters."""
    lasting = {*frozen_locations(program), *_unrecorded(program)}
    for file, node in program.nodes:
        by, at = _cut(node, file.imports), file.location(node)
        if by:
            yield Cut(at=at, by=by, is_lasting=at in lasting or _detaches(file, node))
    for at in lasting:
        yield Cut(at=at, by="What is not recorded, or not trained,", is_lasting=True)


def _detaches(file: File, node: ast.AST) -> bool:
    """Whether a value is taken out of the graph, and not in order to look at it."""
    above = file.parents.get(node)
    is_read = isinstance(above, ast.Attribute) and above.attr in _READING
    detaches = isinstance(node, ast.Call) and last_name(node.func) in {"detach", "stop_gradient"}
    return detaches and not is_read


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


@of_crash("made-outside-the-tape", {Kind.NO_GRADIENT})
def made_outside_the_tape(crash: Crash) -> Clues:
    """What is computed before or after the tape records (TensorFlow's guide on GradientTape)."""
    for file, node in crash.program.nodes:
        if isinstance(node, ast.With) and is_tape(node):
            before, after = _made_before(crash.program, file, node), list(_made_after(file, node))
            for made, name in before.items():
                reason = f"`{name}` is made outside the tape, so its gradient is lost."
                yield Clue(at=made, weight="before", reason=reason)
            for computed in after:
                reason = "The tape has stopped recording before this is computed."
                yield Clue(at=file.location(computed), weight="after", reason=reason)
            if before or after:
                reason = "The tape records only what runs inside this block."
                yield Clue(at=file.location(node), weight="tape", reason=reason)


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


def _made_before(program: Program, file: File, tape: ast.With) -> dict[Location, str]:
    """Above the tape, in its function, what a model or layer gave that the tape goes on with."""
    around = file.function(tape)
    used = {each.id for each in in_order(tape) if isinstance(each, ast.Name)}
    found: dict[Location, str] = {}
    for each in around.body if around else ():
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=applied)) if (
                name in used and each.lineno < tape.lineno and _is_object(program, file, applied)
            ):
                found[file.location(each)] = name
    return found


def _is_object(program: Program, file: File, applied: ast.expr) -> bool:
    """Whether what is called was made by a class, as a model is, or handed in."""
    return any(
        isinstance(end, ast.arg)
        or (isinstance(end, ast.Call) and last_name(end.func)[:1].isupper())
        for _, end in program.definition(applied, file)
    )


@of_text("trained-without-gradient", {Kind.NO_GRADIENT})
def trained_without_gradient(program: Program) -> Clues:
    """A training loop under `no_grad` (PyTorch forum)."""
    for backward in program.roles.places("backward"):
        for around in backward.file.up(backward.node):
            for location in _without_gradient(backward.file, around):
                number = "with" if isinstance(around, ast.With) else "decorator"
                yield Clue(at=location, weight=number, reason="Training runs without gradients.")


def _without_gradient(file: File, around: ast.AST) -> Iterator[Location]:
    """Where a block turns gradients off, or a decorator of a function does."""
    match around:
        case ast.With(items=items):
            yield from (file.location(around) for item in items if _turns_off(item.context_expr))
        case ast.FunctionDef(decorator_list=marks) | ast.AsyncFunctionDef(decorator_list=marks):
            yield from (file.location(each) for each in marks if _turns_off(each))


def _turns_off(node: ast.expr) -> bool:
    """Whether a `with` or a decorator has PyTorch record no gradients."""
    function = node.func if isinstance(node, ast.Call) else node
    return last_name(function) in {"no_grad", "inference_mode"}


def _unrecorded(program: Program) -> Iterator[Location]:
    """What turns gradients off on the way of a round of training to its `backward`."""
    for backward in program.roles.places("backward"):
        loop = backward.file.loop(backward.node)
        for node in in_order(loop) if loop else ():
            if getattr(node, "lineno", backward.location.line) < backward.location.line:
                yield from _switches(program, backward.file, node)


def _switches(program: Program, file: File, node: ast.AST) -> Iterator[Location]:
    """A block without gradients, or a call of a function that is decorated so."""
    match node:
        case ast.With():
            yield from _without_gradient(file, node)
        case ast.Call(func=ast.Name(id=name)) if name in program.functions:
            yield from _without_gradient(*program.functions[name])


_READING = frozenset({"cpu", "numpy", "item", "tolist"})
"""What follows a `detach` in order to look at the numbers."""
