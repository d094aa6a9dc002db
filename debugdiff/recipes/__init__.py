"""Recipes: the shortest documented way to see the value, or the gradient, at a kind of site.

One TOML file for each way to write a program (framework, style, training): a small program, and
what has to be added to it. Each recipe is a test of ours: with its lines in it the program really
prints what the layer probes read there.
"""

from __future__ import annotations

import ast
import textwrap
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from debugdiff.model import Framework, Implementation, Mode, Stack
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Mapping


class SiteKind(StrEnum):
    """Where a site lies, as far as it decides how one gets at it."""

    LAYER = "layer"
    """The output of a layer that the model calls itself."""
    OWN_CLASS = "own-class"
    """The output of a layer inside a layer or module class of the program's own."""
    CONTAINER = "container"
    """The output of a layer inside a `Sequential` that the model holds."""
    NESTED_MODEL = "nested-model"
    """The output of a layer inside a functional model that the model holds."""
    LIBRARY = "library"
    """The output of a layer inside a layer of the framework, such as a projection of attention."""
    INTERMEDIATE = "intermediate"
    """A value inside `forward` or `call` that is no layer's output, such as attention scores."""
    LOGITS = "logits"
    LOSS = "loss"
    """Of each step by itself: the running mean of an epoch is another number."""
    PARAMETER = "parameter"


class Shows(StrEnum):
    """What a recipe lets a user see at a site."""

    VALUE = "value"
    GRADIENT = "gradient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a framework's official documentation."""

    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Lines put after, before or in place of one line of the program, at its indentation."""

    lines: str
    after: str = ""
    before: str = ""
    replace: str = ""

    @property
    def anchor(self) -> str:
        """The line of the program, without its indentation."""
        return self.after or self.before or self.replace

    def applied(self, source: str) -> str:
        """The program with the edit in it.

        Raises:
            ValueError: the program does not have the line exactly once.
        """
        found = split_lines(source)
        (place,) = [index for index, line in enumerate(found) if line.strip() == self.anchor]
        line = found[place]
        indentation = line[: len(line) - len(line.lstrip())]
        new = textwrap.indent(self.lines.rstrip("\n"), indentation)
        around = [new] if self.replace else [line, new] if self.after else [new, line]
        return "\n".join([*found[:place], *around, *found[place + 1 :], ""])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One documented way to see something at one kind of site.

    Attributes:
        program: framework, style and training of the programs that it is for.
        way: what is used: print, hook, callback, sub-model, tape, ...
        site: what the layer probes call the site of the recipe's own program.
        stacks: where it works; empty means on every stack of the framework.
        once: shows one batch outside of training, and not every step.
        switch: needs eager mode, which one of its edits switches on.
        imports: what has to be imported, unless the program does already.
    """

    program: str
    kind: SiteKind
    shows: Shows
    way: str
    site: str
    page: Page
    edits: tuple[Edit, ...]
    stacks: tuple[Stack, ...] = ()
    once: bool = False
    switch: bool = False
    imports: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is, in a few words, for explanations."""
        switched = " in eager mode" if self.switch else ""
        return f"{self.way}{switched}{', one batch outside of training' if self.once else ''}"

    def runs_on(self, stack: Stack) -> bool:
        """Whether it works on a stack of its framework."""
        return not self.stacks or stack in self.stacks

    def rendered(self, source: str) -> str:
        """Its program with the recipe's lines in it."""
        for edit in self.edits:
            source = edit.applied(source)
        return "".join(f"{line}\n" for line in self._missing(source)) + source

    def cost(self, source: str, mode: Mode) -> int:
        """Logical lines that a program needs for it; a changed line counts as an added one.

        Logical lines are those of the normal form (`ast.unparse`), as in R1: layout decides
        nothing. A program that runs in eager mode anyway saves the switch.
        """
        lines = sum(_logical_lines(edit.lines) for edit in self.edits)
        saved = 1 if self.switch and mode is Mode.EAGER else 0
        return lines + len(self._missing(source)) - saved

    def _missing(self, source: str) -> tuple[str, ...]:
        there = {line.strip() for line in split_lines(source)}
        return tuple(line for line in self.imports if line not in there)


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """The recipes for one way to write a program, and the program that they are tested on."""

    name: str
    source: str
    recipes: tuple[Recipe, ...] = field(default=())


def program_of(implementation: Implementation) -> str:
    """Which recipes are for an implementation: its framework, style and training."""
    return f"{implementation.framework}_{implementation.style}_{implementation.training}"


@cache
def collections() -> Mapping[str, Collection]:
    """Every collection by its name."""
    folder = resources.files("debugdiff.recipes")
    pages = {key: Page(**table) for key, table in _toml("pages.toml").items()}
    files = sorted(each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    found = [_collection(name, pages) for name in files if name != "pages.toml"]
    return {each.name: each for each in found}


def framework_of(collection: Collection) -> Framework:
    """The framework of a collection's program."""
    return Framework(collection.name.partition("_")[0])


def _collection(file: str, pages: Mapping[str, Page]) -> Collection:
    name, table = file.removesuffix(".toml"), _toml(file)
    recipes = tuple(_recipe(name, each, pages) for each in table["recipes"])
    return Collection(name=name, source=table["program"], recipes=recipes)


def _recipe(program: str, table: dict[str, Any], pages: Mapping[str, Page]) -> Recipe:
    return Recipe(
        **table
        | {
            "program": program,
            "kind": SiteKind(table["kind"]),
            "shows": Shows(table["shows"]),
            "page": pages[table["page"]],
            "edits": tuple(Edit(**each) for each in table["edits"]),
            "stacks": tuple(Stack(each) for each in table.get("stacks", ())),
            "imports": tuple(table.get("imports", ())),
        }
    )


def _toml(file: str) -> dict[str, Any]:
    text = resources.files("debugdiff.recipes").joinpath(file).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _logical_lines(text: str) -> int:
    return sum(bool(line) for line in ast.unparse(ast.parse(text)).splitlines())
