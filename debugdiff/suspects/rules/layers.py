"""Rules for a model's own layers: not called, hidden from the optimizer, or made at every call."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.source.containers import elements, items
from debugdiff.source.layers import layers_of
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.syntax import calls_in, in_order, last_name
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.registry import Clues, of_text
from debugdiff.suspects.results import Clue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.normal import Function
    from debugdiff.source.program import File, Program


_MODULES = frozenset({"Module", "LightningModule", "Layer", "Model"})


FORWARD = frozenset({"forward", "call"})


def modules_of(program: Program) -> Iterator[tuple[File, ast.ClassDef]]:
    """The user's classes that are PyTorch modules or Keras layers."""
    for file, owner in program.classes.values():
        library = program.flow.library_bases(Place(file, owner))
        if any(name.rpartition(".")[2] in _MODULES for name in library):
            yield file, owner


def methods_of(owner: ast.ClassDef) -> dict[str, Function]:
    """A class's own methods by name."""
    return {node.name: node for node in owner.body if isinstance(node, FUNCTIONS)}


@of_text("layers-in-plain-list", {Kind.NO_PARAMETERS, Kind.NO_GRADIENT})
def layers_in_plain_list(program: Program) -> Clues:
    """PyTorch layers in a list or dict, where `parameters()` finds none (PyTorch forum).

    Not where a container of the library's gets them as well.
    """
    registered = {place for call in program.flow.calls for place in _registered(program, call)}
    for file, owner in modules_of(program):
        for node in in_order(owner):
            match node:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"))], value=value):
                    made = _in_plain_list(program, Place(file, value))
                    if any(place not in registered for place in made):
                        reason = "A plain list hides layers from `parameters()`: use nn.ModuleList."
                        yield Clue(at=file.location(node), reason=reason)


def _registered(program: Program, call: Place) -> list[Place | None]:
    """What makes the layers that a container gets, or a module by `add_module`."""
    node = call.node
    if isinstance(node, ast.Call) and last_name(node.func) in {"add_module", "register_module"}:
        return [end.place for end in program.flow.origins(Place(call.file, node.args[-1]))]
    return elements(program.flow, call) or []


def _in_plain_list(program: Program, value: Place) -> Iterator[Place]:
    """What makes the layers and modules of PyTorch in a list, or a dictionary of them."""
    flow = program.flow
    for whole in flow.origins(value):
        match whole.place.node:
            case ast.Dict(values=values):
                parts = [Place(whole.place.file, part) for part in values]
            case ast.DictComp(value=part):
                parts = [Place(whole.place.file, part)]
            case ast.List() | ast.Tuple() | ast.ListComp():
                parts = list(items(flow, whole.place))
            case _:
                continue
        made = [end.place for part in parts for end in flow.origins(part) if not end.path]
        yield from (place for place in made if _makes_torch_layer(program, place))


def _makes_torch_layer(program: Program, place: Place) -> bool:
    if not isinstance(place.node, ast.Call):
        return False
    callee = program.flow.callee(place)
    if callee.kind == "class" and callee.made is not None:
        return "torch.nn.Module" in program.flow.library_bases(callee.made)
    is_class = callee.name.rpartition(".")[2][:1].isupper()
    return callee.kind == "library" and callee.name.startswith("torch.nn.") and is_class


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
            for node in in_order(function) if name in FORWARD else ():
                if id(node) in sized and not _guarded(file, node):
                    reason = (
                        f"This makes a new `{sized[id(node)].type}` with new weights at every call."
                    )
                    yield Clue(at=file.location(node), reason=reason)


def _guarded(file: File, node: ast.AST) -> bool:
    """Behind an `if`, it may be made once."""
    return any(isinstance(each, ast.If) for each in file.up(node))


@of_text("layer-not-called", {Kind.KIND, Kind.ATTRIBUTE, Kind.DTYPE, Kind.RANK, Kind.OTHER})
def layer_not_called(program: Program) -> Clues:
    """A layer handed on where its output was meant: `self.act` for `self.act(x)` (Humbatova 2020).

    As the input of another layer, or as a value in `forward`.
    """
    made = {Place(layer.file, layer.call) for layer in layers_of(program)}
    for place in (*_inputs(program), *_values(program)):
        is_name = isinstance(place.node, ast.Name | ast.Attribute)
        ends = program.flow.origins(place) if is_name else []
        if any(end.place in made and not end.path for end in ends):
            reason = f"`{place.text}` is a layer; here it is not called, but used as a value."
            yield Clue(at=place.location, reason=reason)


def _inputs(program: Program) -> Iterator[Place]:
    """What the library's layers are called with."""
    for call in program.flow.calls:
        if program.flow.callee(call).kind == "layer" and isinstance(call.node, ast.Call):
            yield from (Place(call.file, given) for given in call.node.args)


def _values(program: Program) -> Iterator[Place]:
    """What `forward` computes with, returns, or binds to a name that it does not call."""
    for file, owner in modules_of(program):
        for name, function in methods_of(owner).items():
            called = {last_name(call.func) for call in calls_in(function)}
            for node in in_order(function) if name in FORWARD else ():
                yield from (Place(file, value) for value in _parts(node, called))


def _parts(node: ast.AST, called: set[str]) -> list[ast.expr]:
    match node:
        case ast.Return(value=ast.expr() as value):
            return [value]
        case ast.Assign(targets=[target], value=value) if last_name(target) not in called:
            return [value]
        case ast.BinOp(left=left, right=right):
            return [left, right]
    return []
