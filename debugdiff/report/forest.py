"""Estimates with their intervals on one axis, in characters: a forest plot for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_POINT, _LINE, _ZERO, _MARGIN = "o", "-", "|", ":"


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with its interval; both ends are the value where there is none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of numbers on some columns, with a margin on both sides of zero."""

    low: float
    high: float
    margin: float
    columns: int

    @classmethod
    def around(cls, marks: Sequence[Mark], margin: float, columns: int) -> Axis:
        """An axis that has all marks, zero and the margin in it."""
        low = min([-margin, *(mark.low for mark in marks)])
        high = max([margin, *(mark.high for mark in marks)])
        room = (high - low) * 0.02 or 1.0
        return cls(low - room, high + room, margin, columns)

    def column(self, value: float) -> int:
        """Where a number stands."""
        share = (value - self.low) / (self.high - self.low)
        return min(max(round(share * (self.columns - 1)), 0), self.columns - 1)

    def draw(self, mark: Mark) -> str:
        """A line: `:` the margin, `|` no difference, `o` the value, `-` its interval."""
        line = [" "] * self.columns
        for edge in (-self.margin, self.margin):
            line[self.column(edge)] = _MARGIN
        line[self.column(0)] = _ZERO
        if mark.low != mark.high:
            for place in range(self.column(mark.low), self.column(mark.high) + 1):
                line[place] = _LINE
        line[self.column(mark.value)] = _POINT
        return "".join(line).rstrip()
