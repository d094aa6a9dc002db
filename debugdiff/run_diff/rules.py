"""Where two runs part, when that is not the place of the first difference.

Each rule looks at both runs as a whole and answers or passes; the first answer counts. They are
about what makes a difference show elsewhere than where it comes from: chance, layers that one
program alone calls, a mode, gradients that get lost on the way back, and the number of steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff.blame import Blame
from debugdiff.run_diff.chance import of_chance
from debugdiff.run_diff.lost_gradients import of_lost_gradient
from debugdiff.run_diff.results import Difference, Phase
from debugdiff.run_diff.sites import LOSS, base_of, class_of, draws
from debugdiff.run_diff.steps import of_steps
from debugdiff.score.divergence import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from debugdiff.model import ValueStatistics
    from debugdiff.run_diff.comparing import Recorded

    Rule = Callable[[Sequence[Difference], Recorded, Recorded], Blame | None]


def of_layer_alone(found: Sequence[Difference], good: Recorded, bad: Recorded) -> Blame | None:
    """Layers that one run alone called between the last equal value and the first other one."""
    if not found or found[0].phase is not Phase.FORWARD:
        return None
    lost = next(_alone(found[0], good, bad), None)
    added = next(_alone(found[0], bad, good), None)
    if lost is None and added is None:
        return None
    if lost and added:
        reason = f"the bad run calls {added} where the good run calls {lost}"
    else:
        reason = f"only the {'good' if lost else 'bad'} run calls it"
    site = added or lost or ""
    is_loss = class_of(site, bad if added else good).endswith("Loss")
    return Blame(LOSS if is_loss else site, site, reason)


def _alone(found: Difference, run: Recorded, other: Recorded) -> Iterator[str]:
    known = {base_of(value.site) for value in other.record.values}
    for value in _since_last_common(found, run, known):
        if value.kind is ValueKind.FORWARD and base_of(value.site) not in known:
            yield base_of(value.site)


def _since_last_common(
    found: Difference, run: Recorded, known: set[str]
) -> Iterator[ValueStatistics]:
    """What the run did right before the value that differs, back to what both runs have."""
    values = run.record.values
    at = next((order for order, each in enumerate(values) if key_of(each) == found.key), 0)
    for value in reversed(values[:at]):
        if (base_of(value.site), value.call) == (base_of(found.site), found.call):
            continue  # another input of the same call
        if base_of(value.site) in known:
            return
        yield value


def of_mode(found: Sequence[Difference], good: Recorded, bad: Recorded) -> Blame | None:
    """A layer that draws random numbers hands its input on unchanged, in one run alone."""
    if not found or not draws(found[0], bad):
        return None
    idle = [_hands_on(found[0], run) for run in (good, bad)]
    if idle[0] is idle[1]:
        return None
    name, site = "bad" if idle[1] else "good", base_of(found[0].site)
    reason = f"only in the {name} run does it pass its input on unchanged, as in evaluation mode"
    return Blame(site, site, reason)


def _hands_on(found: Difference, run: Recorded) -> bool:
    """Whether an output of a layer is one of the inputs of the same call."""
    values = [
        value
        for value in run.record.values
        if (base_of(value.site), value.step, value.call)
        == (base_of(found.site), found.step, found.call)
    ]
    given = {value.digest for value in values if value.kind is ValueKind.INPUT}
    return any(value.kind is ValueKind.FORWARD and value.digest in given for value in values)


RULES: tuple[Rule, ...] = (of_steps, of_layer_alone, of_mode, of_chance, of_lost_gradient)
"""In the order in which they are asked."""
