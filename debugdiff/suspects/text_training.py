"""Rules on the text of training: the loop, the gradients, the optimizer."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.syntax import argument_of, calls_in, in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File, Program

_ADAPTIVE = frozenset({"Adam", "AdamW", "NAdam", "Nadam", "RAdam", "Adamax", "RMSprop"})
_OPTIMIZERS = _ADAPTIVE | {"SGD", "Adagrad", "Adadelta", "Ftrl", "Lion", "Adafactor"}
_TOO_FAST, _MUCH_TOO_FAST, _TOO_SLOW = (
    weight("learning-rate-limits", "adaptive"),
    weight("learning-rate-limits", "plain"),
    weight("learning-rate-limits", "low"),
)


def loops(program: Program) -> Iterator[tuple[File, ast.Call, dict[str, list[ast.Call]]]]:
    """The innermost blocks that run `backward`, with the methods that they and their loop call."""
    for file, call in program.calls:
        if last_name(call.func) == "backward" and isinstance(call.func, ast.Attribute):
            around = file.loop(call) or file.function(call) or file.tree
            called: dict[str, list[ast.Call]] = {}
            for node in calls_in(around):
                called.setdefault(last_name(node.func), []).append(node)
            yield file, call, called


def all_called(program: Program) -> set[str]:
    return {last_name(call.func) for _, call in program.calls}


@of_text("gradients-not-cleared")
def gradients_not_cleared(program: Program) -> Clues:
    """`backward` and `step` without `zero_grad`: gradients add up (Stack Overflow)."""
    called = all_called(program)
    sets_none = any(
        isinstance(node, ast.Attribute) and node.attr == "grad" and isinstance(node.ctx, ast.Store)
        for file in program.files.values()
        for node in ast.walk(file.tree)
    )
    if "zero_grad" in called or "zero_" in called or sets_none or "step" not in called:
        return
    for file, call, _ in loops(program):
        if file.loop(call) is None and file.function(call) is None:
            continue  # one step alone has nothing to clear
        reason = "Nothing clears the gradients: call `optimizer.zero_grad()` before this."
        yield Clue(at=file.location(call), weight="backward", reason=reason)
        loop = file.loop(call)
        if loop is not None:
            yield Clue(at=file.location(loop.body[0]), weight="loop", reason=reason)


@of_text("gradients-cleared-too-late")
def gradients_cleared_too_late(program: Program) -> Clues:
    """`zero_grad` between `backward` and `step`: the step sees zeros (PyTorch forum)."""
    for file, call, called in loops(program):
        steps = [each.lineno for each in called.get("step", ()) if each.lineno > call.lineno]
        for clear in called.get("zero_grad", ()):
            if steps and call.lineno < clear.lineno < min(steps):
                reason = "This clears the gradients before the step has used them."
                yield Clue(at=file.location(clear), reason=reason)


@of_text("step-missing")
def step_missing(program: Program) -> Clues:
    """`backward` without any `step`: nothing is ever updated (TheDeepChecker; SageMaker)."""
    called = all_called(program)
    if {"step", "backward"} & called == {"backward"} and _OPTIMIZERS & called:
        for file, call, _ in loops(program):
            reason = "No `optimizer.step()` follows: the parameters never change."
            yield Clue(at=file.location(call), reason=reason)


@of_text("apply-gradients-missing")
def apply_gradients_missing(program: Program) -> Clues:
    """A tape's gradients that no optimizer applies (TensorFlow's guide on training loops)."""
    called = all_called(program)
    if (
        "GradientTape" in called
        and not {"apply_gradients", "apply", "assign_sub", "minimize"} & called
    ):
        for file, call in program.calls:
            if last_name(call.func) == "gradient":
                reason = "Nothing applies these gradients to the weights."
                yield Clue(at=file.location(call), reason=reason)


@of_text("learning-rate")
def learning_rate(program: Program) -> Clues:
    """A learning rate out of the usual range: over 0.01 or under 1e-7 for Adam (UMLAUT)."""
    for file, call in program.calls:
        name = last_name(call.func)
        if name not in _OPTIMIZERS:
            continue
        at = 1 if file.qualified(call.func).startswith("torch") else 0
        for word in ("lr", "learning_rate"):
            value = argument_of(call, word, at)
            rate = program.number(value, file)
            limit = _TOO_FAST if name in _ADAPTIVE else _MUCH_TOO_FAST
            if value is not None and rate is not None and (rate > limit or rate < _TOO_SLOW):
                for location in dict.fromkeys(
                    (file.location(value), *_origin(program, file, value))
                ):
                    reason = f"A learning rate of {rate:g} is out of the usual range for {name}."
                    yield Clue(at=location, reason=reason)
                break


def _origin(program: Program, file: File, value: ast.expr) -> Iterator[Location]:
    """Where a name got its number."""
    if isinstance(value, ast.Name | ast.Attribute):
        for where, bound in program.definition(value, file) or []:
            yield where.location(bound)


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


@of_text("optimizer-made-in-loop")
def optimizer_made_in_loop(program: Program) -> Clues:
    """An optimizer made anew in the loop that uses it: its state is lost (PyTorch forum).

    Not where the loop makes the model anew as well, as one over folds or settings does.
    """
    for file, call in program.calls:
        loop = file.loop(call)
        if loop is None or last_name(call.func) not in _OPTIMIZERS or _in_definition(file, call):
            continue
        called = {last_name(each.func) for each in calls_in(loop)}
        makes_model = any(name[:1].isupper() and name not in _OPTIMIZERS for name in called)
        if called & {"step", "apply_gradients", "apply", "minimize"} and not makes_model:
            reason = "This makes the optimizer anew in every round: what it has gathered is lost."
            yield Clue(at=file.location(call), reason=reason)


def _in_definition(file: File, call: ast.Call) -> bool:
    """Whether a function is defined in the loop, around the call: it may run once."""
    inner = itertools.takewhile(lambda each: not isinstance(each, _LOOPS), file.up(call))
    return any(isinstance(each, FUNCTIONS) for each in inner)


@of_text("clipped-away")
def clipped_away(program: Program) -> Clues:
    """Gradients clipped to next to nothing (Pascanu et al. 2013: near their average norm)."""
    for file, call in program.calls:
        limits = [each.value for each in call.keywords if each.arg in _CLIPS]
        if last_name(call.func) in {"clip_grad_norm_", "clip_grad_value_", "clip_by_global_norm"}:
            limits += call.args[1:2]
        for limit in limits:
            value = program.number(limit, file)
            if value is not None and 0 <= value < _CLIPPED_AWAY:
                reason = f"Gradients of at most {value:g} hardly move anything."
                yield Clue(at=file.location(limit), reason=reason)


_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_CLIPS = frozenset({"clipnorm", "clipvalue", "global_clipnorm", "max_norm", "clip_value"})
_CLIPPED_AWAY = weight("clipping-limits", "norm")
