"""Attempts side by side: within one case and mode, an implementation on its stack is a side."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING

from debugdiff.model import Symptom

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import Attempt, Condition

_EXPECTED_CRASH = frozenset({Symptom.STATIC, Symptom.BUILD, Symptom.FIRST_STEP, Symptom.LATER_STEP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What may be compared with each other: like with like.

    Attributes:
        sides: per condition over seeds and per bug id, that bug once for each seed.
        crash_bugs: bugs that end some program of the case, in whatever mode. Where none of the
            case's programs shows any effect, what is expected of the bug decides.
        silent_bugs: bugs that some program of the case runs through in spite of.
    """

    sides: Mapping[Condition, Mapping[str, Sequence[Attempt]]]
    crash_bugs: frozenset[str]
    silent_bugs: frozenset[str]

    def crashes_everywhere(self, bug: str) -> bool:
        """Whether a bug ends every program here, with some seed."""
        tried = [bugs.get(bug, ()) for bugs in self.sides.values()]
        return all(any(one.crashed for one in seeds) for seeds in tried)


def groups(attempts: Sequence[Attempt]) -> Iterator[Group]:
    """Group by case and mode, in the order in which they come."""
    for case in dict.fromkeys(one.condition.case for one in attempts):
        of_case = [one for one in attempts if one.condition.case == case]
        crash = frozenset(_crash_bugs(of_case))
        silent = frozenset(one.bug.id for one in of_case if one.silent)
        for mode in dict.fromkeys(one.mode for one in of_case):
            sides = _sides([one for one in of_case if one.mode is mode])
            yield Group(sides=sides, crash_bugs=crash, silent_bugs=silent)


def _crash_bugs(attempts: Sequence[Attempt]) -> Iterator[str]:
    effective = {one.bug.id for one in attempts if one.effective}
    for one in attempts:
        expected = not _EXPECTED_CRASH.isdisjoint(one.bug.symptom.values())
        if one.crashed or (one.bug.id not in effective and expected):
            yield one.bug.id


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
