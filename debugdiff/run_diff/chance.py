"""Other random numbers: where they come from, when they are all that the first difference shows.

What initialises weights, shuffles data and drops units draws from one generator. A layer that draws
once more or less when it is made gives other numbers to all that draw after it, and dropout, or
even the order of the data, may be the first to show it. Weights tell who began: they are made in
the order in which the optimizer was given them, so that the first of them that differs was made
where the two programs differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff.blame import Blame, blame
from debugdiff.run_diff.results import Difference, Phase
from debugdiff.run_diff.sites import (
    TARGET_SITE,
    base_of,
    draws,
    initial_parameters,
    is_random,
    model_of,
    setting_of,
)
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import ValueStatistics
    from debugdiff.run_diff.comparing import Recorded


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
        return _of_moved_layer(weights, good, bad) or weights.blame
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


def _of_moved_layer(weights: _Weights, good: Recorded, bad: Recorded) -> Blame | None:
    """A random layer that is called elsewhere: in Keras making one draws a seed, as weights do."""
    if not weights.is_shared:
        return None
    known, own = _random_calls(good), _random_calls(bad)
    site = next((site for site in own if site in known and own[site] != known[site]), "")
    return (
        Blame(site, site, "it is called after another layer than in the good run") if site else None
    )


def _random_calls(run: Recorded) -> dict[str, list[str]]:
    """Of every layer that draws random numbers, what was called before it in the first step."""
    calls: dict[str, list[str]] = {}
    before = ""
    for value in run.record.values:
        if value.step == 0 and value.kind is ValueKind.FORWARD:
            site = base_of(value.site)
            if is_random(site, run):
                calls.setdefault(site, []).append(before)
            before = site
    return calls


class _Weights:
    """The initial weights of both runs.

    Attributes:
        first: the first parameter that differs, or that one run alone has; empty if there is none.
        is_shared: whether both runs have it.
        some_are_equal: whether random weights before it are equal.
        blame: its layer, and what is the matter with it.
    """

    def __init__(self, found: Sequence[Difference], good: Recorded, bad: Recorded) -> None:
        other = {each.site for each in found if _is_weight(each)}
        known, own = initial_parameters(good), initial_parameters(bad)
        candidates = [
            candidate
            for run, partner, name in ((known, own, "good"), (own, known, "bad"))
            if (candidate := _first_other(run, partner, other, name)) is not None
        ]
        equal, self.first, reason = min(candidates, default=(0, "", ""), key=lambda c: c[0])
        self.is_shared = self.first in known and self.first in own
        self.some_are_equal = equal > 0
        self.blame = Blame(layer_of(self.first), layer_of(self.first), reason)


def _first_other(
    run: dict[str, ValueStatistics], partner: dict[str, ValueStatistics], other: set[str], name: str
) -> tuple[int, str, str] | None:
    """How many random weights come before the first parameter that is not equal; it; and why."""
    equal = 0
    for site, value in run.items():
        if site not in partner:
            return equal, site, f"only the {name} run has {site}"
        if site in other:
            return equal, site, "its initial weights differ"
        equal += not value.constant
    return None
