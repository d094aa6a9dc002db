"""Rules for the optimizer: its parameters, its learning rate, where it is made."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import receivers_of
from debugdiff.source.roles.training import goes_over_batches
from debugdiff.source.syntax import argument_of, calls_in, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File, Program
    from debugdiff.suspects.crash import Crash


@of_crash("nothing-to-train", {Kind.NO_PARAMETERS})
def nothing_to_train(crash: Crash) -> Clues:
    """What the optimizer was given (Stack Overflow: layers in a plain list, the wrong model)."""
    for file, call in crash.program.calls:
        if last_name(call.func) in {"parameters", "trainable_variables", "filter"}:
            reason = "This gives the optimizer its parameters, but there are none."
            yield Clue(at=file.location(call), reason=reason)


ADAPTIVE = frozenset({"Adam", "AdamW", "NAdam", "Nadam", "RAdam", "Adamax", "RMSprop"})


OPTIMIZERS = frozenset(
    name.rpartition(".")[2] for name, known in api.known().items() if known.kind == "optimizer"
)


_TOO_FAST, _MUCH_TOO_FAST, _TOO_SLOW = (
    weight("learning-rate-limits", "adaptive"),
    weight("learning-rate-limits", "plain"),
    weight("learning-rate-limits", "low"),
)


@of_text("learning-rate")
def learning_rate(program: Program) -> Clues:
    """A learning rate out of the usual range: over 0.01 or under 1e-7 for Adam (UMLAUT)."""
    for file, call in program.calls:
        name = last_name(call.func)
        if name not in OPTIMIZERS:
            continue
        at = 1 if file.qualified(call.func).startswith("torch") else 0
        for word in ("lr", "learning_rate"):
            value = argument_of(call, word, at)
            rate = program.number(value, file)
            limit = _TOO_FAST if name in ADAPTIVE else _MUCH_TOO_FAST
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


@of_text("optimizer-made-in-loop")
def optimizer_made_in_loop(program: Program) -> Clues:
    """An optimizer made anew in the loop that uses it: its state is lost (PyTorch forum).

    Not where the loop makes the model anew as well, as one over folds or settings does.
    """
    for file, call in program.calls:
        loop = file.loop(call)
        if loop is None or last_name(call.func) not in OPTIMIZERS or _in_definition(file, call):
            continue
        called = {last_name(each.func) for each in calls_in(loop)}
        makes_model = any(name[:1].isupper() and name not in OPTIMIZERS for name in called)
        if called & {"step", "apply_gradients", "apply", "minimize"} and not makes_model:
            reason = "This creates a new optimizer in every iteration: its state is lost."
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


@of_text("schedule-stepped-every-batch")
def schedule_stepped_every_batch(program: Program) -> Clues:
    """A schedule that counts epochs takes a step for every batch (PyTorch's notes on `optim`)."""
    roles = program.roles
    loops = {backward.file.loop(backward.node) for backward in roles.places("backward")}
    for step in program.flow.calls_of("step"):
        loop = step.file.loop(step.node)
        each_batch = loop and loop in loops and goes_over_batches(Place(step.file, loop))
        schedules = receivers_of(roles, step) if each_batch else ()
        if any(_counts_epochs(program, made) for made in schedules):
            reason = "This schedule counts epochs, but here it takes a step for every batch."
            yield Clue(at=step.location, weight="step", reason=reason)


def _counts_epochs(program: Program, made: Place) -> bool:
    """A schedule made for few steps, or one that waits for a metric of an epoch."""
    if not isinstance(made.node, ast.Call):
        return False
    name, call = program.flow.callee(made).name.rpartition(".")[2], made.node
    if name == "ReduceLROnPlateau":
        return True
    steps = argument_of(call, "step_size", 1) if name == "StepLR" else None
    factor = argument_of(call, "gamma", 1) if name == "ExponentialLR" else None
    few, slow = program.number(steps, made.file), program.number(factor, made.file)
    return (few is not None and few <= _EPOCHS) or (slow is not None and slow < _FACTOR)


_EPOCHS, _FACTOR = weight("schedule-limits", "epochs"), weight("schedule-limits", "factor")
