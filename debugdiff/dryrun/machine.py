"""What the parts of a dry run share: the program, the edits, the calls under way."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from debugdiff.dryrun.values import (
        HeldValue,
        Instance,
        Items,
        Layer,
        Note,
        Own,
        Plain,
        Routine,
        Scope,
        Value,
    )
    from debugdiff.source.place import Place
    from debugdiff.source.program import Program

_MOST = 60_000


class Exhausted(Exception):  # noqa: N818 - a way out, and no error
    """The dry run has taken as many steps as it may."""


class Returned(Exception):  # noqa: N818 - a way out, and no error
    """A `return` with its value."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class LeftLoop(Exception):  # noqa: N818 - a way out, and no error
    """A `break` or `continue`."""

    def __init__(self, *, ends: bool) -> None:
        super().__init__()
        self.ends = ends


class Machine:
    """The state of a dry run, and what its parts ask of each other.

    Attributes:
        edits: nodes whose value is taken for another one.
        given: calls that get further arguments, by name.
        held: what the real run held, by file, function and name.
        skipped: calls that hand on what they are given.
        stack: the calls under way, outermost first.
        open_loops: how many loops are under way whose rounds the text does not show.
        line: the statement at hand.
        values: what each expression came to last.
        reached: the calls and statements that it came to.
        appended: what lists have been given, in a loop whose rounds are all alike.
        unrolled: how many rounds the loops under way have, all together.
        trained: how often the program has trained.
        yielded: what the generators under way have given; first, what stands outside of one.
        notes: what fits and can hardly be meant.
    """

    def __init__(
        self,
        program: Program,
        edits: Mapping[ast.AST, Callable[[Value], Value]],
        given: Mapping[ast.AST, Mapping[str, Value | ast.expr]],
        held: Mapping[tuple[str, str, str], HeldValue],
        skipped: frozenset[ast.AST] = frozenset(),
    ) -> None:
        self.program = program
        self.edits = edits
        self.given = given
        self.held = held
        self.skipped = skipped
        self.modules: dict[str, Scope] = {}
        self.stack: list[Place] = []
        self.under_way: list[ast.AST] = []
        self.open_loops = 0
        self.steps = 0
        self.line: Place
        self.notes: list[Note] = []
        self.yielded: list[list[Value]] = [[]]
        self.trained = 0
        self.unrolled = 1
        self.appended: list[tuple[Items, Value]] = []
        self.reached: set[ast.AST] = set()
        self.values: dict[ast.AST, Value] = {}

    def count(self) -> None:
        """One step more."""
        self.steps += 1
        if self.steps > _MOST:
            raise Exhausted

    @abstractmethod
    def value(self, node: ast.expr, scope: Scope) -> Value:
        """What an expression comes to."""

    @abstractmethod
    def block(self, statements: list[ast.stmt], scope: Scope) -> None:
        """Run some statements."""

    @abstractmethod
    def bind(self, target: ast.expr, value: Value, scope: Scope) -> None:
        """Give a name, an attribute or an item its value."""

    @abstractmethod
    def seen(self, node: ast.AST, name: str, value: Value, scope: Scope) -> Value:
        """A value as the run had it, where the text does not show it."""

    @abstractmethod
    def invoke(
        self, callee: Value, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value:
        """Call something with its arguments."""

    @abstractmethod
    def run(self, routine: Routine, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """Run a function of the user's."""

    @abstractmethod
    def attribute(self, value: Value, name: str, node: ast.AST) -> Value:
        """An attribute of a value."""

    @abstractmethod
    def built(self, layer: Layer, node: ast.AST) -> None:
        """Keras builds a model as soon as its input and a layer are known."""

    @abstractmethod
    def rounds(self, value: Value) -> list[Value] | None:
        """The items of a value, where the text tells all of them."""

    @abstractmethod
    def item_of(self, value: Value) -> Value:
        """Some item of a value."""

    @abstractmethod
    def length(self, value: Value) -> Plain:
        """How many items a value has."""

    @abstractmethod
    def method_of(self, instance: Instance, name: str, above: Own | None = None) -> Routine | None:
        """A method of an object, its own class's or inherited; of `above`, only inherited."""
