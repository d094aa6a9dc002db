"""Prevention: the share of bugs that a framework gives no way to write, or puts right."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from debugdiff.model import Analysis, Index, IndexName, Part
from debugdiff.score.groups import NO_CLEAN_RUN, Bugs, groups, mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import Attempt, Condition

_CONFIDENCE = 0.95


def prevention_indices(attempts: Sequence[Attempt]) -> Iterator[Index]:
    """The rate of every program, among bugs that it prevents or suffers."""
    for group in groups(attempts):
        for side, bugs in group.sides.items():
            yield _index(side, list(_shares(bugs).values()))
        for side in group.broken:
            yield _index(side, [], explanation=NO_CLEAN_RUN)


def prevention_of_styles(attempts: Sequence[Attempt]) -> Iterator[Index]:
    """The rate of every framework and style over all cases; the unit is the bug."""
    ways: dict[Condition, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for group in groups(attempts):
        for side, bugs in group.sides.items():
            written = next(one.implementation for seeds in bugs.values() for one in seeds)
            name = f"{written.framework} {written.style} {written.training.replace('_', ' ')}"
            way = replace(side, case="", implementation=name)
            for bug, share in _shares(bugs).items():
                ways[way][bug].append(share)
    for way, by_bug in ways.items():
        yield _index(way, [sum(shares) / len(shares) for shares in by_bug.values()])


def _shares(bugs: Bugs) -> Mapping[str, float]:
    """Per bug that has an outcome here, the share of seeds that prevent it."""
    shares = {
        bug: mean([float(one.prevented) for one in seeds if one.prevented or one.effective])
        for bug, seeds in bugs.items()
    }
    return {bug: share for bug, share in shares.items() if share is not None}


def _index(where: Condition, shares: Sequence[float], explanation: str = "") -> Index:
    hits, units = sum(shares), len(shares)
    low, high = wilson(hits, units) if units else (None, None)
    text = f"{hits:g} of {units} bugs that were measured here, or cannot be written, are prevented."
    return Index(
        name=IndexName.PREVENTION,
        case=where.case,
        implementation=where.implementation,
        stack=where.stack_name,
        mode=where.mode,
        analysis=Analysis.OWN_BUGS,
        part=Part.WHOLE,
        value=hits / units if units else None,
        parts=(),
        explanation=explanation or text,
        count=units,
        low=low,
        high=high,
    )


def wilson(hits: float, units: int) -> tuple[float, float]:
    """The interval of 95 % of a share (Wilson 1927); `hits` may be a sum of shares."""
    z = NormalDist().inv_cdf((1 + _CONFIDENCE) / 2)
    centre = (hits + z**2 / 2) / (units + z**2)
    half = z * sqrt(hits * (units - hits) / units + z**2 / 4) / (units + z**2)
    return max(centre - half, 0.0), min(centre + half, 1.0)
