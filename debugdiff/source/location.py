"""A line of one of the user's files."""

from __future__ import annotations

from typing import NamedTuple


class Location(NamedTuple):
    """A line, by the file's name below the program's folder; lines count from 1."""

    file: str
    line: int
