"""A small change of a program, and whether it helps."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from debugdiff.dryrun.table import operation_of
from debugdiff.dryrun.values import UNKNOWN, Instance, Plain
from debugdiff.source.syntax import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from debugdiff.dryrun import Mismatch
    from debugdiff.dryrun.values import Nodes, Value
    from debugdiff.source.place import Place
    from debugdiff.source.program import File, Program

SMALL = 7
"""A number up to this is a kernel, an axis or a step, and no size."""


class Change(StrEnum):
    """What kind of a change a repair is."""

    NUMBER = "number"
    SWITCH = "switch"
    DTYPE = "dtype"
    DROPPED = "dropped"
    AXIS = "axis"
    MATCHED = "matched"
    ADDED = "added"
    BORROWED = "borrowed"
    BRANCH = "branch"


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Repair:
    """A change at a node.

    Attributes:
        is_exact: whether a number becomes just the size that is wanted or that came.
        is_wanted: whether it changes the side that refuses, not the one that comes.
        what: the change in words.
        text: the code that stands at the node after the change; empty where it cannot be written.
    """

    place: Place
    change: Change
    what: str
    text: str = ""
    is_exact: bool = True
    is_wanted: bool = False
    edits: Mapping[ast.AST, Callable[[Value], Value]] = field(default_factory=dict)
    given: Mapping[ast.AST, Mapping[str, Value | ast.expr]] = field(default_factory=dict)
    skipped: frozenset[ast.AST] = frozenset()

    def changes(self, values: Mapping[ast.AST, Value]) -> bool:
        """Whether it changes anything of what the expressions came to."""
        before = [(values.get(node, UNKNOWN), edit) for node, edit in self.edits.items()]
        return not before or any(edit(value) != value for value, edit in before)

    def concerns(self, values: Mapping[ast.AST, Value], mismatch: Mismatch) -> bool:
        """Whether a number that stands for a name has a part in one of the two sizes."""
        now = values.get(self.place.node)
        number = now.number if isinstance(now, Plain) else None
        if self.change is not Change.NUMBER or isinstance(self.place.node, ast.Constant):
            return True
        sizes = [size for size in (mismatch.came.number, mismatch.wanted.number) if size]
        return not number or not sizes or any(size % number == 0 for size in sizes)

    def is_handed_on(self, values: Mapping[ast.AST, Value]) -> bool:
        """Whether it is at a name that an object of the user's own is given: layers come first."""
        if isinstance(self.place.node, ast.Constant | ast.BinOp):
            return False
        around = self.place.file.up(self.place.node)
        call = next((node for node in around if isinstance(node, ast.Call)), None)
        return call is not None and isinstance(values.get(call), Instance)

    def is_shared(self, program: Program) -> bool:
        """Whether it puts a literal where several calls pass what they need."""
        function = self.place.file.function(self.place.node)
        owner = self.place.file.owner(self.place.node)
        name = owner.name if owner is not None else getattr(function, "name", "")
        is_literal = self.change is Change.NUMBER and not isinstance(self.place.node, ast.Constant)
        same = [call for _, call in program.calls if last_name(call.func) == name]
        return is_literal and self.is_exact and len(same) > 1

    @property
    def inserts(self) -> bool:
        """Whether it adds an operation: where a value is used, that can always be done."""
        return self.change in {Change.MATCHED, Change.ADDED}

    @property
    def is_source(self) -> bool:
        """Whether it is at a call that makes data out of nothing: what comes from outside."""
        return makes_data(self.place.node)

    @property
    def is_setting(self) -> bool:
        """Whether it changes a number outside of any call: a setting, seldom at fault."""
        return not any(isinstance(node, ast.Call) for node in self.place.file.up(self.place.node))


def makes_data(node: ast.AST) -> bool:
    """Whether it is a call that makes data out of nothing."""
    return isinstance(node, ast.Call) and operation_of(last_name(node.func)) in _SOURCES


_SOURCES = frozenset({"filled", "full", "drawn", "whole", "chosen", "counted", "spaced"})


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Fit:
    """A repair that works.

    Attributes:
        is_whole: whether the program then comes to its end, and not to another mismatch.
    """

    repair: Repair
    is_whole: bool


def latest_first(files: Mapping[ast.AST, File], nodes: Nodes) -> list[ast.AST]:
    """Nodes in the order of the text, the last first: it is the nearest to what stopped."""
    known = (node for node in nodes if node in files)
    return sorted(
        known,
        key=lambda node: (
            files[node].name,
            getattr(node, "lineno", 0),
            getattr(node, "col_offset", 0),
        ),
        reverse=True,
    )
