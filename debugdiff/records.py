"""Reading back what was written as JSON: the shared types, validated at the file's edge."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Shared = TypeVar("Shared")


def read(kind: type[Shared], text: str | bytes) -> Shared:
    """A value of a shared type from its JSON.

    Raises:
        ValueError: the text is not JSON, or not of that type.
    """
    value: Shared = _adapter(cast("Any", kind)).validate_json(text)
    return value


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


@lru_cache(maxsize=32)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # noqa: PLC0415  (0.1 s that `--help` need not pay)

    return TypeAdapter(kind)
