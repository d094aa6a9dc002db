"""What the rules give: clues on lines, and the suspects that they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from debugdiff.model import Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What one rule says of one line.

    Attributes:
        weight: the name of the number that the rule has in `weights.toml` for such a clue.
        factor: what the number is multiplied with, by distance or by how many share it.
        reason: a sentence for the user.
    """

    at: Location
    reason: str
    weight: str = "line"
    factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A line of the user's files that may be at fault; rank 1 is to be read first.

    Attributes:
        rule: the rule that weighs most.
        reason: its sentence.
        score: all clues together, in 0-1; for the order only, it is no probability.
        others: further rules that name the line.
    """

    rank: int
    file: str
    line: int
    rule: str
    reason: str
    score: float
    others: tuple[str, ...] = ()
