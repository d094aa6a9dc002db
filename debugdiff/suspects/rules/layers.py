"""Rules for a model's own layers: not called, hidden from the optimizer, or made at every call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.layers import layers_of
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.syntax import in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_crash, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.normal import Function
    from debugdiff.source.program import File, Program
    from debugdiff.suspects.crash import Crash


@of_crash("layer-not-called", {Kind.KIND, Kind.ATTRIBUTE, Kind.DTYPE, Kind.RANK, Kind.OTHER})
def layer_not_called(crash: Crash) -> Clues:
    """A layer handed on where its output was meant (Stack Overflow; Humbatova 2020, API misuse)."""
    kept = {layer.target for layer in crash.layers if layer.target and layer.index is None}
    for frame in crash.frames[:2]:
        for operand in frame.operands:
            if operand.shape is None and operand.text.removeprefix("self.") in kept:
                yield from _handed_on(frame.file, frame.node, operand.text)
    for reached in crash.slice:
        for name in kept:
            yield from _handed_on(reached.place.file, reached.place.node, f"self.{name}")


def _handed_on(file: File, node: ast.AST, text: str) -> Clues:
    called = {id(each.func) for each in in_order(node) if isinstance(each, ast.Call)}
    called |= {id(node.func)} if isinstance(node, ast.Call) else set()
    inner = {id(each.value) for each in in_order(node) if isinstance(each, ast.Attribute)}
    for each in (node, *in_order(node)):
        loaded = isinstance(getattr(each, "ctx", None), ast.Load)
        if loaded and id(each) not in called | inner and ast.unparse(each) == text:
            reason = f"`{text}` is a layer; here it stands uncalled, as if it were a value."
            yield Clue(at=file.location(each), reason=reason)


_MODULES = frozenset({"Module", "LightningModule", "Layer", "Model"})


FORWARD = frozenset({"forward", "call"})


def modules_of(program: Program) -> Iterator[tuple[File, ast.ClassDef]]:
    """The person's classes that are PyTorch modules or Keras layers."""
    for file, owner in program.classes.values():
        library = (name for name in program.bases(owner, file) if "." in name)
        if any(name.rpartition(".")[2] in _MODULES for name in library):
            yield file, owner


def methods_of(owner: ast.ClassDef) -> dict[str, Function]:
    """A class's own methods by name."""
    return {node.name: node for node in owner.body if isinstance(node, FUNCTIONS)}


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
            for node in ast.walk(function) if name in FORWARD else ():
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
            if name in FORWARD:
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
