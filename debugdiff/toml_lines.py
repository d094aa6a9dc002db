"""Reading TOML, and which line a key, a table or a text stands on; `tomllib` does not say."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from debugdiff.files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_DEEPEST = 20
"""Tables and lists in each other; nothing that debugdiff reads has more than five."""


def read_toml(text: str) -> dict[str, Any]:
    """A TOML text as plain data.

    Raises:
        tomllib.TOMLDecodeError: it is no TOML, or is nested too deeply for any use.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except (ValueError, RecursionError) as error:  # a number of too many digits; brackets
        is_deep = isinstance(error, RecursionError)
        raise tomllib.TOMLDecodeError(_TOO_DEEP if is_deep else str(error)) from error
    level: list[Any] = [table]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise tomllib.TOMLDecodeError(_TOO_DEEP)
    return table


_TOO_DEEP = "it is nested too deeply"


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlPlace:
    """Where a text begins in a TOML file: line from 1, column from 0, and the file's lines."""

    line: int
    column: int
    lines: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The line, and a caret below the place."""
        return f"{self.lines[self.line - 1]}\n{' ' * self.column}^"


def find_text(path: Path, line: int, key: str, text: str) -> TomlPlace | None:
    """Where the text of a key begins in the table of a line; `None` if it is not there verbatim."""
    content, start, end = _table_of(path, line)
    written = _key_pattern(key).search(content, start, end)
    offset = content.find(text, written.end() if written else start, end)
    return None if offset < 0 else _place(content, offset)


def find_key(path: Path, line: int, key: str, inner: str = "") -> TomlPlace | None:
    """Where a key stands in the table of a line, or a key of the table that is its value."""
    content, start, end = _table_of(path, line)
    written = _key_pattern(key).search(content, start, end)
    if written is None:
        return None
    inside = re.compile(rf"\b{re.escape(inner)}\b").search(content, written.end("key"), end)
    return _place(content, inside.start() if inner and inside else written.start("key"))


def _key_pattern(key: str) -> re.Pattern[str]:
    """A key as it stands on the left of `=`, before a dot, or in a table's header."""
    return re.compile(rf"^[ \t]*(\[inject\.)?(?P<key>{re.escape(key)})[ \t]*[=.]", re.MULTILINE)


def _table_of(path: Path, line: int) -> tuple[str, int, int]:
    """A file's text, and where the table that begins at a line begins and ends."""
    try:
        content = read_text(path)
    except (OSError, UnicodeDecodeError):
        return "", 0, 0
    starts = [0, *(match.end() for match in re.finditer("\n", content))]
    tables = [entry.line for entry in _entries(content) if isinstance(entry.keys[-1], int)]
    following = next((number for number in tables if number > line), None)
    end = len(content) if following is None else starts[following - 1]
    return content, starts[min(max(line, 1), len(starts)) - 1], end


def _place(content: str, offset: int) -> TomlPlace:
    return TomlPlace(
        line=content.count("\n", 0, offset) + 1,
        column=offset - (content.rfind("\n", 0, offset) + 1),
        lines=tuple(content.split("\n")),
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
    lines = _lines(text)
    wanted = tuple(keys)
    while wanted and wanted not in lines:
        wanted = wanted[:-1]
    return lines.get(wanted, 1)


@lru_cache(maxsize=4)
def _lines(text: str) -> Mapping[tuple[str | int, ...], int]:
    """The first line of every key and table; one file is asked for many of its lines in a row."""
    return {
        entry.keys[:depth]: entry.line
        for entry in reversed(list(_entries(text)))
        for depth in range(1, len(entry.keys) + 1)
    }


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
