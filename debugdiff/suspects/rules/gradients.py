"""Rules for the way of the gradient: what cuts it off, and what is kept from learning."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.syntax import calls_in, in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.loops import loops

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
    for file, node in crash.program.nodes:
        cut = _cut(node, file.imports)
        if cut:
            location = file.location(node)
            near = crash.near(location, "graph-cut")
            yield Clue(at=location, factor=near, reason=f"{cut} keeps no gradient.")


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
    """Predictions made before the tape began to record (TensorFlow's guide on GradientTape)."""
    for file, node in crash.program.nodes:
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


@of_text("frozen")
def frozen(program: Program) -> Clues:
    """Parameters that are kept from learning (TheDeepChecker; SageMaker: unchanged parameter).

    Not where weights are loaded from elsewhere: keeping those is what transfer learning does.
    """
    if not any(_loads_weights(file, call) for file, call in program.calls):
        for location in frozen_spots(program):
            yield Clue(at=location, reason="This keeps parameters from learning.")


def frozen_spots(program: Program) -> Iterator[Location]:
    """The lines that keep parameters from learning."""
    for file in program.files.values():
        yield from (file.location(node) for node in in_order(file.tree) if _freezes(node))


_LOADED = frozenset({"from_pretrained", "load_state_dict", "load_weights", "load_model"})


def _loads_weights(file: File, call: ast.Call) -> bool:
    libraries = ("torchvision", "keras.applications", "timm", "transformers", "tensorflow_hub")
    told = any(each.arg in {"weights", "pretrained"} for each in call.keywords)
    by_name = last_name(call.func) in _LOADED
    return told or by_name or file.qualified(call.func).startswith(libraries)


def _freezes(node: ast.AST) -> bool:
    match node:
        case ast.Assign(
            targets=[ast.Attribute(attr="requires_grad" | "trainable")],
            value=ast.Constant(value=False),
        ):
            return True
        case ast.Call(func=ast.Attribute(attr="requires_grad_"), args=[ast.Constant(value=False)]):
            return True
        case ast.Call(func=function, keywords=keywords):
            layer = last_name(function)[:1].isupper() and last_name(function) != "Variable"
            return layer and any(_is_untrained(each) for each in keywords)
        case _:
            return False


def _is_untrained(keyword: ast.keyword) -> bool:
    said = keyword.value
    return keyword.arg == "trainable" and isinstance(said, ast.Constant) and said.value is False


@of_text("trained-without-gradient", {Kind.NO_GRADIENT})
def trained_without_gradient(program: Program) -> Clues:
    """A training loop under `no_grad` (PyTorch forum)."""
    for file, call, _ in loops(program):
        for around in file.up(call):
            if isinstance(around, FUNCTIONS):
                yield from (
                    Clue(
                        at=file.location(each),
                        weight="decorator",
                        reason="Training runs without gradients.",
                    )
                    for each in around.decorator_list
                    if turns_off(each)
                )
            if isinstance(around, ast.With):
                yield from (
                    Clue(
                        at=file.location(around),
                        weight="with",
                        reason="Training runs without gradients.",
                    )
                    for item in around.items
                    if turns_off(item.context_expr)
                )


def turns_off(node: ast.expr) -> bool:
    """Whether a `with` or a decorator has PyTorch record no gradients."""
    function = node.func if isinstance(node, ast.Call) else node
    return last_name(function) in {"no_grad", "inference_mode"}
