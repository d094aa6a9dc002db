"""Other random numbers: where they come from, when they are all that the first difference shows.

What initialises weights, shuffles data and drops units draws from one generator. A layer that draws
once more or less when it is made gives other numbers to all that draw after it, and dropout, or
even the order of the data, may be the first to show it. Weights tell who began: they are made in
the order in which the optimizer was given them, so that the first of them that differs was made
where the two programs differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.diff.blame import Blame, blame
from debugdiff.diff.results import Difference, Phase
from debugdiff.diff.sites import (
    TARGET_SITE,
    base_of,
    draws,
    initial_parameters,
    model_of,
    setting_of,
)
from debugdiff.model import ValueKind
from debugdiff.score.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.diff.comparing import Recorded
    from debugdiff.model import ValueStatistics


def of_chance(found: Sequence[Difference], good: Recorded, bad: Recorded) -> Blame | None:
    """Whatever drew other numbers first, if the first difference may be one of them alone.

    Weights come before data and data before the layers of the model, except where all weights
    differ: then the data may have been drawn before them.
    """
    if not found or not _may_be_chance(found, good, bad):
        return None
    weights = _Weights(found, good, bad)
    data = next((each for each in found if _is_data(each, bad) and each.step == 0), None)
    if weights.first and (data is None or weights.some_are_equal):
        layer = layer_of(weights.first)
        return Blame(layer, layer, weights.reason)
    if found[0].step == 0 and data is not None:
        return blame(data, good, bad)
    return None


def _may_be_chance(found: Sequence[Difference], good: Recorded, bad: Recorded) -> bool:
    first, site = found[0], base_of(found[0].site)
    if draws(first, bad):
        return setting_of(site, "rate", good) == setting_of(site, "rate", bad)
    if first.kind is ValueKind.FORWARD:
        return any(layer_of(each.site) == site for each in found if _is_weight(each))
    return first.step == 0 and _is_data(first, bad)


def _is_data(found: Difference, bad: Recorded) -> bool:
    """Whether what differs is what the program hands to the model, or the targets."""
    if found.kind is ValueKind.INPUT:
        return base_of(found.site) == model_of(found.step, bad)
    return base_of(found.site) == TARGET_SITE


def _is_weight(found: Difference) -> bool:
    return found.kind is ValueKind.PARAMETER and found.phase is Phase.FORWARD


class _Weights:
    """The initial weights of both runs.

    Attributes:
        first: the first parameter that differs, or that one run alone has; empty if there is none.
        some_are_equal: whether random weights before it are equal.
        reason: what is the matter with it.
    """

    def __init__(self, found: Sequence[Difference], good: Recorded, bad: Recorded) -> None:
        other = {each.site for each in found if _is_weight(each)}
        known, own = initial_parameters(good), initial_parameters(bad)
        candidates = [
            candidate
            for run, partner, name in ((known, own, "good"), (own, known, "bad"))
            if (candidate := _first_other(run, partner, other, name)) is not None
        ]
        equal, self.first, self.reason = min(candidates, default=(0, "", ""), key=lambda c: c[0])
        self.some_are_equal = equal > 0


def _first_other(
    run: dict[str, ValueStatistics], partner: dict[str, ValueStatistics], other: set[str], name: str
) -> tuple[int, str, str] | None:
    """How many random weights come before the first parameter that is not equal; it; and why."""
    equal = 0
    for site, value in run.items():
        if site not in partner:
            return equal, site, f"the {name} run alone has {site}"
        if site in other:
            return equal, site, "its initial weights differ"
        equal += not value.constant
    return None
