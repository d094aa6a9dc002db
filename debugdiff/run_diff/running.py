"""One comparison: every shared value, the first difference of each phase, the ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.model import ValueKind
from debugdiff.run_diff.comparing import Recorded, differences
from debugdiff.run_diff.figures import differing_figures
from debugdiff.run_diff.results import Difference, Phase, RunDiff
from debugdiff.run_diff.sites import base_of
from debugdiff.run_diff.suspects import suspects

if TYPE_CHECKING:
    from collections.abc import Iterator


def compare_runs(good: Recorded, bad: Recorded) -> RunDiff:
    """Compare every value that two runs share, and rank the places where they may differ."""
    found = differences(good, bad)
    known, own = good.places(), bad.places()
    first: dict[Phase, Difference] = {}
    for each in found:
        first.setdefault(each.phase, each)
    return RunDiff(
        good=good.record,
        bad=bad.record,
        compared=len(known.keys() & own.keys()),
        differing=len({(each.site, each.kind, each.step, each.call) for each in found}),
        first={phase: first[phase] for phase in Phase if phase in first},
        suspects=suspects(found, good, bad),
        only_good=_without_partner(good, bad),
        only_bad=_without_partner(bad, good),
        notes=tuple(_notes(good, bad)),
        figures=tuple(differing_figures(good.record, bad.record)),
    )


def _without_partner(run: Recorded, other: Recorded) -> tuple[str, ...]:
    known = {base_of(value.site) for value in other.record.values}
    sites = (base_of(v.site) for v in run.record.values if v.kind is ValueKind.FORWARD)
    return tuple(dict.fromkeys(site for site in sites if site not in known))


def _notes(good: Recorded, bad: Recorded) -> Iterator[str]:
    for name, run in (("good", good), ("bad", bad)):
        if run.record.failure is not None:
            yield f"The {name} run ended early: {run.record.ending}."
        values = run.record.values
        lost = sum(
            bool(value.digest) and run.tensors.read(order) is None
            for order, value in enumerate(values)
        )
        if lost:
            yield f"{lost} tensors of the {name} run had no room: their bits were compared."
    steps = [{value.step for value in run.record.values} for run in (good, bad)]
    if steps[0] != steps[1]:
        yield f"The good run has {len(steps[0])} steps to compare, the bad one {len(steps[1])}."
