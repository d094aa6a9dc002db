"""Silent bugs: a profile of its own, with no single figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Index, IndexName, IndexPart, Part
from debugdiff.score.groups import Group, groups, mean, mean_by_category

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.model import Attempt, Condition

METRICS = ("D1", "Q1", "Q2", "Q3")


def silent_profiles(attempts: Sequence[Attempt]) -> tuple[Index, ...]:
    """Share prevented, D1 and Q1-Q3 over bugs that some program of the case runs through."""
    return tuple(_profile(group, side) for group in groups(attempts) for side in group.sides)


def _profile(group: Group, side: Condition) -> Index:
    bugs = {
        bug: seeds
        for bug, found in group.sides[side].items()
        if bug in group.silent_bugs
        and (seeds := [one for one in found if one.prevented or one.effective])
    }
    prevented = {bug: mean([float(one.prevented) for one in seeds]) for bug, seeds in bugs.items()}
    measured = tuple(_part(name, bugs) for name in METRICS)
    return Index(
        name=IndexName.SILENT,
        case=side.case,
        implementation=side.implementation,
        stack=side.stack,
        mode=side.mode,
        analysis=Analysis.PRIMARY,
        part=Part.WHOLE,
        value=None,
        parts=(_mean_part("prevented", prevented), *measured),
        explanation=f"A profile of {len(bugs)} bugs, not a figure; what is None is not judged yet.",
    )


def _part(metric: str, bugs: Mapping[str, Sequence[Attempt]]) -> IndexPart:
    values = {bug: mean([one.value(metric) for one in seeds]) for bug, seeds in bugs.items()}
    return _mean_part(metric, values)


def _mean_part(name: str, values: Mapping[str, float | None]) -> IndexPart:
    judged = sum(value is not None for value in values.values())
    return IndexPart(name=name, value=mean_by_category(values), count=judged)
