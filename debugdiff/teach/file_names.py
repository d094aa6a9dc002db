"""Names of people as names of files and folders, on every system."""

from __future__ import annotations

import re
import unicodedata
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_UNSAFE = re.compile(r"[^\w.@+ -]+")
_EDGES = " .-+@_"
"""What a name neither begins nor ends with: hidden files, options, formulas, lost blanks."""

_RESERVED = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)
"""Names that Windows keeps for devices, whatever suffix they have."""

_LONGEST = 100
"""Bytes; a system takes 255, and suffixes and a number come behind it."""


def file_names(names: Iterable[str]) -> Mapping[str, str]:
    """A safe name, without suffix, for each of some names.

    No two are the same, not even where case makes no difference: the later one gets a number.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        plain = _safe(name)
        tries = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
        found[name] = next(each for each in tries if each.casefold() not in taken)
        taken.add(found[name].casefold())
    return found


def _safe(name: str) -> str:
    whole = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(_EDGES)
    short = whole.encode()[:_LONGEST].decode(errors="ignore").strip(_EDGES)
    return f"student {short}" if _RESERVED.match(short) else short or "student"
