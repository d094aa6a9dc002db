"""A TOML file as a typed table: which key of it is wrong, and on which line."""

from __future__ import annotations

import dataclasses
import difflib
import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from debugdiff.files import read_text
from debugdiff.toml_lines import line_of, read_toml

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

STRICT: dict[str, Any] = {"extra": "forbid", "strict": True, "allow_inf_nan": False}
"""What the tables of a file have as their configuration: no key too many, no value converted."""
_UNKNOWN_KEY = "unexpected_keyword_argument"  # pydantic's name for it in a dataclass
Keys = tuple[str | int, ...]
_Table = TypeVar("_Table")


class WrongKey(ValueError):  # noqa: N818 - it says which one
    """What is wrong with a key, as a clause, and the keys that lead to it."""

    def __init__(self, keys: Keys, problem: str) -> None:
        super().__init__(problem)
        self.keys, self.problem = keys, problem


def read_table(path: Path, kind: type[_Table], what: str) -> _Table:
    """The content of a TOML file.

    Args:
        path: the file.
        kind: a dataclass with the file's keys.
        what: the file describes, such as "a case", for the message about an unknown key.

    Raises:
        WrongKey: a key is unknown, missing or has a wrong value.
        OSError, ValueError: the file cannot be read, is no TOML or no UTF-8.
    """
    from pydantic import ValidationError  # noqa: PLC0415  (few commands need it)

    document = json.dumps(read_toml(read_text(path)), default=str)
    try:
        table: _Table = _adapter(kind).validate_json(document)  # type: ignore[arg-type]
    except ValidationError as error:
        raise _worst(error.errors(), what) from error
    return table


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # noqa: PLC0415  (few commands need it)

    return TypeAdapter(kind)


def _worst(errors: list[ErrorDetails], what: str) -> WrongKey:
    """An unknown key goes first: a misspelt one makes the right one missing."""
    error = min(errors, key=lambda one: one["type"] != _UNKNOWN_KEY)
    if error["type"] == _UNKNOWN_KEY:
        return WrongKey(error["loc"], f"is not a key of {what}")
    if error["type"] == "missing":
        return WrongKey(error["loc"], "is missing")
    message = f"{error['msg'][:1].lower()}{error['msg'][1:]}"
    return WrongKey(error["loc"], f"has a wrong value: {message}")


def place_of(path: Path, keys: Keys) -> str:
    """File and line of a key, and the key: `case.toml:3: `metric.name``."""
    return f"{path}:{line_of(read_text(path), keys)}: `{'.'.join(map(str, keys))}`"


def keys_of(*tables: Any) -> tuple[str, ...]:
    """The keys that some dataclasses have."""
    return tuple(key.name for table in tables for key in dataclasses.fields(table))


def suggestion(key: str, known: Iterable[str], otherwise: str) -> str:
    """A hint: the known key that is meant, else where to look."""
    known = tuple(known)
    close = [] if key in known else difflib.get_close_matches(key, known, n=1)
    return f"Did you mean `{close[0]}`?" if close else otherwise
