"""Reading back what was written as JSON: the shared types, validated by pydantic at the file's edge."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Shared = TypeVar("Shared")


def read(kind: type[Shared], text: str | bytes) -> Shared:
    """A value of a shared type from its JSON.

    Raises:
        ValueError: the text is not JSON, or not of that type.
    """
    return _adapter(kind).validate_json(text)


@lru_cache(maxsize=32)
def _adapter(kind: type[Shared]) -> TypeAdapter[Shared]:
    from pydantic import TypeAdapter  # noqa: PLC0415  (0.1 s that `--help` need not pay)

    return TypeAdapter(kind)
