"""Where a program stands, told from the functions on its stack and never from its bug.

The stack is read from the outside in. What the framework's own functions say comes first; the names
of the person's functions and the shape of their loop decide only where no framework stands there.
"""

from __future__ import annotations

import ast
import functools
import linecache
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from debugdiff.model import Stage
from debugdiff.worker.failure.frames import written_by_person

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
class Place:
    """One frame, as far as the stage depends on it."""

    file: str
    function: str
    line: int
    user: bool
    hint: Hint | None = None


def place_of(
    file: str, function: str, line: int, place: Workplace, *, hint: Hint | None = None
) -> Place:
    """A frame of a trial that runs in `place`."""
    own = written_by_person(file, function, place)
    return Place(file=file, function=own or function, line=line, user=own is not None, hint=hint)


@dataclass(frozen=True, slots=True)
class _Rule:
    file: re.Pattern[str]
    function: re.Pattern[str]
    stage: Stage

    def fits(self, place: Place) -> bool:
        return bool(self.file.search(place.file) and self.function.search(place.function))


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
# What the person's own functions are called, for want of a better sign.
_NAMED = (
    _rule(r"", r"^(\w+_)?(evaluate|validate|predict|test)(_\w+)?$", Stage.EVALUATION),
    _rule(r"", r"^(build|create|make|get)_\w*(model|net|network)$", Stage.BUILD),
    _rule(r"", r"^(train|fit|training|step|one_step)(_\w+)?$", Stage.TRAINING),
)
_STEP_CALLS = frozenset({"backward", "step", "apply_gradients", "train_on_batch", "minimize"})


def stage_of(places: Sequence[Place], *, step: int) -> Stage:
    """The stage of a stack, outermost frame first, after `step` finished optimizer steps."""
    found = [stage for place in places if (stage := _framework_stage(place))]
    if _evaluates(places):
        return Stage.EVALUATION
    if any(_trains(place) for place in places):
        return _within_step(found)
    if found and found[0] in _SET_UP:
        return found[0]
    if found:
        building = found[-1] is Stage.FORWARD and _named(places) is Stage.BUILD
        return Stage.BUILD if building else _within_step(found)
    return _without_framework(places, step)


def stage_of_message(message: str, places: Sequence[Place], *, step: int) -> Stage | None:
    """The stage that TensorFlow's message tells; `None` unless an operation of a graph failed.

    Args:
        message: the exception's text.
        places: the frames that the message prints: where the operation was defined.
        step: optimizer steps finished.
    """
    node = _NODE.search(message)
    if node is None or not places:
        return None
    defined = stage_of(places, step=step)
    is_gradient = "gradient_tape" in node[1] or any(_calls_gradient(place) for place in places)
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


def _framework_stage(place: Place) -> Stage | None:
    if place.hint is Hint.CONSTRUCTS_MODEL:
        rule = next((each for each in _RULES if each.fits(place)), None)
        return rule.stage if rule else Stage.BUILD
    if place.hint is Hint.SYMBOLIC:
        return Stage.BUILD
    if place.user:
        return None
    return next((rule.stage for rule in _RULES if rule.fits(place)), None)


def _calls_gradient(place: Place) -> bool:
    """Whether a frame of the framework stands at its call of the tape: a gradient of one's own."""
    return not place.user and ".gradient(" in linecache.getline(place.file, place.line)


def _within_step(found: Sequence[Stage]) -> Stage:
    """The innermost work of a step. Layers that are built there are built by the forward pass."""
    work = [stage for stage in found if stage not in _SET_UP]
    if work:
        return work[-1]
    return Stage.FORWARD if found else Stage.TRAINING


def _evaluates(places: Sequence[Place]) -> bool:
    if any(_EVALUATING.fits(place) and not place.user for place in places):
        return True
    forward = next((place for place in places if place.function == "_wrapped_call_impl"), None)
    return (forward is not None and forward.hint is Hint.EVALUATES) or (
        _named(places) is Stage.EVALUATION
    )


def _trains(place: Place) -> bool:
    return place.function == "train_step" if place.user else _TRAINING.fits(place)


def _named(places: Sequence[Place]) -> Stage | None:
    """What the innermost function of the person's own says by its name."""
    for place in reversed(places):
        if place.user:
            for rule in _NAMED:
                if rule.fits(place):
                    return rule.stage
    return None


def _without_framework(places: Sequence[Place], step: int) -> Stage:
    if any(place.line in _training_lines(place.file) for place in places if place.user):
        return Stage.TRAINING
    # What neither trains nor builds and comes after the last step looks at what was learnt.
    return _named(places) or (Stage.EVALUATION if step else Stage.IMPORT)


@functools.lru_cache(maxsize=64)
def _training_lines(file: str) -> frozenset[int]:
    """The lines of loops that make optimizer steps in their own body."""
    try:
        with open(file, encoding="utf-8") as handle:  # noqa: PTH123  (a path of any kind)
            tree = ast.parse(handle.read())
    except (OSError, SyntaxError, ValueError):
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
    """Whether a value is a module or a layer, told by its classes and not by asking it."""
    return any(
        (each.__module__, each.__name__)
        in {
            ("torch.nn.modules.module", "Module"),
            ("keras.src.layers.layer", "Layer"),
        }
        for each in type(value).__mro__
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
