"""Rules for weights that are kept from learning, or set free too late."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.syntax import calls_in, last_name
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.program import File, Program


@of_text("frozen")
def frozen(program: Program) -> Clues:
    """Parameters that are kept from learning (TheDeepChecker; SageMaker: unchanged parameter).

    Not where weights are loaded from elsewhere or set free again: that is transfer learning.
    """
    freed = {ast.unparse(node.targets[0]) for _, node in _switches(program, to=True)}
    if not freed and not any(_loads_weights(file, call) for file, call in program.calls):
        for location in frozen_locations(program):
            yield Clue(at=location, reason="This keeps parameters from learning.")


def frozen_locations(program: Program) -> Iterator[Location]:
    """The lines that keep parameters from learning."""
    return (file.location(node) for file, node in program.nodes if _freezes(node))


_LOADED = frozenset({"from_pretrained", "load_state_dict", "load_weights", "load_model"})


def _loads_weights(file: File, call: ast.Call) -> bool:
    libraries = ("torchvision", "keras.applications", "timm", "transformers", "tensorflow_hub")
    asked = any(each.arg in {"weights", "pretrained"} for each in call.keywords)
    by_name = last_name(call.func) in _LOADED
    return asked or by_name or file.qualified(call.func).startswith(libraries)


def _freezes(node: ast.AST) -> bool:
    match node:
        case ast.Assign() if _is_switch(node, to=False):
            return True
        case ast.Call(func=ast.Attribute(attr="requires_grad_"), args=[ast.Constant(value=False)]):
            return True
        case ast.Call(func=function, keywords=keywords):
            layer = last_name(function)[:1].isupper() and last_name(function) != "Variable"
            return layer and any(_is_untrained(each) for each in keywords)
        case _:
            return False


def _is_switch(node: ast.AST, *, to: bool) -> bool:
    """`layer.trainable = False`, `parameter.requires_grad = False`."""
    match node:
        case ast.Assign(
            targets=[ast.Attribute(attr="requires_grad" | "trainable")],
            value=ast.Constant(value=bool(value)),
        ):
            return value is to
    return False


def _switches(program: Program, *, to: bool) -> Iterator[tuple[File, ast.Assign]]:
    for file, node in program.nodes:
        if isinstance(node, ast.Assign) and _is_switch(node, to=to):
            yield file, node


def _is_untrained(keyword: ast.keyword) -> bool:
    said = keyword.value
    return keyword.arg == "trainable" and isinstance(said, ast.Constant) and said.value is False


@of_text("trainable-set-after-compile")
def trainable_set_after_compile(program: Program) -> Clues:
    """`trainable` is changed after `compile` (Keras' guide on transfer learning)."""
    for value in (True, False):
        for file, switch in _switches(program, to=value):
            fit = _trained_without_compile(file, switch)
            if fit is not None:
                reason = "`trainable` takes effect at the next `compile`, and none follows."
                yield Clue(at=file.location(switch), weight="switch", reason=reason)
                yield Clue(at=file.location(fit), weight="fit", reason=reason)


def _trained_without_compile(file: File, switch: ast.Assign) -> ast.Call | None:
    """The `fit` below a line, where its model is compiled above the line and not in between."""
    target = switch.targets[0]
    if not isinstance(target, ast.Attribute) or target.attr != "trainable":
        return None
    calls = [
        (call, ast.unparse(call.func.value))
        for call in calls_in(file.function(switch) or file.tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"compile", "fit"}
    ]
    above = {model for call, model in calls if call.lineno < switch.lineno and _compiles(call)}
    below = [(call, model) for call, model in calls if call.lineno > switch.lineno]
    for call, model in below:
        if model in above:
            return None if _compiles(call) else call
    return None


def _compiles(call: ast.Call) -> bool:
    return last_name(call.func) == "compile"
