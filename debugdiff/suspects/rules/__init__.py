"""The rules by topic: those for crashes beside those for silent programs."""

from debugdiff.suspects.registry import CRASH_RULES, TEXT_RULES, rules
from debugdiff.suspects.rules import (
    data,
    dtypes,
    forms,
    gradients,
    graphs,
    indices,
    language,
    layers,
    loops,
    losses,
    modes,
    optimizer,
    outputs,
    recurrent,
    sizes,
    start,
    targets,
    trace,
)

__all__ = ["CRASH_RULES", "TEXT_RULES", "rules"]

TOPICS = (
    data,
    dtypes,
    forms,
    gradients,
    graphs,
    indices,
    language,
    layers,
    loops,
    losses,
    modes,
    optimizer,
    outputs,
    recurrent,
    sizes,
    start,
    targets,
    trace,
)
"""The modules that register their rules when they are imported."""
