"""Python's own values in a dry run: texts, lists and dictionaries that the text tells whole."""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING, Any, Final

from debugdiff.dryrun.values import (
    NOTHING,
    OPEN,
    Entries,
    Items,
    Plain,
    Repeated,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from debugdiff.dryrun.values import Nodes, Value

_LONGEST = 256
_MOST = 100_000
_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    **{
        each.__name__: each
        for each in (sorted, set, frozenset, str, ord, chr, any, all, pow, divmod)
    },
    **{name: getattr(math, name) for name in ("sqrt", "log", "log2", "ceil", "floor", "prod")},
}


class Unreadable(Exception):  # noqa: N818 - a way out, and no error
    """A value that the text does not show whole."""


def as_python(value: Value) -> Any:
    """The Python object that a value stands for.

    Raises:
        Unreadable: if the text does not show it whole.
    """
    match value:
        case Plain(value=inner) if inner is not OPEN:
            return inner
        case Items(items=items, is_open=False):
            made = [as_python(item) for item in items]
            return tuple(made) if value.is_tuple else made
        case Entries(entries=entries, is_open=False):
            return {key: as_python(item) for key, item in entries.items()}
    raise Unreadable


def as_value(found: Any, made: Nodes = NOTHING) -> Value:
    """A Python object as a value of a dry run; of a long list, one of its items."""
    if isinstance(found, set | frozenset):
        found = sorted(found, key=repr)
    if isinstance(found, dict):
        return Entries({key: as_value(item, made) for key, item in found.items()})
    if not isinstance(found, list | tuple):
        return Plain(found, made)
    if len(found) > _LONGEST:
        return Repeated(_some(found, made), Plain(len(found), made))
    items = [as_value(item, made) for item in found]
    return Items(items, is_tuple=isinstance(found, tuple))


def _some(found: Sequence[Any], made: Nodes) -> Value:
    return Plain(OPEN, made) if isinstance(found[0], str | int | float) else as_value(found[0])


def of_text(text: str, name: str, args: Sequence[Value], made: Nodes) -> Value:
    """What a method of a text that is known gives."""
    try:
        given = [as_python(one) for one in args]
        found = getattr(text, name)(*given) if name in _TEXT else None
    except (Unreadable, TypeError, ValueError, LookupError, AttributeError):
        found = None
    if found is not None:
        return as_value(found, made)
    return Items([Plain()], is_open=True) if name in {"split", "splitlines"} else Plain()


_TEXT = frozenset(
    {"split", "splitlines", "lower", "upper", "strip", "lstrip", "rstrip", "replace", "join"}
    | {"capitalize", "title", "startswith", "endswith", "count", "find", "index", "isalpha"}
)


def computed_whole(name: str, args: Sequence[Value], made: Nodes) -> Value | None:
    """What a plain function of Python's gives for what the text tells whole."""
    function = _FUNCTIONS.get(name.rpartition(".")[2])
    if function is None or not args:
        return None
    try:
        return as_value(function(*(as_python(one) for one in args)), made)
    except (Unreadable, TypeError, ValueError, ArithmeticError):
        return None


def put_together(symbol: type, left: Plain, right: Plain) -> Any:
    """Texts that are added, or one that is repeated; `OPEN` for anything else."""
    one, other = left.value, right.value
    if symbol is ast.Add and isinstance(one, str) and isinstance(other, str):
        return one + other
    if symbol is ast.Mult and isinstance(one, str) and isinstance(other, int):
        return one * other if len(one) * other <= _MOST else OPEN
    return OPEN
