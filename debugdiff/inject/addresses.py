"""How code outside of a model names a layer of it: `model.decoder.head`, `model[-1]`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.inject.misfits import Unfit
from debugdiff.inject.roles import places_of
from debugdiff.source.containers import elements
from debugdiff.source.place import Place

if TYPE_CHECKING:
    from debugdiff.source.roles import Roles

_DEPTH = 6


def head_in_model(roles: Roles, site: Place) -> str:
    """The head as an attribute or element of the model whose weights an optimizer is given.

    Of several output layers it is the first; of several models, of that one.

    Raises:
        Unfit: the text does not show where the model keeps it.
    """
    model = _optimized_model(site)
    made = {end.place for end in roles.flow.origins(model)} & set(roles.places("model"))
    head = places_of(roles, "head")[0]
    return model.text + _address(roles, head, made or set(roles.places("model")), _DEPTH)


def _optimized_model(site: Place) -> Place:
    for node in ast.walk(site.node):
        match node:
            case ast.Attribute(value=ast.Name() | ast.Attribute() as model, attr="parameters"):
                return Place(site.file, model)
    raise Unfit(f"line {site.location.line} is not given the parameters of a whole model")


def _address(roles: Roles, made: Place, models: set[Place], depth: int) -> str:
    """What stands behind a model to reach what a call makes."""
    if made in models:
        return ""
    parent = made.file.parents[made.node]
    if isinstance(parent, ast.List):
        parent = made.file.parents[parent]
    if depth and isinstance(parent, ast.Call):
        container = Place(made.file, parent)
        inside = elements(roles.flow, container) or []
        if inside[-1:] == [made]:
            return _address(roles, container, models, depth - 1) + "[-1]"
    match parent:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)]) if depth:
            return _address(roles, _object(roles, made), models, depth - 1) + f".{name}"
    raise Unfit(
        f"the text does not show where the model keeps what line {made.location.line} makes"
    )


def _object(roles: Roles, part: Place) -> Place:
    """The one call that makes an object of the class around a place."""
    around = part.file.owner(part.node)
    makers = [
        call
        for call in roles.flow.calls
        if (made := roles.flow.callee(call).made) is not None
        and roles.flow.callee(call).kind == "class"
        and made.node is around
    ]
    if len(makers) != 1:
        raise Unfit(f"this program makes {len(makers)} objects of the class of its output layer")
    return makers[0]
