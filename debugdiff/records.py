"""Reading back what was written as JSON: the shared types, validated at the file's edge."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from debugdiff.bounds import LARGEST_NUMBER, bounded
from debugdiff.model import Record
from debugdiff.visible import encodable_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import SchemaValidator

Shared = TypeVar("Shared")


def read(kind: type[Shared], text: str | bytes) -> Shared:
    """A value of a shared type from its JSON; a lone surrogate shows as in `encodable`.

    Raises:
        ValueError: the text is not JSON, or not of that type.
    """
    value: Shared = _validator(cast("Any", kind)).validate_json(_encodable(text))
    return cast("Shared", bounded(value)) if isinstance(value, Record) else value


def _encodable(text: str | bytes) -> str | bytes:
    """The same without lone surrogates, which a file's name may have and pydantic refuses."""
    if isinstance(text, str):
        return encodable_json(text)
    return encodable_json(text.decode()) if _SURROGATE in text else text


_SURROGATE = b"\\ud"


def describe_damage(error: Exception) -> str:
    """Why a file with JSON cannot be used: a clause for people, without words of Python."""
    match error:
        case json.JSONDecodeError():
            return f"it is damaged in line {error.lineno}"
        case UnicodeDecodeError():
            return "it is not UTF-8 text"
        case KeyError():
            return f"`{error.args[0]}` is missing"
        case RecursionError():
            return "it is nested too deeply"
        case OSError() if error.strerror:
            return f"the system says: {error.strerror}"
    return "it does not have the form that is expected"


_BOUNDS: Mapping[Any, Mapping[str, Any]] = {
    "int": {"ge": -LARGEST_NUMBER, "le": LARGEST_NUMBER},
    "float": {"allow_inf_nan": False},
}


@lru_cache(maxsize=32)
def _validator(kind: Any) -> SchemaValidator:
    from pydantic import TypeAdapter  # noqa: PLC0415  (0.1 s that `--help` need not pay)
    from pydantic_core import SchemaValidator  # noqa: PLC0415

    return SchemaValidator(_with_bounds(TypeAdapter(kind).core_schema))


def _with_bounds(schema: Any) -> Any:
    """A schema in which numbers are those of a machine, and finite: no arithmetic fails on them."""
    if isinstance(schema, dict):
        parts = {key: _with_bounds(part) for key, part in schema.items()}
        return {**parts, **_BOUNDS.get(schema.get("type"), {})}
    return [_with_bounds(part) for part in schema] if isinstance(schema, list) else schema
