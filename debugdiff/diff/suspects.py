"""From differences to places: where the runs part, and what ranks after it.

The first value that differs says where to look, but not always at whom. The output of a layer
whose inputs are equal is the layer's doing; an input that differs while every output before it is
equal is the doing of the code around the layer; the gradient of a parameter that differs while
those of all outputs are equal is the doing of the training loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.diff.results import Difference, Phase, Suspect
from debugdiff.model import ValueKind
from debugdiff.score.divergence import ValueKey, key_of
from debugdiff.score.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.diff.comparing import Recorded
    from debugdiff.model import SitePlace, ValueStatistics

INPUT, TARGET, LOSS, OPTIMIZER = "input", "target", "loss", "optimizer"
PREDICTION_SITE, TARGET_SITE = "loss.prediction", "loss.target"
RANDOM_LAYERS = ("Dropout", "Noise", "Random")
GROWTH_FLOOR = 1e-7
"""Keeps the growth finite where the input is equal (LEMON, Wang et al. 2020)."""


@dataclass(frozen=True, slots=True)
class _Blame:
    """A place, the site whose lines lead there, and why."""

    site: str
    lines: str
    reason: str


def suspects(found: Sequence[Difference], good: Recorded, bad: Recorded) -> tuple[Suspect, ...]:
    """Rank the places of two `Recorded` runs: rank 1 is where they part, the others come later.

    Others rank by step, then by growth, then in their order.

    Args:
        found: the differences in the order in which the bad run came by them.
        good: the run that is right.
        bad: the run that is not.
    """
    if not found:
        return ()
    origin = _origin(found, bad)
    first = _blame(origin, good, bad)
    ranked = [_Ranked(first, origin, None if _is_place(first.site) else _growth(origin, found))]
    later = {first.site: None} | {base_of(each.site): each for each in reversed(found)}
    del later[first.site]
    others = [
        _Ranked(_Blame(site, site, "it differs later"), each, _growth(each, found))
        for site, each in later.items()
        if each is not None and each.kind is ValueKind.FORWARD
    ]
    ranked += sorted(others, key=lambda one: (one.found.step, -(one.growth or 0), one.found.order))
    places = [{each.site: each for each in run.record.places} for run in (good, bad)]
    return tuple(one.suspect(rank, *places) for rank, one in enumerate(ranked, start=1))


@dataclass(frozen=True, slots=True)
class _Ranked:
    blame: _Blame
    found: Difference
    growth: float | None

    def suspect(self, rank: int, good: dict[str, SitePlace], bad: dict[str, SitePlace]) -> Suspect:
        return Suspect(
            rank=rank,
            site=self.blame.site,
            difference=self.found,
            growth=self.growth,
            good=good.get(self.blame.lines),
            bad=bad.get(self.blame.lines),
            reason=self.blame.reason,
        )


def base_of(site: str) -> str:
    """A site without the index of one of its tensors."""
    return site.partition("[")[0]


def _is_place(site: str) -> bool:
    return site in {INPUT, TARGET, LOSS, OPTIMIZER}


def _origin(found: Sequence[Difference], bad: Recorded) -> Difference:
    """The first difference; but another target comes before layers that draw other numbers.

    What shuffles the data draws from the generator that dropout draws from.
    """
    first = found[0]
    if _draws(first, bad):
        targets = (each for each in found if base_of(each.site) == TARGET_SITE)
        return next((each for each in targets if each.step == first.step), first)
    return first


def _draws(found: Difference, bad: Recorded) -> bool:
    """Whether a layer draws random numbers."""
    kinds = {place.site: place.kind.rpartition(".")[2] for place in bad.record.places}
    kind = kinds.get(base_of(found.site), "")
    return found.kind is ValueKind.FORWARD and any(word in kind for word in RANDOM_LAYERS)


def _growth(found: Difference, all_found: Sequence[Difference]) -> float | None:
    """How much more an output differs than the inputs of the same call do."""
    if found.relative is None or found.kind is not ValueKind.FORWARD:
        return None
    given = [
        each.relative
        for each in all_found
        if each.kind is ValueKind.INPUT and each.relative is not None
        if (base_of(each.site), each.step, each.call)
        == (base_of(found.site), found.step, found.call)
    ]
    most = max(given, default=0.0)
    return (found.relative - most) / (most + GROWTH_FLOOR)


def _blame(found: Difference, good: Recorded, bad: Recorded) -> _Blame:
    site = base_of(found.site)
    alone = next(_alone(found, good, bad), None)
    if alone is not None:
        return alone
    if found.phase is Phase.UPDATE:
        return _Blame(OPTIMIZER, OPTIMIZER, "the gradients are equal, the updates are not")
    if found.kind is ValueKind.PARAMETER_GRADIENT:
        return _of_parameter_gradient(found, bad)
    if found.kind is ValueKind.GRADIENT:
        return _Blame(site, site, "its output is equal, the gradient that arrives there is not")
    if found.kind is ValueKind.PARAMETER:
        layer = layer_of(site)
        return _Blame(layer, layer, "its initial weights differ")
    return _of_forward(found, good, bad)


def _of_forward(found: Difference, good: Recorded, bad: Recorded) -> _Blame:
    site = base_of(found.site)
    if found.kind is ValueKind.INPUT:
        return _of_input(found, good, bad)
    if found.kind is ValueKind.FORWARD:
        chance = ": other random numbers" if _draws(found, bad) else ""
        return _Blame(site, site, f"its inputs are equal, its output is not{chance}")
    if site == TARGET_SITE:
        return _Blame(TARGET, PREDICTION_SITE, "the loss is given another target")
    if site == PREDICTION_SITE:
        return _Blame(LOSS, PREDICTION_SITE, "the model puts out the same, the loss is given else")
    return _Blame(LOSS, LOSS, "prediction and target are equal, the loss is not")


def _of_input(found: Difference, good: Recorded, bad: Recorded) -> _Blame:
    site, model = base_of(found.site), _model(found, bad)
    if site == model:
        return _Blame(INPUT, site, "the model is given another input")
    if _is_over(model, found, bad):
        return _of_later_input(found, site, good)
    around = layer_of(site) if layer_of(site) != site else model
    reason = f"all that its parts put out is equal, what it hands to {site} is not"
    return _Blame(around, site, reason)


def _is_over(model: str, found: Difference, bad: Recorded) -> bool:
    """Whether the model had put out its result when a part of it was called: from outside then."""
    return any(
        value.kind is ValueKind.FORWARD and value.step == found.step and value.site == model
        for value in bad.record.values[: found.order]
    )


def _of_later_input(found: Difference, site: str, good: Recorded) -> _Blame:
    """What the training loop hands on: what layers put out, or else what comes from the data."""
    key = ValueKey(found.step, found.site, found.kind, found.call)
    values = [value for value in good.record.values if value.step == found.step]
    outputs = {value.digest for value in values if value.kind is ValueKind.FORWARD}
    digest = next((value.digest for value in values if key_of(value) == key), "")
    if digest in outputs:
        return _Blame(LOSS, site, f"the model puts out the same, {site} is given else")
    return _Blame(TARGET, site, f"the model puts out the same, {site} is given other data")


def _model(found: Difference, bad: Recorded) -> str:
    """What is called first in a step: the whole model."""
    return next(
        (
            base_of(value.site)
            for value in bad.record.values
            if value.step == found.step and value.kind is ValueKind.INPUT
        ),
        "",
    )


def _of_parameter_gradient(found: Difference, bad: Recorded) -> _Blame:
    layer = layer_of(found.site)
    watched = any(
        value.kind is ValueKind.GRADIENT and base_of(value.site) == layer
        for value in bad.record.values
        if value.step == found.step
    )
    if watched:
        reason = "the gradients of all outputs are equal, those given to the optimizer are not"
        return _Blame(OPTIMIZER, OPTIMIZER, reason)
    return _Blame(layer, layer, "the gradient of its parameter differs")


def _alone(found: Difference, good: Recorded, bad: Recorded) -> Iterator[_Blame]:
    """Layers that one of the runs alone called between the last equal value and the first other."""
    if found.phase is not Phase.FORWARD:
        return
    for run, other, name in ((good, bad, "good"), (bad, good, "bad")):
        known = {base_of(value.site) for value in other.record.values}
        for value in _since_last_common(found, run, known):
            site = base_of(value.site)
            if site not in known and value.kind is ValueKind.FORWARD:
                yield _Blame(site, site, f"the {name} run alone calls it")


def _since_last_common(
    found: Difference, run: Recorded, known: set[str]
) -> Iterator[ValueStatistics]:
    """What the run did right before the value that differs, back to what both runs have."""
    values = run.record.values
    key = ValueKey(found.step, found.site, found.kind, found.call)
    at = next((order for order, each in enumerate(values) if key_of(each) == key), 0)
    for value in reversed(values[:at]):
        if base_of(value.site) in known:
            return
        yield value
