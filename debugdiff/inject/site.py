"""A place that verbs are done to, and the code of a verb filled in for it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from debugdiff.inject.addresses import head_in_model
from debugdiff.inject.arguments import Argument, Arguments
from debugdiff.inject.arrays import ARRAY_METHODS, check_array
from debugdiff.inject.blocks import Statement
from debugdiff.inject.code import (
    CLASSES,
    HEAD_IN_MODEL,
    IT,
    LAYER,
    RECEIVER,
    Code,
    filled,
    parse_code,
)
from debugdiff.inject.context import read_alike
from debugdiff.inject.edits import Draft, Part, Stretch
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.names import expand
from debugdiff.inject.roles import means_the_same, text_of
from debugdiff.inject.spelling import Speller, is_variable
from debugdiff.source.roles.label_making import one_hot_calls
from debugdiff.source.supplies import supplies_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import Framework
    from debugdiff.source.place import Place
    from debugdiff.source.program import File
    from debugdiff.source.roles import Roles


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The edits of one rule in one file, and what they are made with.

    Attributes:
        renamed: names of the rule's own that the program has already, and what they become.
    """

    roles: Roles
    file: File
    framework: Framework
    draft: Draft
    speller: Speller
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """A place that verbs are done to."""

    place: Place
    work: Work

    @property
    def file(self) -> File:
        """The file of the place."""
        return self.place.file

    @property
    def node(self) -> ast.AST:
        """The node of the place."""
        return self.place.node

    @property
    def draft(self) -> Draft:
        """The edits so far."""
        return self.work.draft

    @cached_property
    def stretch(self) -> Stretch:
        """The place in the text."""
        return Stretch(*self.file.span(self.node))

    @cached_property
    def statement(self) -> Statement:
        """The statement of the place."""
        return Statement(self.file, self.file.statement(self.node))

    @property
    def line(self) -> int:
        """The line of the place, for messages."""
        return self.place.location.line

    @cached_property
    def arguments(self) -> Arguments:
        """The arguments of the place's call."""
        if not isinstance(self.node, ast.Call):
            raise Unfit(f"line {self.line} calls nothing there whose arguments could be changed")
        return Arguments(self.place, self.work.roles.flow)

    @cached_property
    def layer(self) -> Site:
        """The call that makes the layer that the place applies."""
        made = self.work.roles.flow.callee(self.place).made
        if made is None or not isinstance(made.node, ast.Call):
            raise Unfit(f"the text does not show which layer line {self.line} applies")
        return Site(made, self.work)

    def argument(self, name: str) -> Argument | None:
        """An argument of the place's call by its canonical name."""
        return self.arguments.get(name)

    def needed(self, name: str) -> Argument:
        """An argument that has to be written."""
        argument = self.argument(name)
        if argument is None:
            own = self.arguments.own(name)
            known = self.arguments.api
            lacks = known is not None and own not in known.args
            what = f"takes no `{own}`" if lacks else f"is not given `{own}`"
            raise Unfit(f"`{self.arguments.function}` in line {self.line} {what}")
        return argument

    def code(self, text: str, it: Part | None = None) -> list[Part]:
        """The code of a verb, filled in for this place; `$it` is the place, or something else."""
        return fill(parse_code(text), self, it if it is not None else self.stretch)

    def put(self, stretch: Stretch, parts: Sequence[Part]) -> None:
        """Put an expression in the place of one, in parentheses where it needs them."""
        text = self.draft.changed(*parts)
        if not read_alike(self.file, self.node, stretch, text):
            parts = ["(", *parts, ")"]
        self.draft.replace(stretch.start, stretch.end, *parts)

    def spell(self, name: str, *, importing: bool = True) -> str:
        """A library's name as the program writes it there."""
        found = self.work.speller.spell(name, self.node, importing=importing)
        if found is None:
            raise Unfit(f"the bug needs `{expand(name)}`, and no import of this program gives it")
        return found


def fill(code: Code, site: Site, it: Part) -> list[Part]:
    """The code with the place's text, other roles and library names filled in.

    Raises:
        Unfit: it cannot mean there what it says; says why.
    """
    for method in code.methods_of_it & ARRAY_METHODS:
        check_array(site.work.roles.flow, site.place, method)
    values: dict[tuple[int, int], tuple[Part, str]] = {}
    known = argument_names(site)
    for hole in code.holes(known):
        part = _part_of(hole.name, hole.argument, site, it)
        values[hole.start, hole.end] = part, site.draft.changed(part)
    libraries = code.libraries(lambda name: is_variable(site.file, site.node, name))
    for start, end, name in libraries:
        spelled = site.spell(name)
        values[start, end] = spelled, spelled
    for name, other in site.work.renamed.items():
        values |= dict.fromkeys(code.uses(name), (other, other))
    return filled(code, values)


def argument_names(site: Site) -> frozenset[str]:
    """The canonical and own names of the arguments that the place's call may have."""
    if not isinstance(site.node, ast.Call):
        return frozenset()
    known = site.arguments.api
    names = {argument.name for argument in site.arguments.written} - {"", "*", "**"}
    return frozenset(names if known is None else {*names, *known.args, *known.names})


def _part_of(name: str, argument: str, site: Site, it: Part) -> Part:
    if name in {LAYER, RECEIVER}:
        return _of_layer(argument, site) if name == LAYER else _receiver(site)
    if name in {HEAD_IN_MODEL, CLASSES}:
        is_head = name == HEAD_IN_MODEL
        return head_in_model(site.work.roles, site.place) if is_head else _classes(site, it)
    if name != IT:
        stretch = text_of(site.work.roles, name, site.place)
        return site.file.text[stretch.start : stretch.end]
    if not argument:
        return it
    written = site.argument(argument)
    if written is not None:
        return written.stretch
    default = site.arguments.default(argument)
    if default is None:
        site.needed(argument)
    assert default is not None
    return default


def _classes(site: Site, it: Part) -> Part:
    """The class numbers of labels: themselves, or where the ones of one-hot vectors are."""
    if site.work.roles.fact("labels") != "one-hot":
        return it
    made = set(one_hot_calls(site.work.roles))
    if made and not made & {value.place for value in supplies_of(site.work.roles.flow, site.place)}:
        raise Unfit(
            f"whether `{site.place.text}` has one-hot vectors does not follow from the text"
        )
    check_array(site.work.roles.flow, site.place, "argmax")
    return f"{site.draft.changed(it)}.argmax(-1)"


def _receiver(site: Site) -> Part:
    """What stands before the dot of the method that a place calls."""
    match site.node:
        case ast.Call(func=ast.Attribute(value=receiver)):
            return site.file.segment(receiver)
    raise Unfit(f"line {site.line} calls no method")


def _of_layer(name: str, site: Site) -> Part:
    """An argument of the layer that a place applies, or the attribute that has its value."""
    layer = site.layer
    value = layer.needed(name).value
    names = [node for node in ast.walk(value) if isinstance(node, ast.Name)]
    if all(means_the_same(node, layer.place, site.place) for node in names):
        return layer.file.segment(value)
    assert isinstance(site.node, ast.Call)
    return f"{site.file.segment(site.node.func)}.{layer.arguments.own(name)}"
