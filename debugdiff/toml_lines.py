"""Which line of a TOML file a key, a table or a text stands on; `tomllib` does not say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlPlace:
    """Where a text begins in a TOML file: line from 1, column from 0, and the file's lines."""

    line: int
    column: int
    lines: tuple[str, ...]


def find_text(path: Path, line: int, key: str, text: str) -> TomlPlace | None:
    """Where the text of a key begins, at or after a line; `None` if it is not found verbatim."""
    try:
        content = path.read_text(encoding="utf-8")
    except OSError:
        return None
    lines = tuple(content.splitlines())
    start = sum(len(line) + 1 for line in content.split("\n")[: max(line - 1, 0)])
    written = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=", re.MULTILINE).search(content, start)
    offset = content.find(text, written.end() if written else start)
    if offset < 0:
        return None
    return TomlPlace(
        line=content.count("\n", 0, offset) + 1,
        column=offset - (content.rfind("\n", 0, offset) + 1),
        lines=lines,
    )


_HEADER = re.compile(r"\s*\[(\[)?\s*([\w.\-]+)\s*\]")
_KEY = re.compile(r"\s*([\w.\-]+)\s*=")
_LONG = re.compile(r"'''|\"\"\"")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A table header or a key: its keys from the root, as pydantic counts them, and its line."""

    keys: tuple[str | int, ...]
    line: int


def line_of(text: str, keys: Sequence[str | int]) -> int:
    """The line of a key, or of the closest table around it, or 1."""
    lines: Mapping[tuple[str | int, ...], int] = {
        entry.keys: entry.line for entry in reversed(list(_entries(text)))
    }
    wanted = tuple(keys)
    while wanted and wanted not in lines:
        wanted = wanted[:-1]
    return lines.get(wanted, 1)


def _entries(text: str) -> Iterator[_Entry]:
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if header := _HEADER.match(line):
            name = header[2]
            table = tuple(name.split("."))
            if header[1]:
                counts[name] = counts.get(name, -1) + 1
                table = (name, counts[name])
            yield _Entry(table, number)
        elif key := _KEY.match(line):
            yield _Entry((*table, *key[1].split(".")), number)
        quotes = _LONG.findall(line)
        closing = quotes[0] if len(quotes) % 2 else ""
