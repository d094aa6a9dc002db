"""Questions to a program that a rule's `needs` may ask, each answered with a word."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source import api
from debugdiff.source.roles.losses import losses_of
from debugdiff.source.roles.registry import Missing, Roles, fact
from debugdiff.source.roles.structure import head_applications, head_makers
from debugdiff.source.syntax import argument_of, last_name

if TYPE_CHECKING:
    from debugdiff.source.api import Api
    from debugdiff.source.place import Place
    from debugdiff.source.roles.losses import Loss

UNKNOWN = "unknown"


@fact(
    "loss",
    "what the loss takes as predictions",
    ("logits", "probabilities", "log-probabilities", "values", "scores", "other", UNKNOWN),
)
def wants(roles: Roles) -> str:
    """Of several losses, the answer is theirs if they agree."""
    answers = {_wants(loss) for loss in losses_of(roles)}
    return answers.pop() if len(answers) == 1 else UNKNOWN


def _wants(loss: Loss) -> str:
    if loss.api.wants != "by from_logits":
        return loss.api.wants
    node = loss.made.node
    call = loss.call.node if loss.api.kind == "loss-call" and _computes(loss) else node
    given = (
        argument_of(call, "from_logits", _place(loss.api)) if isinstance(call, ast.Call) else None
    )
    match given:
        case None | ast.Constant(value=False):
            return "probabilities"
        case ast.Constant(value=True):
            return "logits"
    return UNKNOWN


def _computes(loss: Loss) -> bool:
    """Whether the call is that of the loss function itself and not of `fit`."""
    call = loss.call.node
    return isinstance(call, ast.Call) and call.func is loss.made.node


def _place(known: Api) -> int | None:
    return known.position("from_logits")


@fact(
    "labels",
    "what the loss takes as labels",
    ("indices", "one-hot", "binary", "numbers", "probabilities", "other", UNKNOWN),
)
def labels(roles: Roles) -> str:
    """Of several losses, the answer is theirs if they agree."""
    answers = {loss.api.labels for loss in losses_of(roles)}
    return answers.pop() if len(answers) == 1 else UNKNOWN


@fact(
    "activation",
    "which activation stands between the head and the loss",
    ("none", "softmax", "log_softmax", "sigmoid", "relu", "tanh", "other", UNKNOWN),
)
def activation(roles: Roles) -> str:
    """The head's own `activation=`, or what is applied behind it."""
    applications = head_applications(roles)
    if isinstance(applications, Missing):
        return UNKNOWN
    own = {_own(roles, one.made, one.name) for one in applications}
    behind = {_of_step(roles, step) for makers in head_makers(roles) for step in makers.steps}
    answers = (own | behind) - {"none"}
    return answers.pop() if len(answers) == 1 else ("none" if not answers else "other")


def _own(roles: Roles, made: Place, name: str) -> str:
    known = api.known()[name]
    if "activation" not in known.args or not isinstance(made.node, ast.Call):
        return "none"
    given = argument_of(made.node, "activation", known.position("activation"))
    match given:
        case None | ast.Constant(value=None):
            return "none"
        case ast.Constant(value=str() as text):
            return "none" if text == "linear" else text
    found = api.known().get(roles.flow.library_name(type(made)(made.file, given)))
    return found.activation if found and found.activation else "other"


def _of_step(roles: Roles, step: Place) -> str:
    """The activation that a step behind the head applies, if it applies one."""
    if not isinstance(step.node, ast.Call):
        return "none"
    callee = roles.flow.callee(step)
    known = api.known().get(callee.name)
    if known and known.kind in {"activation", "activation-call"}:
        if known.name == "keras.layers.Activation":
            made = callee.made.node if callee.made else step.node
            given = argument_of(made, "activation", 0) if isinstance(made, ast.Call) else None
            return str(given.value) if isinstance(given, ast.Constant) else "other"
        return known.activation or "other"
    name = last_name(step.node.func)
    return name if name in {"softmax", "log_softmax", "sigmoid", "relu", "tanh"} else "none"


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
