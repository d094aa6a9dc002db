"""Silent bugs: a profile of its own, with no single figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Index, IndexPart
from debugdiff.score.groups import Group, Side, groups, mean, mean_by_category

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.score.judged import ScoredBug

SILENT = "debuggability-silent"
METRICS = ("D1", "Q1", "Q2", "Q3")


def silent_profiles(scored: Sequence[ScoredBug]) -> tuple[Index, ...]:
    """Share prevented, D1 and Q1-Q3 over bugs that some program of the case runs through."""
    return tuple(_profile(group, side) for group in groups(scored) for side in group.sides)


def _profile(group: Group, side: Side) -> Index:
    bugs = {
        bug: seeds
        for bug, found in group.sides[side].items()
        if bug in group.quiet_bugs
        and (seeds := [one for one in found if one.prevented or one.effective])
    }
    prevented = {bug: mean([float(one.prevented) for one in seeds]) for bug, seeds in bugs.items()}
    measured = tuple(_part(name, bugs) for name in METRICS)
    return Index(
        name=SILENT,
        case=group.case,
        implementation=side.implementation,
        stack=side.stack,
        mode=group.mode,
        analysis="primary",
        part="whole",
        value=None,
        parts=(_mean_part("prevented", prevented), *measured),
        explanation=f"A profile of {len(bugs)} bugs, not a figure; what is None is not judged yet.",
    )


def _part(metric: str, bugs: Mapping[str, Sequence[ScoredBug]]) -> IndexPart:
    values = {bug: mean([one.value(metric) for one in seeds]) for bug, seeds in bugs.items()}
    return _mean_part(metric, values)


def _mean_part(name: str, values: Mapping[str, float | None]) -> IndexPart:
    judged = sum(value is not None for value in values.values())
    return IndexPart(name=name, value=mean_by_category(values), count=judged)
