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
    outputs = {
        base_of(each.site): each for each in reversed(found) if each.kind is ValueKind.FORWARD
    }
    ranked = [_Ranked(first, origin, _growth(outputs.get(first.site), found, bad))]
    others = [
        _Ranked(_Blame(site, site, "it differs later"), each, _growth(each, found, bad))
        for site, each in outputs.items()
        if site != first.site
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


def _growth(
    found: Difference | None, all_found: Sequence[Difference], bad: Recorded
) -> float | None:
    """How much more an output differs than what it is made from in the same step.

    That is the inputs of the same call, and the outputs of the layer's own parts.
    """
    if found is None or found.relative is None:
        return None
    whole = _model(found, bad)
    given = [
        each.relative
        for each in all_found
        if each.relative is not None and each.step == found.step
        if _is_given(each, found) or _is_part(each, found, whole)
    ]
    most = max(given, default=0.0)
    return (found.relative - most) / (most + GROWTH_FLOOR)


def _is_given(given: Difference, output: Difference) -> bool:
    same_call = (base_of(given.site), given.call) == (base_of(output.site), output.call)
    return given.kind is ValueKind.INPUT and same_call


def _is_part(part: Difference, output: Difference, whole: str) -> bool:
    site, name = base_of(output.site), base_of(part.site)
    inside = site == whole or name.startswith((f"{site}.", f"{site}/"))
    return part.kind is ValueKind.FORWARD and name != site and inside


def _blame(found: Difference, good: Recorded, bad: Recorded) -> _Blame:
    site = base_of(found.site)
    alone = next(_alone(found, good, bad), None)
    if alone is not None:
        return alone
    if found.phase is Phase.UPDATE:
        return _Blame(OPTIMIZER, OPTIMIZER, "the gradients are equal, the updates are not")
    if found.phase is Phase.GRADIENT:
        return _of_gradient(found, good, bad)
    if found.kind is ValueKind.PARAMETER:
        layer = layer_of(site)
        return _Blame(layer, layer, "its initial weights differ")
    return _of_forward(found, good, bad)


def _of_gradient(found: Difference, good: Recorded, bad: Recorded) -> _Blame:
    site = base_of(found.site)
    if found.kind is ValueKind.PARAMETER_GRADIENT:
        return _of_parameter_gradient(found, bad)
    if not _has_gradient(found, bad):
        return _of_lost_gradient(site, good, bad)
    return _Blame(site, site, "its output is equal, the gradient that arrives there is not")


def _has_gradient(found: Difference, bad: Recorded) -> bool:
    key = ValueKey(found.step, found.site, found.kind, found.call)
    return any(key_of(value) == key for value in bad.record.values)


def _of_lost_gradient(site: str, good: Recorded, bad: Recorded) -> _Blame:
    """The first output that no gradient can pass any more; else the one next to the loss."""
    fine, cut = (
        [base_of(each.site) for each in run.record.settings if each.name == "differentiable"]
        for run in (good, bad)
    )
    first = next((each for each in cut if each not in fine), site)
    return _Blame(first, first, "in the good run alone a gradient passes here")


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
