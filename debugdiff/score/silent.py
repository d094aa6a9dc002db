"""Silent bugs: a profile of its own, with no single figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Index, IndexName, IndexPart, Part
from debugdiff.score.groups import NO_CLEAN_RUN, Bugs, Group, groups, mean, mean_by_category
from debugdiff.score.reveal import noticed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from debugdiff.model import Attempt, Condition

METRICS = ("D1", "Q1", "Q2", "Q3")


def silent_profiles(attempts: Sequence[Attempt]) -> tuple[Index, ...]:
    """Who notices, D1 and Q1-Q3, over bugs that some program of the case runs through.

    A bug counts where it has an effect; one that is prevented tells nothing of being noticed.
    """
    return tuple(profile for group in groups(attempts) for profile in _profiles(group))


def _profiles(group: Group) -> Iterator[Index]:
    for side, bugs in group.sides.items():
        effects = {
            bug: [one for one in seeds if one.effective]
            for bug, seeds in bugs.items()
            if bug in group.silent_bugs
        }
        yield _profile(side, {bug: seeds for bug, seeds in effects.items() if seeds})
    for side in group.broken:
        yield _profile(side, {}, explanation=NO_CLEAN_RUN)


def _profile(side: Condition, bugs: Bugs, explanation: str = "") -> Index:
    text = f"A profile of {len(bugs)} bugs, not a figure; what is None was not judged."
    return Index(
        name=IndexName.SILENT,
        case=side.case,
        implementation=side.implementation,
        stack=side.stack_name,
        mode=side.mode,
        analysis=Analysis.OWN_BUGS,
        part=Part.WHOLE,
        value=None,
        parts=(
            _part("noticed", bugs, noticed),
            *(_part(name, bugs, _value_of(name)) for name in METRICS),
        ),
        explanation=explanation or text,
        count=len(bugs),
    )


def _value_of(metric: str) -> Callable[[Attempt], float | None]:
    return lambda one: one.value(metric)


def _part(name: str, bugs: Bugs, value: Callable[[Attempt], float | None]) -> IndexPart:
    values = {bug: mean(list(map(value, seeds))) for bug, seeds in bugs.items()}
    judged = sum(one is not None for one in values.values())
    return IndexPart(name=name, value=mean_by_category(values), count=judged)
