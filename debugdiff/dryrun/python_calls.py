"""Python's own functions in a dry run, and those of `random`, `math` and `collections`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from debugdiff.dryrun.python_values import computed_whole, of_text
from debugdiff.dryrun.sizes import computed, total
from debugdiff.dryrun.things import Things
from debugdiff.dryrun.values import (
    NOTHING,
    OPEN,
    UNKNOWN,
    Entries,
    Items,
    Plain,
    Repeated,
    Span,
    Tensor,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from debugdiff.dryrun.values import Value

_LONGEST = 64
_ROOTS = frozenset({"builtins", "random", "math", "collections", "itertools", "dataclasses"})
Named = "Mapping[str, Value]"


class PythonCalls(Things):
    """Calls of what Python brings along."""

    def python_call(
        self, name: str, args: list[Value], kwargs: Mapping[str, Value], node: ast.AST
    ) -> Value | None:
        """What a function of Python's gives; `None` if it is none of those."""
        root, last = name.partition(".")[0], name.rpartition(".")[2]
        if root not in _ROOTS:
            return None
        whole = (
            computed_whole(last, args, frozenset({node})) if root in {"builtins", "math"} else None
        )
        if whole is not None:
            return whole
        function = _FUNCTIONS.get(last)
        return function(self, args, kwargs) if function is not None else UNKNOWN

    # --- lists ------------------------------------------------------------------------------------

    def listed(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`list(rows)`, `sorted(rows)`: the same items, in some order."""
        del kwargs
        first = args[0] if args else Items([])
        items = self.rounds(first)
        if items is not None:
            return Items(list(items))
        if isinstance(first, Entries | Plain):
            return Repeated(self.item_of(first), self.length(first))
        return first

    def reversed(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        del kwargs
        items = self.rounds(args[0]) if args else None
        return args[0] if items is None else Items(items[::-1])

    def distinct(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """A set: how many there are is open."""
        del kwargs
        return Repeated(self.item_of(args[0]) if args else UNKNOWN, Plain())

    def paired(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`zip(a, b)`."""
        del kwargs
        every = [self.rounds(value) for value in args]
        if all(items is not None for items in every):
            rows = zip(*(items or [] for items in every), strict=False)
            return Items([Items(list(row), is_tuple=True) for row in rows])
        some = Items([self.item_of(value) for value in args], is_tuple=True)
        lengths = [self.length(value) for value in args]
        return Repeated(some, next((one for one in lengths if one.number is not None), lengths[0]))

    def numbered(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`enumerate(rows)`."""
        del kwargs
        first = args[0] if args else UNKNOWN
        items = self.rounds(first)
        if items is None:
            some = Items([Plain(), self.item_of(first)], is_tuple=True)
            return Repeated(some, self.length(first))
        return Items([Items([Plain(at), one], is_tuple=True) for at, one in enumerate(items)])

    def mapped(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`map(function, rows)`."""
        del kwargs
        if len(args) < 2:  # noqa: PLR2004 - a function and rows
            return UNKNOWN
        items = self.rounds(args[1])
        call = self.line.node
        if items is not None and len(items) <= _LONGEST:
            return Items([self.invoke(args[0], [one], {}, call) for one in items])
        some = self.invoke(args[0], [self.item_of(args[1])], {}, call)
        return Repeated(some, self.length(args[1]))

    def drawn_items(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`random.sample(rows, 3)`, `random.choices(rows, k=3)`."""
        count = kwargs.get("k", args[-1] if len(args) > 1 else Plain(1))
        some = self.item_of(args[0]) if args else UNKNOWN
        return Repeated(some, count if isinstance(count, Plain) else Plain())

    def counted(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`Counter(rows)`, `defaultdict(list)`: a dictionary of which the keys are open."""
        del args, kwargs
        return Entries({}, is_open=True, other=Plain())

    # --- numbers ----------------------------------------------------------------------------------

    def as_number(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """A number that stays one, rounded or not."""
        del kwargs
        first = args[0] if args else Plain()
        return Plain(OPEN, first.made if isinstance(first, Plain) else NOTHING)

    def whole(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        return _rounded(int, args) or self.as_number(args, kwargs)

    def summed(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        del kwargs
        items = self.rounds(args[0]) if args else None
        plain = [item for item in items or [] if isinstance(item, Plain)]
        if items and len(plain) == len(items):
            return total(plain)
        tensors = [item for item in items or [] if isinstance(item, Tensor)]
        return tensors[0] if tensors else Plain()

    def extreme(self, choose: Any, args: list[Value]) -> Value:
        items = args if len(args) > 1 else self.rounds(args[0]) if args else []
        plain = [one for one in items or [] if isinstance(one, Plain) and one.number is not None]
        if not plain or len(plain) < len(items or []):
            return Plain()
        found: Plain = choose(plain, key=lambda one: one.number)
        return found

    def first_of(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`next(iter(rows))`, `random.choice(rows)`: some item."""
        del kwargs
        return self.item_of(args[0]) if args else UNKNOWN

    def attribute_of(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`getattr(nn, name)`."""
        del kwargs
        name = args[1].value if len(args) > 1 and isinstance(args[1], Plain) else OPEN
        return self.attribute(args[0], name, self.line.node) if isinstance(name, str) else UNKNOWN

    def default_of(self, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
        """`dataclasses.field(default=...)`."""
        del args
        if "default_factory" in kwargs:
            return self.invoke(kwargs["default_factory"], [], {}, self.line.node)
        return kwargs.get("default", UNKNOWN)

    # --- methods ----------------------------------------------------------------------------------

    def list_method(self, items: Items | Repeated, name: str, args: list[Value]) -> Value:
        if not isinstance(items, Items):
            return UNKNOWN
        if name == "append" and args:
            items.items.append(args[0])
            self.appended.append((items, args[0]))
        elif name == "extend" and args:
            more = self.rounds(args[0])
            items.items += more if more is not None else [self.item_of(args[0])]
            items.is_open = items.is_open or more is None
        elif name == "copy":
            return Items(list(items.items), items.is_open)
        elif name == "pop" and items.items:
            return items.items.pop()
        items.is_open = items.is_open or self.open_loops > items.loops
        return UNKNOWN

    def text_method(self, text: Plain, name: str, args: list[Value]) -> Value:
        """A method of a text; `" ".join(rows)` takes what is known of the rows."""
        return of_text(text.value, name, args, text.made)


def dictionary_method(  # noqa: PLR0911 - one method each
    receiver: Entries, name: str, args: list[Value]
) -> Value:
    """A method of a dictionary."""
    first = args[0] if args else UNKNOWN
    some = [*receiver.entries.items(), *([(OPEN, receiver.other)] if receiver.other else [])]
    if name in {"get", "setdefault", "pop"} and isinstance(first, Plain):
        found = receiver.item(first)
        is_missing = found == UNKNOWN and not receiver.is_open and first.value is not OPEN
        return found if not is_missing else args[1] if len(args) > 1 else Plain(None)
    if name == "items":
        pairs = [Items([Plain(key), value], is_tuple=True) for key, value in some]
        return Items(list(pairs), receiver.is_open)
    if name == "most_common":
        return Repeated(Items([Plain(), Plain()], is_tuple=True), Plain())
    if name == "values":
        return Items([value for _, value in some], receiver.is_open)
    if name == "keys":
        return Items([Plain(key) for key, _ in some], receiver.is_open)
    if name == "update" and isinstance(first, Entries):
        receiver.entries.update(first.entries)
        receiver.is_open = receiver.is_open or first.is_open
    if name == "copy":
        return Entries(dict(receiver.entries), receiver.is_open, receiver.other)
    return UNKNOWN


def _rounded(function: Callable[[Any], Any], args: list[Value]) -> Value | None:
    first = args[0] if args else UNKNOWN
    if len(args) == 1 and isinstance(first, Plain) and isinstance(first.value, int | float):
        return Plain(function(first.value), first.made)
    return None


def _range(args: list[Value]) -> Value:
    bounds = [one for one in args if isinstance(one, Plain)]
    numbers = [one.number for one in bounds]
    if not numbers or len(bounds) < len(args) or None in numbers or 0 in numbers[2:]:
        count = Plain()
        if len(bounds) == 2:  # noqa: PLR2004 - from and to
            count = computed(ast.Sub, bounds[1], bounds[0])
        elif len(bounds) == 1:
            count = bounds[0]
        return Repeated(Plain(), count)
    spread = range(*[number or 0 for number in numbers])
    made = frozenset[ast.AST]().union(*(one.made for one in bounds))
    if len(spread) > _LONGEST:
        return Repeated(Plain(), Plain(len(spread), made))
    return Items([Plain(number) for number in spread])


def _slice(args: list[Value]) -> Value:
    ends = [None if isinstance(one, Plain) and one.value is None else one for one in args]
    lower, upper, step = [*([None] if len(ends) == 1 else []), *ends, None, None][:3]
    return Span(lower, upper, step)


def _open(machine: PythonCalls, args: list[Value], kwargs: Mapping[str, Value]) -> Value:
    """A number or a text that only the run has."""
    del machine, args, kwargs
    return Plain()


_FUNCTIONS: Mapping[str, Callable[[PythonCalls, list[Value], Mapping[str, Value]], Value]] = {
    "range": lambda _, args, __: _range(args),
    "len": lambda machine, args, _: machine.length(args[0]) if args else Plain(),
    "slice": lambda _, args, __: _slice(args),
    "dict": lambda _, args, kwargs: args[0] if args else Entries(dict(kwargs)),
    "int": PythonCalls.whole,
    "float": lambda machine, args, kwargs: _rounded(float, args) or machine.as_number(args, kwargs),
    "abs": lambda machine, args, kwargs: _rounded(abs, args) or machine.as_number(args, kwargs),
    "round": lambda machine, args, kwargs: _rounded(round, args) or machine.as_number(args, kwargs),
    "sum": PythonCalls.summed,
    "max": lambda machine, args, _: machine.extreme(max, args),
    "min": lambda machine, args, _: machine.extreme(min, args),
    "reversed": PythonCalls.reversed,
    "zip": PythonCalls.paired,
    "enumerate": PythonCalls.numbered,
    "map": PythonCalls.mapped,
    "field": PythonCalls.default_of,
    "getattr": PythonCalls.attribute_of,
    "filter": lambda machine, args, _: Items([machine.item_of(args[-1])], is_open=True),
    "divmod": lambda *_: Items([Plain(), Plain()], is_tuple=True),
    **dict.fromkeys(("list", "tuple", "sorted", "iter", "deque", "chain"), PythonCalls.listed),
    **dict.fromkeys(("set", "frozenset"), PythonCalls.distinct),
    **dict.fromkeys(("next", "choice"), PythonCalls.first_of),
    **dict.fromkeys(("sample", "choices"), PythonCalls.drawn_items),
    **dict.fromkeys(("Counter", "defaultdict"), PythonCalls.counted),
    **dict.fromkeys(("sqrt", "log", "exp", "sin", "cos", "pow", "ceil", "floor"), _open),
    **dict.fromkeys(("print", "str", "repr", "isinstance", "hasattr", "any", "all"), _open),
    **dict.fromkeys(("randint", "random", "randrange", "uniform", "gauss", "getrandbits"), _open),
}
