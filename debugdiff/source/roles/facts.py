"""Questions to a program that a rule's `needs` may ask, each answered with a word."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.roles.batches import as_passed
from debugdiff.source.roles.losses import losses_of
from debugdiff.source.roles.outputs import UNKNOWN, activations_behind, is_complete, wanted
from debugdiff.source.roles.per_step import answers_per_step
from debugdiff.source.roles.registry import Roles, fact
from debugdiff.source.roles.structure import head_makers
from debugdiff.source.syntax import argument_of, last_name

if TYPE_CHECKING:
    from debugdiff.source.roles.losses import Loss

_LABELS = ("row", "step", UNKNOWN)
_TURNING = frozenset({"flatten", "view", "reshape", "transpose", "permute", "contiguous"})


@fact(
    "loss",
    "what the loss takes as predictions",
    ("logits", "probabilities", "log-probabilities", "values", "scores", "other", UNKNOWN),
)
def wants(roles: Roles) -> str:
    """Of several losses, the answer is theirs if they agree."""
    return _agreed({wanted(loss) for loss in losses_of(roles)})


@fact(
    "labels",
    "what the loss takes as labels",
    ("indices", "one-hot", "binary", "numbers", "probabilities", "other", UNKNOWN),
)
def labels(roles: Roles) -> str:
    """Of several losses, the answer is theirs if they agree."""
    return _agreed({loss.api.labels for loss in losses_of(roles)})


def _agreed(answers: set[str]) -> str:
    return answers.pop() if len(answers) == 1 else UNKNOWN


@fact(
    "activation",
    "which activation is between the head and the loss",
    ("none", "softmax", "log_softmax", "sigmoid", "relu", "tanh", "other", UNKNOWN),
)
def activation(roles: Roles) -> str:
    """The head's own `activation=`, or what is applied behind it."""
    makers = head_makers(roles)
    if not makers or not all(map(is_complete, makers)):
        return UNKNOWN
    answers = {name for each in makers for _, name in activations_behind(roles, each)}
    return answers.pop() if len(answers) == 1 else ("other" if answers else "none")


@fact("labels-per", "whether the loss has one label for a row or one for every step", _LABELS)
def labels_per(roles: Roles) -> str:
    """By what the loss ignores, whether its targets are turned before it, and the last layers.

    With a weight for each label, the text does not say whether that is one for a row.
    """
    known = losses_of(roles)
    if not known or any(isinstance(loss.made.node, ast.FunctionDef) for loss in known):
        return UNKNOWN  # what the user's own loss makes of the labels is its own affair
    if any(_has_steps(roles, loss) for loss in known) or answers_per_step(roles):
        return "step"
    return UNKNOWN if any(_is_weighted(loss) for loss in known) else "row"


def _is_weighted(loss: Loss) -> bool:
    call = loss.call.node
    return isinstance(call, ast.Call) and argument_of(call, "sample_weight", None) is not None


def _has_steps(roles: Roles, loss: Loss) -> bool:
    ignored = loss.api.names.get("ignore", "")
    settings = loss.settings.node
    given = isinstance(settings, ast.Call) and argument_of(
        settings, ignored, loss.api.position("ignore")
    )
    if ignored and given:
        return True
    places = as_passed(roles, loss.targets) if loss.targets is not None else ()
    return any(_is_of_steps(place.node) for place in places)


def _is_of_steps(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(slice=ast.Tuple()) | ast.Dict():
            return True
        case ast.Call(func=function):
            return last_name(function) in _TURNING
    return False


@fact("loop", "who owns the training loop", ("fit", "train-step", "loop", "none"))
def loop(roles: Roles) -> str:
    """`fit`, `fit` with a `train_step` of the user's, or a loop in the program."""
    if roles.places("training-call"):
        steps = [name for name in ("train_step",) if _has_method(roles, name)]
        return "train-step" if steps else "fit"
    return "loop" if roles.places("step") or roles.places("backward") else "none"


def _has_method(roles: Roles, name: str) -> bool:
    return any(
        isinstance(node, ast.FunctionDef) and node.name == name
        for _, owner in roles.program.classes.values()
        for node in owner.body
    )


@fact("framework", "the framework of the program", ("pytorch", "keras"))
def framework(roles: Roles) -> str:
    """By its imports; PyTorch where both are imported and a module is defined on PyTorch."""
    names = {
        name.partition(".")[0] for f in roles.program.files.values() for name in f.imports.values()
    }
    return "keras" if names & {"keras", "tensorflow"} else "pytorch"
