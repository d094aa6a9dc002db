"""The roles of a program as a rule asks for them: a place, a statement, or why there is none."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from debugdiff.inject.edits import Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.source.bindings import bindings_of
from debugdiff.source.normal import FUNCTIONS
from debugdiff.source.place import Place
from debugdiff.source.program import Program
from debugdiff.source.roles import Missing, Roles
from debugdiff.source.syntax import in_order
from debugdiff.source.values import Value

if TYPE_CHECKING:
    from debugdiff.model import Implementation
    from debugdiff.source.program import File


def roles_of(implementation: Implementation) -> Roles | None:
    """The roles of a program with the files that it imports; `None` if it does not parse."""
    return _known_roles(tuple(sorted(implementation.files.items())), implementation.file)


@lru_cache(maxsize=64)
def _known_roles(files: tuple[tuple[str, str], ...], main: str) -> Roles | None:
    """Remembered: a campaign puts many bugs into each program."""
    program = Program.of(dict(files), main)
    return Roles(program) if main in program.files else None


def places_of(roles: Roles, role: str) -> tuple[Place, ...]:
    """The places of a role.

    Raises:
        Unfit: it has none; says why.
    """
    answer = roles.find(role)
    if isinstance(answer, Missing):
        raise Unfit(answer.reason)
    return answer.places


def place_of(roles: Roles, role: str, near: Place | None = None) -> Place:
    """The one place of a role; of several, the one beside another place.

    Raises:
        Unfit: it has none, or several.
    """
    places = places_of(roles, role)
    if near is not None:
        places = _beside(places, near)
    if len(places) > 1:
        lines = ", ".join(str(place.location.line) for place in places)
        raise Unfit(f"this program has {len(places)} places for `{role}` (lines {lines})")
    return places[0]


def _beside(places: tuple[Place, ...], near: Place) -> tuple[Place, ...]:
    """Of several places, the one inside another, in the same statement, or in the same function."""
    inside = tuple(place for place in places if near.node in place.file.up(place.node))
    if len(inside) == 1:
        return inside
    for around in (near.file.statement, near.file.function):
        same = tuple(
            place
            for place in places
            if place.file is near.file and around(place.node) is around(near.node)
        )
        if len(same) == 1:
            return same
    return places


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
    place = place_of(roles, role, site)
    if place.file is not site.file:
        raise Unfit(f"`{role}` is in another file")
    for node in (place.node, *in_order(place.node)):
        if not isinstance(node, ast.Name) or means_the_same(node, place, site):
            continue
        if not _is_handed_over(roles, node, place, site):
            raise Unfit(f"`{node.id}` of `{role}` is another variable in line {site.location.line}")
    return Stretch(*place.file.span(place.node))


def means_the_same(name: ast.Name, place: Place, site: Place) -> bool:
    """Whether a name is the same variable at two places: bound around both, and not between."""
    one, other = place.file.function(place.node), site.file.function(site.node)
    if one is other or _is_same_object(name, place, site):
        return True
    around = list(site.file.up(site.node))
    for binding in bindings_of(place.file, name):
        owner = place.file.function(binding.node)
        if owner is not None and owner not in around:
            return False
        within = around if owner is None else around[: around.index(owner)]
        if any(isinstance(node, FUNCTIONS) and _binds(node, name.id) for node in within):
            return False
    return True


def _is_handed_over(roles: Roles, name: ast.Name, place: Place, site: Place) -> bool:
    """Whether every call of the function around the site gives it the variable by its own name."""
    function = site.file.function(site.node)
    bound = [node for node in in_order(function) if _is_bound(node, name.id)] if function else []
    if len(bound) != 1 or not isinstance(bound[0], ast.arg):
        return False
    passed = roles.flow.passed_to(Value(Place(site.file, bound[0]))) or []
    return bool(passed) and all(_is_same_variable(value, name, place.file) for value in passed)


def _is_same_variable(value: Value, name: ast.Name, file: File) -> bool:
    node = value.place.node
    if not isinstance(node, ast.Name) or value.path or value.place.file is not file:
        return False
    return bindings_of(file, node) == bindings_of(file, name)


def _is_same_object(name: ast.Name, place: Place, site: Place) -> bool:
    """Whether a name is the `self` of two methods of one class."""
    owners = {place.file.owner(place.node), site.file.owner(site.node)}
    return name.id == "self" and len(owners) == 1 and None not in owners


def cannot_stand_in(statement: ast.stmt, block: ast.stmt, file: File) -> str:
    """Why a statement cannot be moved into a block; empty if its names mean the same there."""
    inside = set(ast.walk(block))
    place = Place(file, statement)
    site = Place(file, next(iter(ast.iter_child_nodes(block))))
    names = [node for node in in_order(statement) if isinstance(node, ast.Name)]
    for name in names:
        if isinstance(name.ctx, ast.Load) and not means_the_same(name, place, site):
            return f"`{name.id}` is another variable in line {block.lineno}"
    for node in file.nodes:
        if node not in inside and _is_read_after(node, statement, block, file):
            return f"`{ast.unparse(node)}` is used in line {node.lineno}, too"  # type: ignore[attr-defined]
    return ""


def _is_read_after(node: ast.AST, statement: ast.stmt, block: ast.stmt, file: File) -> bool:
    """Whether a node reads what a statement binds, where that is not bound any more."""
    if not isinstance(node, (ast.Name, ast.Attribute)) or not isinstance(node.ctx, ast.Load):
        return False
    targets = {ast.unparse(target) for target in in_order(statement) if _is_target(target)}
    if ast.unparse(node) not in targets:
        return False
    if isinstance(node, ast.Attribute):
        return file.owner(node) is file.owner(statement)
    own = set(ast.walk(statement))
    home = file.function(statement)
    stays = home is file.function(next(ast.iter_child_nodes(block)))
    return any(binding.node in own for binding in bindings_of(file, node)) and (
        not stays or file.function(node) is home
    )


def _is_target(node: ast.AST) -> bool:
    return isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store)


def _binds(function: ast.AST, name: str) -> bool:
    return any(_is_bound(node, name) for node in in_order(function))


def _is_bound(node: ast.AST, name: str) -> bool:
    """Whether a node binds a name: as a variable, or as a parameter."""
    is_stored = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == name
    return is_stored or (isinstance(node, ast.arg) and node.arg == name)
