"""From clues to suspects: the clues of a line are put together, and lines are put in order."""

from __future__ import annotations

from collections import defaultdict
from math import prod
from typing import TYPE_CHECKING

from debugdiff.suspects.results import Suspect
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from debugdiff.model import Location
    from debugdiff.suspects.results import Clue, Edit

LIMIT = 20
"""Suspects that are named; nobody reads more (Parnin and Orso, ISSTA 2011)."""


def rank(
    clues: Iterable[tuple[str, Clue]], *, distance: Mapping[Location, int], limit: int = LIMIT
) -> tuple[Suspect, ...]:
    """The lines with the most against them first.

    A rule counts once for a line, with its heaviest clue; what different rules say adds up as
    independent evidence does, `1 - product(1 - weight)`. Rules of one family, `sentinel:constant`
    and `sentinel:all-zero`, are not independent: of them the heaviest counts.

    Args:
        clues: with the name of the rule that each comes from.
        distance: hops from the failing expression, which decide between equals.
        limit: how many are named.
    """
    lines: dict[Location, dict[str, Clue]] = defaultdict(dict)
    edits: dict[Location, list[tuple[float, Edit]]] = defaultdict(list)
    for rule, clue in clues:
        if clue.edit is not None:
            edits[clue.at].append((-weight_of(rule, clue), clue.edit))
        known = lines[clue.at].get(rule)
        if known is None or weight_of(rule, known) < weight_of(rule, clue):
            lines[clue.at][rule] = clue
    far = max(distance.values(), default=0) + 1
    order = sorted(
        lines,
        key=lambda location: (
            -round(_together(lines[location]), 6),
            distance.get(location, far),
            location,
        ),
    )
    return tuple(
        _suspect(place, location, lines[location], edits[location])
        for place, location in enumerate(order[:limit], start=1)
    )


def weight_of(rule: str, clue: Clue) -> float:
    """How much a clue of a rule alone makes its line a suspect, in 0-1."""
    return weight(rule.partition(":")[0], clue.weight) * clue.factor


def _together(clues: Mapping[str, Clue]) -> float:
    families: dict[str, float] = {}
    for rule, clue in clues.items():
        family = rule.partition(":")[0]
        families[family] = max(families.get(family, 0.0), weight_of(rule, clue))
    return 1 - prod(1 - weight for weight in families.values())


def _suspect(
    place: int,
    location: Location,
    clues: Mapping[str, Clue],
    edits: Sequence[tuple[float, Edit]],
) -> Suspect:
    likeliest = sorted(edits, key=lambda weighed: weighed[0])
    order = sorted(clues, key=lambda rule: -weight_of(rule, clues[rule]))
    return Suspect(
        rank=place,
        file=location.file,
        line=location.line,
        rule=order[0],
        reason=clues[order[0]].reason,
        score=round(_together(clues), 3),
        others=tuple(order[1:]),
        edits=tuple(dict.fromkeys(edit for _, edit in likeliest)),
    )
