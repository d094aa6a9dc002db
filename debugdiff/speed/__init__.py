"""What is timed, in which order, and what the times say. Pure: nothing is run here."""

from debugdiff.speed.arms import Arm, arms_of
from debugdiff.speed.schedule import Turn, turns_of
from debugdiff.speed.study import Machine, SpeedStudy
from debugdiff.speed.summary import ArmSummary, BreakEven, Ending, SpeedTable, summarise

__all__ = [
    "Arm",
    "ArmSummary",
    "BreakEven",
    "Ending",
    "Machine",
    "SpeedStudy",
    "SpeedTable",
    "Turn",
    "arms_of",
    "summarise",
    "turns_of",
]
