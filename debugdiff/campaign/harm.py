"""Silent bugs judged over seeds: the task metric with and without a bug, program by program."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.campaign.running import measure
from debugdiff.campaign.shared_runs import run_from_shared_weights
from debugdiff.errors import DebugdiffError
from debugdiff.model import Instrument, ProgramEnd, Stack
from debugdiff.score.harm import (
    Harm,
    HarmLine,
    HarmStudy,
    Start,
    judge_harm,
    not_judged,
    without_replaced,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.campaign.running import Measured
    from debugdiff.campaign.shared_runs import SharedRuns
    from debugdiff.model import Case, TrialResult
    from debugdiff.plan import Step


_Group = tuple[str, str | None, str, Stack]
"""Case, bug, implementation and stack of trials that differ by their seed alone."""


def study_harm(
    request: RunRequest, *, shared: bool = True, progress: Progress | None = None
) -> HarmStudy:
    """Run every bug over the seeds of a request, and judge each by DeepCrime's rule.

    Args:
        request: its instruments are not used: nothing watches these trials.
        shared: also from the weights of the case's reference.
        progress: is told of each of the two campaigns.

    Raises:
        DebugdiffError: `no-metric` where a case does not say what is learned; else as `run`.
    """
    _require_metrics(request.cases)
    unwatched = replace(request, instruments=(Instrument.NONE,))
    own = measure(unwatched, progress=progress)
    lines = list(_lines(request, own, Start.OWN))
    if not shared:
        return _study(own, lines, {})
    runs = run_from_shared_weights(unwatched, own.steps, progress=progress)
    lines += without_replaced(lines, _lines(request, _with_shared(own, runs), Start.SHARED))
    return _study(own, lines, runs.unshared)


def _study(own: Measured, lines: Sequence[HarmLine], unshared: Mapping[str, str]) -> HarmStudy:
    return HarmStudy(
        lines=tuple(lines), trials=len(own.results), not_run=own.not_run, unshared=unshared
    )


def _with_shared(own: Measured, runs: SharedRuns) -> Measured:
    return replace(own, results=tuple(runs.results.values()))


def _require_metrics(cases: Sequence[Case]) -> None:
    for case in cases:
        if not case.metric:
            raise DebugdiffError(
                f"The case {case.name} does not say which figure tells how well it has learned.",
                hint="Give its case.toml a [metric] with a `name`; more of it has to be better.",
                slug="no-metric",
            )


def _lines(request: RunRequest, measured: Measured, start: Start) -> Iterator[HarmLine]:
    cases = {case.name: case for case in request.cases}
    groups = _by_group(measured.results)
    for group, steps in _steps_by_group(measured.steps).items():
        case_name, bug, name, stack = group
        clean = groups.get((case_name, None, name, stack), {})
        if bug is None or not clean:
            continue
        case = cases[case_name]
        seeds = [seed for seed in sorted(clean) if seed in groups.get(group, {})]
        yield HarmLine(
            case=case_name,
            bug=bug,
            implementation=name,
            framework=steps[0].implementation.framework,
            stack=stack,
            start=start,
            metric=case.metric,
            seeds=len(seeds),
            harm=_harm(
                case.metric,
                [clean[seed] for seed in seeds],
                [groups[group][seed] for seed in seeds],
            ),
        )


def _by_group(results: Sequence[TrialResult]) -> Mapping[_Group, dict[int, TrialResult]]:
    groups: dict[_Group, dict[int, TrialResult]] = defaultdict(dict)
    for each in results:
        trial = each.trial
        groups[trial.case, trial.bug, trial.implementation, trial.stack][trial.seed] = each
    return groups


def _steps_by_group(steps: Sequence[Step]) -> Mapping[_Group, list[Step]]:
    groups: dict[_Group, list[Step]] = defaultdict(list)
    for step in steps:
        trial = step.trial
        groups[trial.case, trial.bug, trial.implementation, trial.stack].append(step)
    return groups


def _harm(metric: str, clean: Sequence[TrialResult], buggy: Sequence[TrialResult]) -> Harm:
    """Judge one pair, unless a program did not get as far as its metric."""
    for side, results in (("the clean program", clean), ("the program", buggy)):
        for each in results:
            if (
                each.record.program is ProgramEnd.RAISED
                or each.record.program is ProgramEnd.UNKNOWN
            ):
                return not_judged(f"{side} ends with {each.record.ending}")
            if each.record.metrics.get(metric) is None:
                return not_judged(f"{side} gives no finite `{metric}`")
    return judge_harm(_values(metric, clean), _values(metric, buggy))


def _values(metric: str, results: Sequence[TrialResult]) -> list[float]:
    values = (each.record.metrics[metric] for each in results)
    return [value for value in values if value is not None]
