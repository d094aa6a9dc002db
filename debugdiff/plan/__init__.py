"""Cases x bugs x stacks x modes x seeds -> trials, and the order in which they may run."""

from debugdiff.plan.planning import (
    DEFAULT_STACKS,
    MODES,
    USUAL_INSTRUMENTS,
    Choice,
    PlannedTrial,
    plan,
)
from debugdiff.plan.schedule import Schedule, all_steps, count, follow_ups, is_measured

__all__ = [
    "DEFAULT_STACKS",
    "MODES",
    "USUAL_INSTRUMENTS",
    "Choice",
    "PlannedTrial",
    "Schedule",
    "all_steps",
    "count",
    "follow_ups",
    "is_measured",
    "plan",
]
