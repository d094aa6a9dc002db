"""Where a program stands, by the functions on its stack and never by its bug.

The stack is read from the outside in. What the framework's own functions say comes first; the names
of the user's functions and the shape of their loop decide only where no framework stands there.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from debugdiff.model import Stage
from debugdiff.worker.failure.frames import user_function
from debugdiff.worker.failure.source_lines import is_source, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import FrameType

    from debugdiff.worker.workplace import Workplace

_SET_UP = frozenset({Stage.BUILD, Stage.COMPILE})
_NODE = re.compile(r"Detected at node (\S+) defined at")


class Hint(Enum):
    """What the variables of a frame say about its work."""

    CONSTRUCTS_MODEL = auto()
    EVALUATES = auto()
    SYMBOLIC = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One frame, as far as the stage depends on it."""

    file: str
    function: str
    line: int
    user: bool
    hint: Hint | None = None


def call_of(
    file: str, function: str, line: int, workplace: Workplace, *, hint: Hint | None = None
) -> Call:
    """A frame of a trial that runs in `workplace`."""
    own = user_function(file, function, workplace)
    return Call(file=file, function=own or function, line=line, user=own is not None, hint=hint)


@dataclass(frozen=True, slots=True)
class _Rule:
    file: re.Pattern[str]
    function: re.Pattern[str]
    stage: Stage

    def fits(self, call: Call) -> bool:
        return bool(self.file.search(call.file) and self.function.search(call.function))


def _rule(file: str, function: str, stage: Stage) -> _Rule:
    return _Rule(re.compile(file), re.compile(function), stage)


_TRAINER = r"/keras/src/(trainers|backend/\w+)/trainer\.py$"
_RULES = (
    _rule(r"/torch/_tensor\.py$", r"^backward$", Stage.BACKWARD),
    _rule(r"/torch/autograd/(graph|__init__)\.py$", r"backward$|^grad$", Stage.BACKWARD),
    _rule(r"/torch/optim/", r"^(__init__|add_param_group)$", Stage.COMPILE),
    _rule(r"/torch/(optim/|nn/utils/clip_grad)", r"", Stage.UPDATE),
    _rule(r"/torch/nn/modules/loss\.py$", r"^__init__$", Stage.COMPILE),
    _rule(r"/torch/nn/modules/loss\.py$", r"", Stage.LOSS),
    _rule(r"/torch/nn/functional\.py$", r"loss$|cross_entropy|^kl_div$", Stage.LOSS),
    _rule(r"/torch/nn/(modules/|parameter\.py$)", r"^(__init__|__new__)$", Stage.BUILD),
    _rule(r"/torch/nn/init\.py$", r"", Stage.BUILD),
    _rule(r"/torch/nn/modules/module\.py$", r"^_(wrapped_)?call_impl$", Stage.FORWARD),
    _rule(r"/keras/src/trainers/trainer\.py$", r"^compile$", Stage.COMPILE),
    _rule(r"/keras/src/trainers/trainer\.py$", r"^_?compute_loss$", Stage.LOSS),
    _rule(r"/keras/src/(optimizers|losses|metrics)/", r"^(__init__|get)$", Stage.COMPILE),
    _rule(r"/keras/src/losses/", r"", Stage.LOSS),
    _rule(r"/keras/src/(optimizers/|backend/\w+/optimizer)", r"", Stage.UPDATE),
    _rule(r"/tensorflow/python/eager/backprop\.py$", r"gradient|jacobian", Stage.BACKWARD),
    _rule(r"/keras/src/layers/layer\.py$", r"^__call__$", Stage.FORWARD),
    _rule(r"/keras/src/(layers|models)/", r"^(__init__|add|build\w*)$", Stage.BUILD),
    _rule(r"/keras/src/ops/(operation|function)\.py$", r"^(__init__|symbolic_call)$", Stage.BUILD),
)
_EVALUATING = _rule(_TRAINER, r"^(evaluate|predict|test|_?test_step)", Stage.EVALUATION)
_TRAINING = _rule(_TRAINER, r"^(fit|train_on_batch|train_step)", Stage.TRAINING)
# What the user's own functions are called, where there is no better sign.
_STAGES_BY_NAME = (
    _rule(r"", r"^(\w+_)?(evaluate|validate|predict|test)(_\w+)?$", Stage.EVALUATION),
    _rule(r"", r"^(build|create|make|get)_\w*(model|net|network)$", Stage.BUILD),
    _rule(r"", r"^(train|fit|training|step|one_step)(_\w+)?$", Stage.TRAINING),
)
_STEP_CALLS = frozenset({"backward", "step", "apply_gradients", "train_on_batch", "minimize"})


def stage_of(calls: Sequence[Call], *, step: int) -> Stage:
    """The stage of a stack, outermost frame first, after `step` finished optimizer steps."""
    stages = [stage for call in calls if (stage := _framework_stage(call))]
    if _is_evaluating(calls):
        return Stage.EVALUATION
    if any(_is_training(call) for call in calls):
        return _within_step(stages)
    if stages and stages[0] in _SET_UP:
        return stages[0]
    if stages:
        building = stages[-1] is Stage.FORWARD and _stage_by_name(calls) is Stage.BUILD
        return Stage.BUILD if building else _within_step(stages)
    return _stage_without_framework(calls, step)


def stage_of_message(message: str, calls: Sequence[Call], *, step: int) -> Stage | None:
    """The stage that TensorFlow's message shows; `None` unless an operation of a graph failed.

    Args:
        message: the exception's text.
        calls: the frames that the message prints: where the operation was defined.
        step: optimizer steps finished.
    """
    node = _NODE.search(message)
    if node is None or not calls:
        return None
    defined = stage_of(calls, step=step)
    is_gradient = "gradient_tape" in node[1] or any(_asks_for_gradient(call) for call in calls)
    return Stage.BACKWARD if is_gradient and defined is not Stage.EVALUATION else defined


def hint_of(frame: FrameType) -> Hint | None:
    """What a frame's variables say; asked of the few functions where it matters."""
    function = frame.f_code.co_name
    if function == "__init__":
        made = frame.f_locals.get("self")
        return Hint.CONSTRUCTS_MODEL if _is_model(made) else None
    if function == "_wrapped_call_impl":
        module = frame.f_locals.get("self")
        evaluates = _is_model(module) and vars(module).get("training") is False
        return Hint.EVALUATES if evaluates else None
    if function == "__call__" and "/keras/src/" in frame.f_code.co_filename:
        return Hint.SYMBOLIC if _has_symbolic(frame.f_locals) else None
    return None


def _framework_stage(call: Call) -> Stage | None:
    if call.hint is Hint.CONSTRUCTS_MODEL:
        rule = next((candidate for candidate in _RULES if candidate.fits(call)), None)
        return rule.stage if rule else Stage.BUILD
    if call.hint is Hint.SYMBOLIC:
        return Stage.BUILD
    if call.user:
        return None
    return next((rule.stage for rule in _RULES if rule.fits(call)), None)


def _asks_for_gradient(call: Call) -> bool:
    """Whether a frame of the framework stands at its call of the tape: a gradient of one's own."""
    return not call.user and ".gradient(" in line_of(call.file, call.line)


def _within_step(stages: Sequence[Stage]) -> Stage:
    """The innermost work of a step. Layers that are built there are built by the forward pass."""
    work = [stage for stage in stages if stage not in _SET_UP]
    if work:
        return work[-1]
    return Stage.FORWARD if stages else Stage.TRAINING


def _is_evaluating(calls: Sequence[Call]) -> bool:
    if any(_EVALUATING.fits(call) and not call.user for call in calls):
        return True
    forward = next((call for call in calls if call.function == "_wrapped_call_impl"), None)
    return (forward is not None and forward.hint is Hint.EVALUATES) or (
        _stage_by_name(calls) is Stage.EVALUATION
    )


def _is_training(call: Call) -> bool:
    return call.function == "train_step" if call.user else _TRAINING.fits(call)


def _stage_by_name(calls: Sequence[Call]) -> Stage | None:
    """What the innermost function of the user's own says by its name."""
    for call in reversed(calls):
        if call.user:
            for rule in _STAGES_BY_NAME:
                if rule.fits(call):
                    return rule.stage
    return None


def _stage_without_framework(calls: Sequence[Call], step: int) -> Stage:
    if any(call.line in _training_lines(call.file) for call in calls if call.user):
        return Stage.TRAINING
    # What neither trains nor builds and comes after the last step looks at what was learnt.
    return _stage_by_name(calls) or (Stage.EVALUATION if step else Stage.IMPORT)


@functools.lru_cache(maxsize=64)
def _training_lines(file: str) -> frozenset[int]:
    """The lines of loops that make optimizer steps in their own body."""
    if not is_source(file):
        return frozenset()
    try:
        with open(file, encoding="utf-8") as handle:  # noqa: PTH123  (a path of any kind)
            tree = ast.parse(handle.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(line for loop in _loops(tree) for line in _lines(loop))


def _loops(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.While)) and _makes_steps(node):
            yield node


def _makes_steps(loop: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _STEP_CALLS
        for node in ast.walk(loop)
    )


def _lines(loop: ast.stmt) -> range:
    return range(loop.lineno, (loop.end_lineno or loop.lineno) + 1)


def _is_model(value: object) -> bool:
    """Whether a value is a module or a layer, by its classes and not by asking it."""
    return any(
        (kind.__module__, kind.__name__)
        in {
            ("torch.nn.modules.module", "Module"),
            ("keras.src.layers.layer", "Layer"),
        }
        for kind in type(value).__mro__
    )


def _has_symbolic(variables: Any) -> bool:
    """Whether a Keras call got a symbolic tensor, alone or in a list."""
    values: list[object] = [
        *variables.get("args", ()),
        *dict(variables.get("kwargs", {})).values(),
    ]
    inside = [item for value in values if type(value) in {list, tuple} for item in _items(value)]
    return any(type(value).__name__ == "KerasTensor" for value in values + inside)


def _items(value: Any) -> Iterable[object]:
    return list(value)
