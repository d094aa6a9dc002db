"""The ranking: rank 1 is where the runs part, the others come later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff.blame import Blame, blame
from debugdiff.run_diff.results import Difference, SuspectSite
from debugdiff.run_diff.rules import RULES
from debugdiff.run_diff.sites import base_of, model_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.model import SitePlace
    from debugdiff.run_diff.comparing import Recorded

GROWTH_FLOOR = 1e-7
"""Keeps the growth finite where the input is equal (LEMON, Wang et al. 2020)."""


def suspects(found: Sequence[Difference], good: Recorded, bad: Recorded) -> tuple[SuspectSite, ...]:
    """Rank the places of two `Recorded` runs: rank 1 is where they part, the others come later.

    Others rank by step, then by growth, then in their order.

    Args:
        found: the differences in the order in which the bad run came by them.
        good: the run that is right.
        bad: the run that is not.
    """
    first = _first(found, good, bad)
    if first is None:
        return ()
    outputs = {
        base_of(each.site): each for each in reversed(found) if each.kind is ValueKind.FORWARD
    }
    origin = found[0] if found else None
    growth = _growth(outputs.get(first.site), found, bad)
    step = origin.step if origin else min(good.record.steps, bad.record.steps)
    places = [{each.site: each for each in run.record.places} for run in (good, bad)]
    ranked = [_Ranked(first, step, origin, growth), *_others(first.site, outputs, found, bad)]
    return tuple(one.suspect(rank, *places) for rank, one in enumerate(ranked, start=1))


def _first(found: Sequence[Difference], good: Recorded, bad: Recorded) -> Blame | None:
    answers = (answer for rule in RULES if (answer := rule(found, good, bad)) is not None)
    answer = next(answers, None)
    return blame(found[0], good, bad) if answer is None and found else answer


def _others(
    first: str, outputs: dict[str, Difference], found: Sequence[Difference], bad: Recorded
) -> list[_Ranked]:
    others = [
        _Ranked(Blame(site, site, "it differs later"), each.step, each, _growth(each, found, bad))
        for site, each in outputs.items()
        if site != first
    ]
    return sorted(others, key=lambda one: (one.step, -(one.growth or 0), one.order))


@dataclass(frozen=True, slots=True)
class _Ranked:
    blame: Blame
    step: int
    found: Difference | None
    growth: float | None

    @property
    def order(self) -> int:
        return self.found.order if self.found else 0

    def suspect(
        self, rank: int, good: dict[str, SitePlace], bad: dict[str, SitePlace]
    ) -> SuspectSite:
        return SuspectSite(
            rank=rank,
            site=self.blame.site,
            step=self.step,
            difference=self.found,
            growth=self.growth,
            good=good.get(self.blame.lines),
            bad=bad.get(self.blame.lines),
            reason=self.blame.reason,
        )


def _growth(
    found: Difference | None, all_found: Sequence[Difference], bad: Recorded
) -> float | None:
    """How much more an output differs than what it is made from in the same step.

    That is the inputs of the same call, and the outputs of the layer's own parts.
    """
    if found is None or found.relative is None:
        return None
    whole = model_of(found.step, bad)
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
