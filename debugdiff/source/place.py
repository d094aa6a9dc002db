"""A node of a program, with the file that it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import Location

if TYPE_CHECKING:
    import ast

    from debugdiff.source.program import File


@dataclass(frozen=True, slots=True)
class Place:
    """A node of one of the program's files; two places are equal if they are the same node."""

    file: File
    node: ast.AST

    def __repr__(self) -> str:
        return f"{self.location.file}:{self.location.line} `{' '.join(self.text.split())[:60]}`"

    @property
    def location(self) -> Location:
        """The line where it begins."""
        return self.file.location(self.node)

    @property
    def lines(self) -> list[Location]:
        """Every line of it; of a compound statement the first alone."""
        first = self.location
        last = None if hasattr(self.node, "body") else getattr(self.node, "end_lineno", None)
        numbers = range(first.line, (last or first.line) + 1)
        return [Location(first.file, line) for line in numbers]

    @property
    def text(self) -> str:
        """Its text as the file has it, to the letter."""
        return self.file.segment(self.node)
