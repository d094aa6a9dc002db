"""Attempts side by side: within one case and mode, an implementation on its stack is a side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from debugdiff.model import Attempt, Condition

Bugs = Mapping[str, "Sequence[Attempt]"]
"""Per bug id, that bug once for each seed."""


NO_CLEAN_RUN = "No score: no clean run of this program reached its end."


@dataclass(frozen=True, kw_only=True)
class Group:
    """What may be compared with each other: like with like.

    Attributes:
        sides: per condition over seeds the bugs of a program that runs without one.
        broken: conditions over seeds in which the program itself does not run: nothing that a bug
            does there can be told from what is wrong anyway.
        silent_bugs: bugs that some program of the case runs through in spite of.
    """

    sides: Mapping[Condition, Bugs]
    broken: tuple[Condition, ...]
    silent_bugs: frozenset[str]

    def bugs_everywhere(self, counts: Callable[[Attempt], bool]) -> frozenset[str]:
        """The bugs of which something is so in every program here, with some seed."""
        found = [
            {bug for bug, seeds in bugs.items() if any(map(counts, seeds))}
            for bugs in self.sides.values()
        ]
        return frozenset(set.intersection(*found)) if found else frozenset()

    @cached_property
    def crashing(self) -> frozenset[str]:
        """The bugs that end every program here."""
        return self.bugs_everywhere(lambda one: one.crashed)

    @cached_property
    def crashing_or_prevented(self) -> frozenset[str]:
        """The bugs that end or spare every program here, and end one."""
        ends = self.bugs_everywhere(lambda one: one.crashed or one.prevented)
        return frozenset(
            bug
            for bugs in self.sides.values()
            for bug, seeds in bugs.items()
            if bug in ends and any(one.crashed for one in seeds)
        )


def groups(attempts: Sequence[Attempt]) -> Iterator[Group]:
    """Group by case and mode, in the order in which they come."""
    for case in dict.fromkeys(one.condition.case for one in attempts):
        of_case = [one for one in attempts if one.condition.case == case]
        silent = frozenset(one.bug.id for one in of_case if one.silent)
        for mode in dict.fromkeys(one.mode for one in of_case):
            of_mode = [one for one in of_case if one.mode is mode]
            sides = _sides([one for one in of_mode if one.clean.ran_through])
            conditions = dict.fromkeys(one.condition.over_seeds for one in of_mode)
            broken = tuple(side for side in conditions if side not in sides)
            yield Group(sides=sides, broken=broken, silent_bugs=silent)


def _sides(attempts: Sequence[Attempt]) -> dict[Condition, dict[str, list[Attempt]]]:
    sides: dict[Condition, dict[str, list[Attempt]]] = {}
    for one in attempts:
        side = sides.setdefault(one.condition.over_seeds, {})
        side.setdefault(one.bug.id, []).append(one)
    return sides


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of what was judged; `None` if nothing was."""
    judged = [value for value in values if value is not None]
    return fsum(judged) / len(judged) if judged else None


def mean_by_category(values: Mapping[str, float | None]) -> float | None:
    """The mean over categories of the mean over bugs; keys are bug ids, `category/name`."""
    categories: dict[str, list[float | None]] = {}
    for bug, value in values.items():
        categories.setdefault(bug.partition("/")[0], []).append(value)
    return mean([mean(of_category) for of_category in categories.values()])
