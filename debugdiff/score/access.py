"""O2-O4: what it takes to see values and gradients that a program does not show by itself.

Canonical sites are those that every implementation of a case has: the layers that `case.toml`
names, the logits and the loss. For each the cheapest documented recipe of the program's own kind
is looked up (Clarke 2004, penetrability of an API); the recipes are tested in debugdiff's own
tests, so that none of them promises what it does not do.
"""

from __future__ import annotations

from math import inf
from statistics import median
from typing import TYPE_CHECKING

from debugdiff.model import Mode, Score
from debugdiff.recipes import Shows, collections, program_of
from debugdiff.score.registry import (
    Better,
    Metric,
    Observation,
    Scores,
    metric,
    of_observation,
    unjudged,
)
from debugdiff.score.sites import UNTESTED_MODES, CanonicalSite, canonical_sites

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.recipes import Recipe

MOST_LINES = 10
"""Reach is the mean over 0 to so many added lines."""

CANONICAL = metric("O1.canonical", "sites seen in this mode", "share of sites", Better.MORE)
REACH = metric("O2", "reach", "mean share of sites", Better.MORE)
GRADIENT_REACH = metric("O3", "gradient reach", "mean share of sites", Better.MORE)
COST = metric("O4", "probe cost", "lines", Better.LESS)
UNREACHABLE = metric("O4.unreachable", "sites out of reach", "sites", Better.SHOWN)
FAMILY = (CANONICAL, REACH, GRADIENT_REACH, COST, UNREACHABLE)

Cheapest = dict[CanonicalSite, "tuple[float, Recipe | None]"]
"""Per site the fewest added lines and the recipe, infinitely many and none if there is none."""


@of_observation(*FAMILY)
def access(observation: Observation) -> Scores:
    """O1.canonical, O2, O3, O4 of one program on one stack, in one mode.

    O1.canonical: the share of canonical sites that some documented way shows without a switch of
    the mode. O2: the mean over N = 0..10 of the share of sites whose value can be had with at most
    N added lines; O3: the same of the gradient. O4: the median of the cheapest recipe's lines.
    """
    reason = _why_not(observation)
    if reason:
        return [unjudged(found, reason) for found in FAMILY]
    sites = canonical_sites(observation.implementation, observation.sites)
    values = _cheapest(observation, [each for each in sites if each.has_value], Shows.VALUE)
    gradients = _cheapest(
        observation, [each for each in sites if each.has_gradient], Shows.GRADIENT
    )
    return [
        _canonical(observation, list(values)),
        _reach(REACH, values),
        _reach(GRADIENT_REACH, gradients),
        *_cost(values, gradients),
    ]


def _why_not(observation: Observation) -> str:
    program = observation.implementation
    if not observation.sites:
        return "Not judged: the case names no sites (`case.toml`)."
    if observation.mode in UNTESTED_MODES:
        return f"Not judged: no recipe was tested in the mode `{observation.mode}`."
    if not _recipes(observation):
        kind = f"{program.style} programs with the training {program.training}"
        return f"Not judged: there is no tested recipe for {kind} on {observation.stack}."
    return ""


def _recipes(observation: Observation) -> Sequence[Recipe]:
    found = collections().get(program_of(observation.implementation))
    return [each for each in found.recipes if each.runs_on(observation.stack)] if found else []


def _cheapest(observation: Observation, sites: Sequence[CanonicalSite], shows: Shows) -> Cheapest:
    wanted = [each for each in _recipes(observation) if each.shows is shows]
    source, mode = observation.implementation.source, observation.mode
    cheapest: Cheapest = {}
    for site in sites:
        fitting = [(each.cost(source, mode), each) for each in wanted if each.kind in site.kinds]
        cheapest[site] = min(fitting, key=lambda found: found[0], default=(inf, None))
    return cheapest


def _canonical(observation: Observation, sites: Sequence[CanonicalSite]) -> Score:
    """Every documented way counts: print, hook, callback, sub-model. A switch is another mode."""
    eager = observation.mode is Mode.EAGER
    ways = {
        site: sorted(
            {
                recipe.title
                for recipe in _recipes(observation)
                if recipe.shows is Shows.VALUE
                and recipe.kind in site.kinds
                and (eager or not recipe.switch)
            }
        )
        for site in sites
    }
    seen = [site for site, found in ways.items() if found]
    text = f"{len(seen)} of {len(sites)} sites can be seen in this mode"
    recipes = sorted({way for found in ways.values() for way in found})
    by = f" ({'; '.join(recipes)})" if recipes else ""
    return Score(
        metric=CANONICAL.id,
        value=len(seen) / len(sites),
        explanation=f"{text}{by}.{_missing([site for site in sites if site not in seen])}",
    )


def _reach(found: Metric, cheapest: Cheapest) -> Score:
    if not cheapest:
        return unjudged(found, "Not judged: the program has no such site.")
    costs = [lines for lines, _ in cheapest.values()]
    shares = [sum(lines <= most for lines in costs) / len(costs) for most in range(MOST_LINES + 1)]
    return Score(metric=found.id, value=sum(shares) / len(shares), explanation=_by_recipe(cheapest))


def _cost(values: Cheapest, gradients: Cheapest) -> Sequence[Score]:
    lines = median(each for each, _ in values.values())
    without = {
        "value": [site for site, (cost, _) in values.items() if cost == inf],
        "gradient": [site for site, (cost, _) in gradients.items() if cost == inf],
    }
    by_recipe = _by_recipe(values)
    if lines == inf:
        cost = unjudged(COST, f"No number: half of the sites or more are out of reach. {by_recipe}")
    else:
        cost = Score(metric=COST.id, value=lines, explanation=by_recipe)
    unreached = " ".join(
        f"No recipe for the {what} of {_names(sites)}." for what, sites in without.items() if sites
    )
    count = Score(
        metric=UNREACHABLE.id,
        value=float(len(without["value"])),
        explanation=unreached or "Every value and every gradient can be seen.",
    )
    return cost, count


def _by_recipe(cheapest: Mapping[CanonicalSite, tuple[float, Recipe | None]]) -> str:
    """Sites by the recipe that reaches them, cheapest first, with the page that it comes from."""
    groups: dict[tuple[float, str], list[CanonicalSite]] = {}
    for site, (lines, recipe) in cheapest.items():
        key = (lines, f"{recipe.title} ({recipe.page.url})" if recipe else "")
        groups.setdefault(key, []).append(site)
    return " ".join(_explanation(*key, groups[key]) for key in sorted(groups))


def _explanation(lines: float, how: str, sites: Sequence[CanonicalSite]) -> str:
    if not how:
        return f"No recipe: {_names(sites)}."
    return f"{lines:g} line{'' if lines == 1 else 's'}: {_names(sites)} by {how}."


def _names(sites: Sequence[CanonicalSite]) -> str:
    return ", ".join(f"`{each.name}`" for each in sites)


def _missing(sites: Sequence[CanonicalSite]) -> str:
    return f" Not so: {_names(sites)}." if sites else ""
