"""The order of processes: A B C, then C B A, so that a drift of the machine hits all arms alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.speed.arms import Arm


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One process: an arm, in one pass over all of them."""

    round: int
    arm: Arm


def turns_of(arms: Sequence[Arm], processes: int) -> tuple[Turn, ...]:
    """Every arm once per round, every second round backwards."""
    return tuple(
        Turn(round=number, arm=arm)
        for number in range(processes)
        for arm in (arms if number % 2 == 0 else tuple(reversed(arms)))
    )


def block_of(round_number: int) -> int:
    """The block of a round: there and back."""
    return round_number // 2
