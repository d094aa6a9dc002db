"""The values of a dry run: sizes instead of tensors, and for each what in the text decided it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from debugdiff.model import Operand
    from debugdiff.source.api import Api
    from debugdiff.source.normal import Function
    from debugdiff.source.place import Place
    from debugdiff.source.program import File

Nodes: TypeAlias = "frozenset[ast.AST]"
NOTHING: Final[Nodes] = frozenset()


class Open(Enum):
    """What stands for a number that the text does not show."""

    OPEN = "open"


OPEN: Final = Open.OPEN


@dataclass(frozen=True, slots=True)
class Plain:
    """A number, a text, `None`, `True`, or a number that is open, with what made it."""

    value: Any = OPEN
    made: Nodes = NOTHING

    @property
    def number(self) -> int | None:
        """The whole number that it is, if it is one."""
        return self.value if type(self.value) is int else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """A tensor or array.

    Attributes:
        sizes: one per axis; `None` where even their number is open.
        dtype: `float32`, `float64`, `int64` ..., empty where it is open.
        typed: the nodes that decided the dtype, the last one apart in `cast`.
        formed: the nodes that decided its form: how many axes, in which order.
        highest, lowest: of whole numbers the largest and the smallest, with what made them.
        is_array: whether it is NumPy's.
        batch: whether the first axis is Keras' open one.
    """

    sizes: tuple[Plain, ...] | None = None
    dtype: str = ""
    typed: Nodes = NOTHING
    formed: Nodes = NOTHING
    lowest: Plain = field(default=Plain())
    highest: Plain = field(default=Plain())
    is_array: bool = False

    @property
    def shape(self) -> tuple[int | None, ...] | None:
        """Its sizes as numbers."""
        return None if self.sizes is None else tuple(size.number for size in self.sizes)


@dataclass(eq=False, slots=True)
class Items:
    """A list or tuple.

    Attributes:
        is_open: whether more may be in it than `items` shows.
        loops: how many loops whose rounds the text does not show it was made in.
    """

    items: list[Value]
    is_open: bool = False
    is_tuple: bool = False
    loops: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Repeated:
    """A list of so many items that are all alike."""

    item: Value
    length: Plain


@dataclass(frozen=True, eq=False, slots=True)
class Span:
    """A slice: `1:5`.

    Attributes:
        length: how many items it takes, also where only the distance of its ends is known.
    """

    lower: Value | None
    upper: Value | None
    step: Value | None
    length: Plain = Plain()


@dataclass(eq=False, slots=True)
class Entries:
    """A dictionary.

    Attributes:
        entries: what the keys that the text tells stand for.
        is_open: whether it may have more keys.
        other: what any other key stands for.
    """

    entries: dict[Any, Value]
    is_open: bool = False
    other: Value | None = None

    def item(self, key: Plain) -> Value:
        """What a key stands for; of one that is open, what some key does."""
        if key.value is not OPEN and key.value in self.entries:
            return self.entries[key.value]
        some = [*self.entries.values()][-1:] if key.value is OPEN else []
        return self.other or next(iter(some), UNKNOWN)


@dataclass(eq=False, slots=True)
class Layer:
    """A layer of a library: how it was made, and what it has seen.

    Attributes:
        built: the size of the features that it was built for, where its first call decides it.
        inside: the layers of a container.
        makers: the calls of the user's own that were under way when it was made.
    """

    name: str
    api: Api
    arguments: dict[str, Value]
    call: ast.Call
    built: Plain | None = None
    inside: list[Value] = field(default_factory=list)
    makers: Nodes = NOTHING


@dataclass(eq=False, slots=True)
class Thing:
    """An object of a library that is no layer: a loss, a data set, a loader, a generator."""

    name: str
    arguments: dict[str, Value]
    call: ast.Call


@dataclass(eq=False, slots=True)
class Own:
    """A class of the user's own, with the scope that it stands in."""

    file: File
    node: ast.ClassDef
    scope: Scope


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the user's own."""

    owner: Own
    attributes: dict[str, Value] = field(default_factory=dict)
    made: ast.AST | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Routine:
    """A function of the user's own, with its object where it is a method."""

    file: File
    node: Function | ast.Lambda
    scope: Scope
    owner: Own | None = None
    instance: Instance | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """A name of a library: `torch.nn.Linear`."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Method:
    """A method of something that is no object of the user's own."""

    receiver: Value
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Above:
    """`super()`: the classes above one."""

    owner: Own
    instance: Instance


@dataclass(frozen=True, slots=True)
class Unknown:
    """What the dry run cannot tell."""


UNKNOWN: Final = Unknown()
Value: TypeAlias = (
    Plain
    | Tensor
    | Items
    | Repeated
    | Span
    | Entries
    | Layer
    | Thing
    | Own
    | Instance
    | Routine
    | Library
    | Method
    | Above
    | Unknown
)


@dataclass(frozen=True, slots=True)
class HeldValue:
    """What a name of a frame stood for when the run stopped at a line of it."""

    operand: Operand
    line: int


@dataclass(eq=False, slots=True)
class Scope:
    """Names and what they stand for; a name that is missing is looked up around it."""

    file: File
    names: dict[str, Value] = field(default_factory=dict)
    around: Scope | None = None
    function: str = ""

    def find(self, name: str) -> Value | None:
        """What a name stands for."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.around
        return None


class Mismatch(Exception):  # noqa: N818 - the field's word, and no error of ours
    """Two sizes, forms or dtypes that do not fit: what ends a dry run.

    Attributes:
        kind: `size`, `axes`, `dtype`, `elements`, `range`.
        came, wanted: the two sides; numbers where they are sizes.
        tensor: the one that does not fit.
        other: the other one, where two tensors do not fit each other.
        stack: the calls under way, outermost first.
    """

    def __init__(
        self,
        kind: str,
        came: Plain,
        wanted: Plain,
        tensor: Tensor | None = None,
        other: Tensor | None = None,
    ) -> None:
        super().__init__(f"{kind}: {came.value} came, {wanted.value} wanted")
        self.kind = kind
        self.came = came
        self.wanted = wanted
        self.tensor = tensor
        self.other = other
        self.stack: tuple[Place, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Note:
    """What fits and can hardly be meant.

    Attributes:
        kind: `steps`, `column` or `range`.
        node: where it is.
        values: the numbers that it is about, for a sentence.
    """

    kind: str
    node: ast.AST
    values: tuple[object, ...] = ()


Arguments: TypeAlias = "Mapping[str, Value]"
