"""A tidy table: what has a row, and what each column holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Cell = str | int | float | bool | None
"""What a cell may hold; `None` is an empty one."""
Kind = Literal["string", "integer", "number", "boolean"]
"""A type of Table Schema."""
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class TidyColumn(Generic[Row]):
    """A column: its name, the type and meaning of its cells, and where they come from."""

    name: str
    kind: Kind
    about: str
    cell: Callable[[Row], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class TidyTable(Generic[Row]):
    """A table with one row for each thing of a kind."""

    name: str
    about: str
    columns: tuple[TidyColumn[Row], ...]
    rows: Iterable[Row]

    def cells(self) -> Iterator[list[Cell]]:
        """The cells of each row."""
        for row in self.rows:
            yield [column.cell(row) for column in self.columns]


def text(name: str, about: str, cell: Callable[[Row], Cell]) -> TidyColumn[Row]:
    """A column of texts."""
    return TidyColumn(name, "string", about, cell)


def integer(name: str, about: str, cell: Callable[[Row], Cell]) -> TidyColumn[Row]:
    """A column of whole numbers."""
    return TidyColumn(name, "integer", about, cell)


def number(name: str, about: str, cell: Callable[[Row], Cell]) -> TidyColumn[Row]:
    """A column of numbers."""
    return TidyColumn(name, "number", about, cell)


def flag(name: str, about: str, cell: Callable[[Row], Cell]) -> TidyColumn[Row]:
    """A column of yes and no."""
    return TidyColumn(name, "boolean", about, cell)
