"""Rules for the training loop: clearing, backward pass and step, and in which order."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.roles.losses import receivers_of
from debugdiff.source.roles.steps import LOOPS
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from debugdiff.source.program import Program
    from debugdiff.source.roles import Roles
    from debugdiff.suspects.crash import Crash


def block_of(place: Place) -> ast.AST | None:
    """The innermost loop or function around a place."""
    return next((node for node in place.file.up(place.node) if isinstance(node, _BLOCKS)), None)


_BLOCKS = (*LOOPS, *FUNCTIONS)


@of_text("gradients-not-cleared")
def gradients_not_cleared(program: Program) -> Clues:
    """`backward` and `step` without `zero_grad`: gradients add up (Stack Overflow)."""
    roles = program.roles
    if not roles.places("step") or roles.places("clearing") or _clears_by_hand(program):
        return
    reason = "Nothing clears the gradients: call `optimizer.zero_grad()` before this."
    for backward in roles.places("backward"):
        block = block_of(backward)  # one step alone has nothing to clear
        if block is not None:
            yield Clue(at=backward.location, weight="backward", reason=reason)
        if isinstance(block, LOOPS):
            first = backward.file.location(block.body[0])
            yield Clue(at=first, weight="loop", reason=reason)


def _clears_by_hand(program: Program) -> bool:
    """`parameter.grad = None`, `parameter.grad.zero_()`."""
    for file, node in program.nodes:
        if isinstance(node, ast.Attribute) and node.attr == "grad":
            above = file.parents.get(node)
            zeroed = isinstance(above, ast.Attribute) and above.attr == "zero_"
            if zeroed or isinstance(node.ctx, ast.Store):
                return True
    return False


@of_text("gradients-cleared-too-late")
def gradients_cleared_too_late(program: Program) -> Clues:
    """`zero_grad` between `backward` and `step`: the step sees zeros (PyTorch forum)."""
    roles = program.roles
    for clearing in roles.places("clearing"):
        before = [one for one in roles.places("backward") if _is_below(one, clearing)]
        steps = [one for one in roles.places("step") if _is_below(clearing, one)]
        passes = [one for one in roles.places("backward") if _is_below(clearing, one)]
        first = min((one.location for one in passes), default=None)
        lost = [one for one in steps if first is None or one.location < first]
        if before and any(_is_of(roles, clearing, step) for step in lost):
            reason = "This clears the gradients before the step has used them."
            yield Clue(at=clearing.location, reason=reason)


def _is_below(above: Place, place: Place) -> bool:
    """Whether a place comes later in the same loop or function."""
    below = above.location < place.location
    return below and block_of(above) in {block_of(place), *place.file.up(place.node)}


def _is_of(roles: Roles, clearing: Place, step: Place) -> bool:
    """Whether cleared gradients are those that a step uses; of a model, they may be."""
    cleared, stepped = receivers_of(roles, clearing), receivers_of(roles, step)
    optimizers = set(roles.places("optimizer"))
    return bool(cleared & stepped) or not (cleared <= optimizers and stepped <= optimizers)


@of_text("step-missing")
def step_missing(program: Program) -> Clues:
    """`backward` without any `step`: nothing is ever updated (TheDeepChecker; SageMaker)."""
    roles = program.roles
    steps = [step for step in roles.flow.calls_of("step") if not is_schedule(roles, step)]
    for backward in roles.places("backward") if roles.places("optimizer") and not steps else ():
        reason = "No `optimizer.step()` follows: the parameters never change."
        yield Clue(at=backward.location, reason=reason)


def is_schedule(roles: Roles, step: Place) -> bool:
    """Whether what takes a step was made of an optimizer, as a schedule of learning rates is."""
    optimizers = set(roles.places("optimizer"))
    made = [(place.file, place.node) for place in receivers_of(roles, step)]
    given = [
        Place(file, node.args[0]) for file, node in made if isinstance(node, ast.Call) and node.args
    ]
    return any(end.place in optimizers for one in given for end in roles.flow.origins(one))


@of_text("apply-gradients-missing")
def apply_gradients_missing(program: Program) -> Clues:
    """A tape's gradients that no optimizer applies (TensorFlow's guide on training loops)."""
    roles = program.roles
    if not roles.flow.calls_of("apply_gradients", "apply", "assign_sub", "minimize"):
        for call in roles.places("gradients"):
            if roles.flow.calls_of("GradientTape"):
                reason = "Nothing applies these gradients to the weights."
                yield Clue(at=call.location, reason=reason)


@of_crash("made-for-a-full-batch", {Kind.BROADCAST, Kind.FEATURES, Kind.ROWS})
def made_for_a_full_batch(crash: Crash) -> Clues:
    """What is made once for a full batch or window meets a shorter one (PyTorch forum)."""
    pairs = zip(crash.complaint.actual, crash.complaint.expected, strict=False)
    full = {max(pair) for pair in pairs if len(set(pair)) > 1}
    for reached in crash.slice if full else ():
        file, statement = reached.place.file, reached.place.node
        value = statement.value if isinstance(statement, ast.Assign) else None
        if isinstance(value, ast.Call) and file.function(statement) is None:
            is_layer = any(layer.call is value for layer in crash.layers)
            sizes = {crash.program.number(argument, file) for argument in value.args}
            if sizes & full and not is_layer:
                reason = f"`{reached.via}` is made once, for the full size; something shorter came."
                yield Clue(at=reached.location, reason=reason)
