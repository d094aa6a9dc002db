"""Verbs on values: wrapped, unwrapped, with an activation."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.inject import blocks
from debugdiff.inject.argument_verbs import item
from debugdiff.inject.code import LAYER, RECEIVER, parse_code
from debugdiff.inject.edits import Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.roles import place_of
from debugdiff.inject.site import Site
from debugdiff.source import api
from debugdiff.source.containers import is_container
from debugdiff.source.operations import tensors_of
from debugdiff.source.place import Place
from debugdiff.source.roles import Missing
from debugdiff.source.roles.structure import head_applications

if TYPE_CHECKING:
    from debugdiff.model import VerbValue

PARTS = frozenset({RECEIVER, LAYER})
"""What `unwrap` can leave of a call beside its arguments."""
_ACTIVATED = frozenset({"dense", "convolution"})
"""Kinds of layers whose `activation` is of what comes out of them."""


def activate(site: Site, value: VerbValue) -> None:
    """Put an activation on a value: by the argument of its layer, or around it."""
    assert isinstance(value, str)
    other = _activation_code(site, value)
    if other is not None:
        site.put(site.stretch, site.code(other))
        return
    layer = _layer(site)
    if layer is None:
        _apply(site, value)
        return
    written = layer.argument("activation")
    if written is not None:
        layer.draft.replace(written.value_start, written.end, f'"{value}"')
    else:
        layer.arguments.add(layer.draft, "activation", f'"{value}"')


def _layer(site: Site) -> Site | None:
    """The call that makes the layer of a place, if an activation can be given to that."""
    places = [site.place]
    if isinstance(site.node, ast.Call) and isinstance(site.node.func, ast.Call):
        places.append(Place(site.file, site.node.func))
    elif site.place in site.work.roles.places("logits"):
        places += [place_of(site.work.roles, "head")]
    for place in places:
        candidate = Site(place, site.work)
        if isinstance(place.node, ast.Call) and place.file is site.file:
            known = candidate.arguments.api
            if known is not None and known.kind in _ACTIVATED and "activation" in known.args:
                return candidate
    return None


def _apply(site: Site, operation: str) -> None:
    """Wrap the values: of the place itself, or of what the layer of the place makes."""
    target = site
    if site.place in site.work.roles.places("head"):
        if _is_element(site):
            site.draft.insert(site.stretch.end, ", ", *site.code(_layer_code(site, operation)))
            return
        target = Site(_application(site), site.work)
    if _makes_layer(target):
        raise Unfit(f"line {target.line} makes a layer, and applies none")
    spellings = api.spellings(site.work.framework, operation)
    if not spellings:
        raise Unfit(f"there is no spelling of `{operation}` for {site.work.framework}")
    given = [text for text in spellings if _is_given(text, target)]
    inputs = tensors_of(site.work.roles.flow, site.place) if isinstance(site.node, ast.Call) else []
    inner = Stretch(*site.file.span(inputs[0])) if inputs else target.stretch
    target.put(target.stretch, target.code([*given, *spellings][0], inner))


def _makes_layer(site: Site) -> bool:
    """Whether a place is no value but a layer of the library, or a container of some."""
    callee = site.work.roles.flow.callee(site.place) if isinstance(site.node, ast.Call) else None
    known = api.known().get(callee.name) if callee and callee.kind == "library" else None
    return known is not None and known.is_layer


def _application(site: Site) -> Place:
    """Where the layer that a place makes is applied."""
    applications = head_applications(site.work.roles)
    for one in applications if not isinstance(applications, Missing) else ():
        if one.made == site.place:
            return one.call
    raise Unfit(f"the text does not show where the layer of line {site.line} is applied")


def _is_element(site: Site) -> bool:
    """Whether a layer is an element of a container that is written out."""
    parent = site.file.parents[site.node]
    if isinstance(parent, ast.List):
        parent = site.file.parents[parent]
    if not isinstance(parent, ast.Call):
        return False
    return is_container(site.work.roles.flow.callee(Place(site.file, parent)).name)


def _is_given(text: str, site: Site) -> bool:
    """Whether all library names of a code are imported already."""
    names = parse_code(text).libraries(lambda _: False)
    return all(site.work.speller.spell(name, site.node, importing=False) for _, _, name in names)


def insert(site: Site, value: VerbValue) -> None:
    """Put an element before the place, in the container that holds it."""
    assert isinstance(value, str)
    parent = site.file.parents[site.node]
    match parent:
        case ast.Call(func=ast.Attribute(attr="add" | "append") as adding, args=[_]):
            call = [site.file.segment(adding), "(", *site.code(value), ")"]
            blocks.put_before(site.draft, site.statement, call)
        case ast.List() | ast.Call() if _is_element(site):
            site.draft.insert(site.stretch.start, *site.code(value), ", ")
        case _:
            raise Unfit(f"no container holds what line {site.line} makes")


def wrap(site: Site, value: VerbValue) -> None:
    """Put code around the place."""
    assert isinstance(value, str)
    _expression(site)
    site.put(site.stretch, site.code(value))


def unwrap(site: Site, value: VerbValue) -> None:
    """Make a call one of its arguments, or what stands before the dot, the bracket or the call."""
    assert isinstance(value, str)
    if isinstance(site.node, ast.Return):
        _forget_return(site, site.node)
        return
    if value in PARTS:
        kept = _receiver(site) if value == RECEIVER else _applied(site)
        site.put(site.stretch, [Stretch(*site.file.span(kept))])
        return
    if value.isdigit():
        site.put(site.stretch, [item(site, value)])
        return
    written = site.arguments.written
    first = next((argument for argument in written if not argument.name), None)
    inner = site.needed(value) if value else first
    if inner is None:
        raise Unfit(f"`{site.arguments.function}` in line {site.line} is given nothing by position")
    site.put(site.stretch, [inner.stretch])


def _forget_return(site: Site, statement: ast.Return) -> None:
    """Keep the call of a `return`: any other value alone is no statement that people write."""
    if not isinstance(statement.value, ast.Call):
        raise Unfit(f"line {site.line} returns no call")
    site.draft.replace(site.stretch.start, site.stretch.start + len("return "))


def _applied(site: Site) -> ast.expr:
    """The layer of a call that applies one."""
    callee = site.work.roles.flow.callee(site.place) if isinstance(site.node, ast.Call) else None
    if callee is not None and callee.kind in {"layer", "module"}:
        assert isinstance(site.node, ast.Call)
        return site.node.func
    raise Unfit(f"line {site.line} calls no layer")


def _receiver(site: Site) -> ast.expr:
    match site.node:
        case ast.Call(func=ast.Attribute(value=receiver)) | ast.Subscript(value=receiver):
            return receiver
    raise Unfit(f"line {site.line} has no method call there")


def _expression(site: Site) -> None:
    if not isinstance(site.node, ast.expr):
        raise Unfit(f"line {site.line} is a statement, not a value")


def _activation_code(site: Site, operation: str) -> str | None:
    """How the place's own activation is written as another one; `None` if it is no activation."""
    parent = site.file.parents[site.node]
    if isinstance(parent, ast.keyword) and parent.arg == "activation":
        return f'"{operation}"'
    if not isinstance(site.node, ast.Call):
        return None
    callee = site.work.roles.flow.callee(site.place)
    known = api.known().get(callee.name)
    if callee.kind != "library" or known is None or known.kind != "activation":
        return None
    return _layer_code(site, operation)


def _layer_code(site: Site, operation: str) -> str:
    """An activation as a layer."""
    prefix = "torch" if site.work.framework == "pytorch" else "keras"
    layers = (
        known.name
        for known in api.known().values()
        if known.kind == "activation" and known.activation == operation
    )
    name = next((name for name in layers if name.startswith(prefix)), None)
    if name is None:
        return f'keras.layers.Activation("{operation}")'
    return f"{name}({'dim=-1' if 'dim' in api.known()[name].args else ''})"
