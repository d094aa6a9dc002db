"""A node of a program, with the file that it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ast

    from debugdiff.model import Location
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
    def text(self) -> str:
        """Its text as the file has it, to the letter."""
        return self.file.segment(self.node)
