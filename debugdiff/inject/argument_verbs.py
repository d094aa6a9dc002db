"""Verbs on calls: arguments that are set, left out and exchanged, and another function."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from debugdiff.inject.code import IT, parse_code
from debugdiff.inject.edits import Part, Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.names import expand, is_library
from debugdiff.inject.roles import text_of
from debugdiff.inject.site import Site, argument_names
from debugdiff.inject.tokens import tokens_between
from debugdiff.source import api
from debugdiff.source.roles import ROLES

if TYPE_CHECKING:
    from debugdiff.inject.arguments import Argument, Arguments
    from debugdiff.model import VerbValue
    from debugdiff.source.api import Api

OPERATORS = frozenset({"+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"})
"""What an operator may become."""


def set_arguments(site: Site, value: VerbValue) -> None:
    """Give arguments a value, by canonical name; one that is left out is added."""
    assert isinstance(value, Mapping)
    if isinstance(site.node, ast.Constant):
        _make_object(site, value)
        return
    for name, text in value.items():
        argument = site.argument(name)
        if argument is not None:
            site.put(argument.stretch, site.code(text, argument.stretch))
        else:
            site.arguments.add(site.draft, name, *site.code(text, _default(site, name, text)))


def _default(site: Site, name: str, text: str) -> str:
    """What a left out argument is without being written."""
    default = site.arguments.default(name)
    holes = parse_code(text).holes(argument_names(site))
    if default is None and any(hole.name == IT and not hole.argument for hole in holes):
        site.needed(name)
    return default or ""


def _make_object(site: Site, value: Mapping[str, str]) -> None:
    """A name in quotes becomes the object that it stands for, with arguments."""
    assert isinstance(site.node, ast.Constant)
    name = _stands_for(site.node.value)
    if name is None:
        raise Unfit(f"line {site.line} calls nothing there whose arguments could be changed")
    known = api.known()[name]
    parts: list[Part] = [site.spell(name), "("]
    for index, (argument, text) in enumerate(value.items()):
        own = known.own(argument)
        parts += [", " if index else "", f"{own}=", *site.code(text, known.default.get(own, ""))]
    site.put(site.stretch, [*parts, ")"])


def _stands_for(value: object) -> str | None:
    tables = [api.stands_for(kind) for kind in ("loss", "optimizer")]
    return next(
        (table[value] for table in tables if isinstance(value, str) and value in table), None
    )


def drop(site: Site, value: VerbValue) -> None:
    """Take arguments out; of several, those that are given."""
    assert isinstance(value, tuple)
    given = [argument for name in value if (argument := site.argument(name)) is not None]
    site.arguments.drop(site.draft, *(given or [site.needed(value[0])]))


def swap(site: Site, value: VerbValue) -> None:
    """Exchange two arguments, operands, elements or roles."""
    assert isinstance(value, tuple)
    one, other = (item(site, name) for name in value)
    texts = [site.draft.changed(stretch) for stretch in (one, other)]
    if texts[0] == texts[1]:
        raise Unfit(f"both are the same in line {site.line}")
    site.put(one, [texts[1]])
    site.put(other, [texts[0]])


def item(site: Site, name: str) -> Stretch:
    """An argument by name, an item by number, or a role."""
    if name in ROLES:
        return text_of(site.work.roles, name, site.place)
    if not is_number(name):
        return site.needed(name).stretch
    items, number = _items(site), int(name)
    if not -len(items) <= number < len(items):
        raise Unfit(f"line {site.line} has {len(items)} of them, not {abs(number) + (number >= 0)}")
    return items[number]


def is_number(name: str) -> bool:
    """Whether an item is named by its number; -1 is the last."""
    return name.removeprefix("-").isdigit()


def _items(site: Site) -> list[Stretch]:
    """The operands, elements or positional arguments of a place."""
    match site.node:
        case ast.BinOp(left=left, right=right):
            nodes = [left, right]
        case ast.Compare(left=left, comparators=others):
            nodes = [left, *others]
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            nodes = elements
        case ast.Call():
            return [argument.stretch for argument in site.arguments.written if not argument.name]
        case _:
            raise Unfit(f"line {site.line} has nothing there that could be swapped")
    return [Stretch(*site.file.span(node)) for node in nodes]


def become(site: Site, value: VerbValue) -> None:
    """Make a function another one, or an operator."""
    assert isinstance(value, str)
    match site.node:
        case ast.Call(func=ast.Attribute(value=owner) as function) if value.startswith("."):
            site.draft.replace(site.file.span(owner)[1], site.file.span(function)[1], value)
        case ast.Call(func=function):
            _rename(site, value)
            site.put(
                Stretch(*site.file.span(function)),
                [site.spell(value) if is_library(value) else value],
            )
        case ast.BinOp(left=left, right=right) if value in OPERATORS:
            span = site.file.span(left)[1], site.file.span(right)[0]
            token = next(t for t in tokens_between(site.file.text, *span) if t.text in OPERATORS)
            site.draft.replace(token.start, token.end, value)
        case ast.Constant(value=str()) if is_library(value):
            site.put(site.stretch, [_quoted(value) or f"{site.spell(value)}()"])
        case _:
            site.put(site.stretch, site.code(value))


def _rename(site: Site, value: str) -> None:
    """Arguments as the other function calls them; those that only the old one takes go."""
    old, new = site.arguments.api, api.known().get(expand(value))
    if old is None or new is None:
        return
    canonical = {own: name for name, own in old.names.items()}
    own = {name: new.own(canonical.get(name, name)) for name in old.args}
    gone = _unknown_to(site.arguments, new, own)
    if gone:
        site.arguments.drop(site.draft, *gone)
    for argument in site.arguments.written:
        name = own.get(argument.name, argument.name)
        if argument.name in own and name in new.args and name != argument.name:
            site.draft.replace(argument.start, argument.start + len(argument.name), name)


def _unknown_to(arguments: Arguments, new: Api, own: Mapping[str, str]) -> list[Argument]:
    """Arguments that another function lacks; of those by position, all from the first such."""
    places = zip(arguments.order, new.args, strict=False)
    alike = next((i for i, (old, name) in enumerate(places) if own[old] != name), None)
    given = [argument for argument in arguments.written if not argument.name]
    by_position = [] if alike is None else given[alike:]
    lacking = [a for a in arguments.written if a.name in own and own[a.name] not in new.args]
    return [*by_position, *lacking]


def _quoted(name: str) -> str | None:
    """The string that Keras takes for an object."""
    tables = [api.stands_for(kind) for kind in ("loss", "optimizer")]
    found = (text for table in tables for text, other in table.items() if other == expand(name))
    return next((f'"{text}"' for text in found), None)
