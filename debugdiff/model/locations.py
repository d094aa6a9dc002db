"""Where something stands in a file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A line of one of the user's files; lines count from 1.

    Attributes:
        file: its name below the program's folder, or its path where a record was written down.
        function: the function that the line is in, where that is known; it tells two lines apart no
            more than file and line do, and is not compared.
    """

    file: str
    line: int
    function: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of one file. The end column is exclusive.

    Attributes:
        file: the file, if it is another one than is spoken of.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    file: str = ""

    @property
    def lines(self) -> range:
        """The line numbers that the span touches."""
        return range(self.line, self.end_line + 1)
