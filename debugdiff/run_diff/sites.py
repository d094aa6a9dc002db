"""What the sites of a run are: names of places that are no layers, whole models, random layers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind

if TYPE_CHECKING:
    from debugdiff.model import ValueStatistics
    from debugdiff.run_diff.comparing import Recorded
    from debugdiff.run_diff.results import Difference

INPUT, TARGET, LOSS, OPTIMIZER = "input", "target", "loss", "optimizer"
PREDICTION_SITE, TARGET_SITE = "loss.prediction", "loss.target"
_RANDOM_LAYERS = re.compile(r"Dropout|Noise|Random|^Sampl(e|ing)|^Reparam")


def base_of(site: str) -> str:
    """A site without the index of one of its tensors."""
    return site.partition("[")[0]


def class_of(site: str, run: Recorded) -> str:
    """The class of the layer at a site, without its package; empty for what is no layer."""
    kinds = (place.kind for place in run.record.places if place.site == site)
    return next(kinds, "").rpartition(".")[2]


def draws(found: Difference, run: Recorded) -> bool:
    """Whether what differs is the output of a layer that draws random numbers."""
    return found.kind is ValueKind.FORWARD and is_random(base_of(found.site), run)


def is_random(site: str, run: Recorded) -> bool:
    """Whether a layer draws random numbers whenever it is called."""
    return _RANDOM_LAYERS.search(class_of(site, run)) is not None


def model_of(step: int, run: Recorded) -> str:
    """What is called first in a step: the whole model."""
    values = (v for v in run.record.values if v.step == step and v.kind is ValueKind.INPUT)
    first = next(values, None)
    return "" if first is None else base_of(first.site)


def setting_of(site: str, name: str, run: Recorded) -> float | str | None:
    """What the program set a site to, if that is known."""
    settings = (each for each in run.record.settings if (each.site, each.name) == (site, name))
    return next((each.value for each in settings), None)


def initial_parameters(run: Recorded) -> dict[str, ValueStatistics]:
    """The weights before the first step, in the order in which the optimizer was given them."""
    values = run.record.values
    return {v.site: v for v in values if v.kind is ValueKind.PARAMETER and v.step == v.call == 0}
