"""All that `debugdiff speed` has to say of some cases on one machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.speed.summary import SpeedTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the times were measured with, and on how many of its processors."""

    debugdiff: str
    processor: str
    processors: int
    platform: str
    cores: tuple[int, ...]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedStudy:
    """All tables of a request.

    Attributes:
        left_out: cases without two proven programs, each with the reason as a clause.
        not_measured: processes that gave no result for now; the same command tries them again.
        busy: the most processors that others used before any round.
        citable: whether the machine was quiet before every round.
    """

    machine: Machine
    tables: tuple[SpeedTable, ...]
    processes: int
    steps: int
    warm_up: int
    left_out: Mapping[str, str]
    not_measured: tuple[str, ...]
    busy: float
    citable: bool
