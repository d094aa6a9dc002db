"""Rules for the training loop: clearing, backward pass and step, and in which order."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.syntax import calls_in, last_name
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.rules.optimizer import OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.program import File, Program


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
    if {"step", "backward"} & called == {"backward"} and OPTIMIZERS & called:
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
