"""The roles of a program as a rule asks for them: a place, a statement, or why there is none."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.inject.edits import Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.source.bindings import bindings_of
from debugdiff.source.roles import Missing
from debugdiff.source.syntax import in_order

if TYPE_CHECKING:
    from debugdiff.source.place import Place
    from debugdiff.source.program import File
    from debugdiff.source.roles import Roles


def places_of(roles: Roles, role: str) -> tuple[Place, ...]:
    """The places of a role.

    Raises:
        Unfit: it has none; says why.
    """
    answer = roles.find(role)
    if isinstance(answer, Missing):
        raise Unfit(answer.reason)
    return answer.places


def place_of(roles: Roles, role: str) -> Place:
    """The one place of a role.

    Raises:
        Unfit: it has none, or several.
    """
    places = places_of(roles, role)
    if len(places) > 1:
        lines = ", ".join(str(place.location.line) for place in places)
        raise Unfit(f"this program has {len(places)} places for `{role}` (lines {lines})")
    return places[0]


def statement_of(roles: Roles, role: str, file: File) -> ast.stmt:
    """The statement of a role's first place in a file.

    Raises:
        Unfit: it has none there.
    """
    here = [place for place in places_of(roles, role) if place.file is file]
    if not here:
        raise Unfit(f"`{role}` is in another file")
    return file.statement(here[0].node)


def text_of(roles: Roles, role: str, site: Place) -> Stretch:
    """The text of a role's place, for use at another place of the program.

    Raises:
        Unfit: it has no single place, or its names mean something else there.
    """
    place = place_of(roles, role)
    if place.file is not site.file:
        raise Unfit(f"`{role}` is in another file")
    for node in (place.node, *in_order(place.node)):
        if isinstance(node, ast.Name) and not _means_the_same(node, place, site):
            raise Unfit(f"`{node.id}` of `{role}` is another variable in line {site.location.line}")
    return Stretch(*place.file.span(place.node))


def _means_the_same(name: ast.Name, place: Place, site: Place) -> bool:
    """Whether a name is the same variable at two places: both in one function, or bound outside."""
    one, other = place.file.function(place.node), site.file.function(site.node)
    if one is other:
        return True
    bindings = bindings_of(place.file, name)
    return all(place.file.function(binding.node) is None for binding in bindings) and (
        other is None or not _binds(other, name.id)
    )


def _binds(function: ast.AST, name: str) -> bool:
    return any(
        (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.arg) and node.arg == name)
        for node in in_order(function)
    )
