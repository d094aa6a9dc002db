"""Rules on the text of layers and models: what a class forgot, made too late or hid."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.layers import layers_of
from debugdiff.source.normal import FUNCTIONS, has_docstring
from debugdiff.source.syntax import in_order, last_name, returns_of
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Location
    from debugdiff.source.normal import Function
    from debugdiff.source.program import File, Program

_MODULES = frozenset({"Module", "LightningModule", "Layer", "Model"})
_FORWARD = frozenset({"forward", "call"})
_NO_RESULT = (ast.Raise, ast.Yield, ast.YieldFrom)


def modules_of(program: Program) -> Iterator[tuple[File, ast.ClassDef]]:
    """The person's classes that are PyTorch modules or Keras layers."""
    for file, owner in program.classes.values():
        library = (name for name in program.bases(owner, file) if "." in name)
        if any(name.rpartition(".")[2] in _MODULES for name in library):
            yield file, owner


def methods_of(owner: ast.ClassDef) -> dict[str, Function]:
    """A class's own methods by name."""
    return {node.name: node for node in owner.body if isinstance(node, FUNCTIONS)}


def end_of(function: Function, file: File) -> Location:
    """The line of a function's last statement, where a `return` would have to stand."""
    return file.location(function.body[-1])


@of_text("missing-return", {Kind.NOTHING, Kind.KIND})
def missing_return(program: Program) -> Clues:
    """A `forward` or `call` that returns nothing (Humbatova 2020; pytorch#12436)."""
    for file, owner in modules_of(program):
        for name, function in methods_of(owner).items():
            ends = [node for node in ast.walk(function) if isinstance(node, _NO_RESULT)]
            real = [node for node in function.body if not isinstance(node, (ast.Pass, ast.Expr))]
            calls = any(isinstance(node, ast.Call) for node in ast.walk(function))
            nothing = not any(each.value for each in returns_of(function))
            if name in _FORWARD and nothing and not ends and (real or calls):
                reason = f"`{owner.name}.{name}` ends here and returns nothing."
                yield Clue(at=end_of(function, file), reason=reason)


@of_text("missing-super-init", {Kind.UNINITIALISED, Kind.ATTRIBUTE})
def missing_super_init(program: Program) -> Clues:
    """An `__init__` that never calls `super().__init__()` (Stack Overflow; pytorch's own check)."""
    for file, owner in modules_of(program):
        function = methods_of(owner).get("__init__")
        if function and not any(_calls_init(node) for node in ast.walk(function)):
            first = function.body[1] if has_docstring(function) else function.body[0]
            reason = f"`{owner.name}.__init__` has to begin with `super().__init__()`."
            yield Clue(at=file.location(first), weight="first", reason=reason)
            yield Clue(at=file.location(function), weight="head", reason=reason)


def _calls_init(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) == "__init__"


@of_text("layers-in-plain-list", {Kind.NO_PARAMETERS, Kind.NO_GRADIENT})
def layers_in_plain_list(program: Program) -> Clues:
    """PyTorch layers in a list or dict, where `parameters()` finds none (PyTorch forum)."""
    layers = {id(layer.call) for layer in layers_of(program) if not layer.keras}
    for file, owner in modules_of(program):
        for node in ast.walk(owner):
            match node:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"))], value=value):
                    if _plain(value) and any(
                        _makes(each, layers, program) for each in ast.walk(value)
                    ):
                        reason = "A plain list hides layers from `parameters()`: use nn.ModuleList."
                        yield Clue(at=file.location(node), reason=reason)


def _plain(value: ast.expr) -> bool:
    return isinstance(value, (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.DictComp))


def _makes(node: ast.AST, layers: set[int], program: Program) -> bool:
    if not isinstance(node, ast.Call):
        return False
    made = program.classes.get(last_name(node.func))
    own = made is not None and any(made[1] is owner for _, owner in modules_of(program))
    own = own and any(name.startswith("torch") for name in program.bases(made[1], made[0]))  # type: ignore[index]
    return id(node) in layers or own


@of_text("layer-made-in-forward")
def layer_made_in_forward(program: Program) -> Clues:
    """A layer with weights made anew at every call: it never learns (Keras guide)."""
    sized = {
        id(layer.call): layer
        for layer in layers_of(program)
        if layer.gives_argument is not None and not layer.reshapes
    }
    for file, owner in modules_of(program):
        for name, function in methods_of(owner).items():
            for node in ast.walk(function) if name in _FORWARD else ():
                if id(node) in sized and not _guarded(file, node):
                    reason = (
                        f"This makes a new `{sized[id(node)].type}` with new weights at every call."
                    )
                    yield Clue(at=file.location(node), reason=reason)


def _guarded(file: File, node: ast.AST) -> bool:
    """Behind an `if`, it may be made once."""
    return any(isinstance(each, ast.If) for each in file.up(node))


@of_text("layer-never-called", {Kind.KIND})
def layer_never_called(program: Program) -> Clues:
    """A layer handed on as a value in `forward`: `self.act` for `self.act(x)` (API misuse)."""
    kept = {layer.target for layer in layers_of(program) if layer.target and layer.index is None}
    for file, owner in modules_of(program):
        for name, function in methods_of(owner).items():
            if name in _FORWARD:
                yield from _uncalled(file, function, kept)


def _uncalled(file: File, function: Function, kept: set[str]) -> Clues:
    for statement in in_order(function):
        if isinstance(statement, ast.Assign | ast.Return) and isinstance(
            statement.value, ast.Attribute
        ):
            value = statement.value
            if last_name(value.value) == "self" and value.attr in kept:
                reason = f"`self.{value.attr}` is a layer and is not called here."
                yield Clue(at=file.location(statement), reason=reason)


@of_text("zero-weights")
def zero_weights(program: Program) -> Clues:
    """Weights that all begin equal, so that every unit learns the same (TheDeepChecker)."""
    for file, call in program.calls:
        if _fills_weights(file, call):
            yield Clue(at=file.location(call), weight="fill", reason="All weights begin equal.")
        for keyword in call.keywords:
            if keyword.arg in {"kernel_initializer", "embeddings_initializer"} and _zero(
                keyword.value
            ):
                location = file.location(keyword.value)
                yield Clue(at=location, weight="initializer", reason="All weights begin equal.")


def _fills_weights(file: File, call: ast.Call) -> bool:
    """A weight that is set to one number: `zeros_(layer.weight)`, `weight.assign(zeros_like(...))`.

    Or every parameter of a model, in a loop over them.
    """
    name, over = last_name(call.func), _looped_over(file, call)
    if name == "assign" and isinstance(call.func, ast.Attribute) and call.args:
        value = call.args[0]
        zeros = isinstance(value, ast.Call) and last_name(value.func) in _FILLED
        return zeros and last_name(call.func.value) in over
    filled = call.args[:1] if name in {"zeros_", "constant_", "zero_", "ones_"} else []
    return any(
        (last_name(each) == "weight" and not _is_norm(each)) or last_name(each) in over
        for each in filled
    )


_FILLED = frozenset({"zeros_like", "ones_like", "zeros", "ones"})
_ALL_WEIGHTS = frozenset({"parameters", "named_parameters", "weights", "trainable_weights"})
_ALL_WEIGHTS |= {"trainable_variables", "variables"}


def _looped_over(file: File, node: ast.AST) -> set[str]:
    """The names that loops around a node give to a model's parameters, one by one."""
    found: set[str] = set()
    for each in file.up(node):
        if isinstance(each, ast.For):
            every = each.iter.func if isinstance(each.iter, ast.Call) else each.iter
            if last_name(every) in _ALL_WEIGHTS:
                found |= {part.id for part in ast.walk(each.target) if isinstance(part, ast.Name)}
    return found


def _is_norm(node: ast.expr) -> bool:
    return "norm" in ast.unparse(node).lower() or "bn" in ast.unparse(node).lower()


def _zero(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str() as text):
            return text.lower() in {"zeros", "ones"}
        case ast.Call(func=function):
            return last_name(function) in {"Zeros", "Ones", "Constant"}
        case _:
            return last_name(node) in {"Zeros", "Ones"}


@of_text("wide-weights")
def wide_weights(program: Program) -> Clues:
    """Weights with a standard deviation of 1 or more (Glorot and Bengio, AISTATS 2010)."""
    for file, call in program.calls:
        name, spread = last_name(call.func), None
        if name in {"normal_", "trunc_normal_"} and not _embeds(call.args[:1]):
            spread = next((each.value for each in call.keywords if each.arg == "std"), None)
            spread = spread or next(iter(call.args[2:]), None)
        elif name in {"RandomNormal", "TruncatedNormal"}:
            spread = next((each.value for each in call.keywords if each.arg == "stddev"), None)
            spread = spread or next(iter(call.args[1:]), None)
        value = program.number(spread, file)
        if value is not None and value >= 1:
            reason = f"Weights with a standard deviation of {value} make the outputs explode."
            yield Clue(at=file.location(call), reason=reason)


def _embeds(arguments: list[ast.expr]) -> bool:
    return any("embed" in ast.unparse(each).lower() for each in arguments)
