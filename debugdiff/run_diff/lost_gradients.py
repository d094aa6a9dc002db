"""Gradients that arrive in the good run alone: who cut them off."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff.blame import Blame
from debugdiff.run_diff.results import Difference, Phase
from debugdiff.run_diff.sites import LOSS, OPTIMIZER, base_of, initial_parameters, model_of
from debugdiff.score.divergence import key_of
from debugdiff.sentinels.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.run_diff.comparing import Recorded

FRAMEWORKS = ("torch.", "keras.")
"""What the qualified classes of the frameworks' own layers start with."""


def of_lost_gradient(found: Sequence[Difference], good: Recorded, bad: Recorded) -> Blame | None:
    """Whoever cut the gradient off, if that is the first difference.

    A layer did if its own output passes no gradient on any more, or its weights are no longer
    trained. Else the code around did, between the lost output next to the loss and what follows.
    """
    if not found or not _is_lost(found[0], bad):
        return None
    first = found[0]
    if first.kind is ValueKind.PARAMETER_GRADIENT:
        return _of_parameter(first, bad)
    lost = [each for each in found if _is_lost(each, bad)]
    cutting = _not_differentiable(good, bad) or _not_trained(lost, good, bad)
    if cutting:
        return Blame(cutting, cutting, "a gradient passes here only in the good run")
    closed = _closed(bad)
    last = next((each for each in lost if base_of(each.site) not in closed), first)
    return _of_code_around(last, good, bad)


def _of_parameter(found: Difference, bad: Recorded) -> Blame:
    """One layer is not trained; or none is, though the gradients of all outputs were there."""
    others = any(
        value.kind is ValueKind.PARAMETER_GRADIENT and value.step == found.step
        for value in bad.record.values
    )
    if others:
        layer = layer_of(found.site)
        return Blame(layer, layer, "its weights get a gradient only in the good run")
    reason = "the gradients of all outputs are equal, but the optimizer gets none in the bad run"
    return Blame(OPTIMIZER, OPTIMIZER, reason)


def _is_lost(found: Difference, bad: Recorded) -> bool:
    gradient = found.phase is Phase.GRADIENT
    return gradient and not any(key_of(value) == found.key for value in bad.record.values)


def _not_differentiable(good: Recorded, bad: Recorded) -> str:
    """The first layer whose output lost the gradient, except for one that cannot be why.

    That is a layer of the framework without weights: it only hands on that its input has none.
    """
    fine, cut = _closed(good), _closed(bad)
    kinds = {place.site: place.kind for place in bad.record.places}
    trained = {layer_of(site) for site in initial_parameters(bad)}
    return next(
        (
            site
            for site in cut
            if site not in fine
            if site in trained or not kinds.get(site, "").startswith(FRAMEWORKS)
        ),
        "",
    )


def _closed(run: Recorded) -> list[str]:
    """Layers whose output no gradient can pass, in the order of their first call."""
    return [base_of(each.site) for each in run.record.settings if each.name == "differentiable"]


def _not_trained(lost: Sequence[Difference], good: Recorded, bad: Recorded) -> str:
    """The first layer whose weights the optimizer was given in the good run alone."""
    known, own = ({layer_of(site) for site in initial_parameters(run)} for run in (good, bad))
    sites = (base_of(each.site) for each in reversed(lost))
    return next((site for site in sites if site in known - own), "")


def _of_code_around(found: Difference, good: Recorded, bad: Recorded) -> Blame:
    last, following = base_of(found.site), _following(found, bad)
    reason = f"a gradient passes from {following or 'the loss'} to {last} only in the good run"
    if not following:
        return Blame(LOSS, last, reason)
    if not any(base_of(value.site) == following for value in good.record.values):
        return Blame(following, following, f"only the bad run calls it, and {reason}")
    return Blame(_common(last, following) or model_of(found.step, bad), following, reason)


def _following(found: Difference, bad: Recorded) -> str:
    """The next layer that puts something out after the one that lost its gradient."""
    outputs = [
        value
        for value in bad.record.values
        if value.kind is ValueKind.FORWARD and value.step == found.step
    ]
    at = [(value.site, value.call) for value in outputs].index((found.site, found.call))
    later = (base_of(value.site) for value in outputs[at + 1 :])
    return next((site for site in later if site != base_of(found.site)), "")


def _common(one: str, other: str) -> str:
    """The path of the layer that holds both; empty for the model."""
    separator = "/" if "/" in one else "."
    paths = zip(one.split(separator), other.split(separator), strict=False)
    shared = takewhile(lambda names: names[0] == names[1], paths)
    return separator.join(name for name, _ in shared)
