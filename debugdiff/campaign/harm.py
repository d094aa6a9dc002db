"""Silent bugs judged over seeds: the task metric with and without a bug, program by program."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.campaign.running import measure
from debugdiff.campaign.shared_runs import run_from_shared_weights
from debugdiff.errors import DebugdiffError
from debugdiff.model import ROWS_NOT_ORDERED, Instrument, ProgramEnd, confinements
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
    from debugdiff.campaign.running import CampaignResults
    from debugdiff.campaign.shared_runs import SharedRuns
    from debugdiff.model import Case, Condition, TrialResult
    from debugdiff.plan import PlannedTrial


def study_harm(
    request: RunRequest, *, shared: bool = True, progress: Progress | None = None
) -> HarmStudy:
    """Run every bug over the seeds of a request, and judge each by DeepCrime's rule.

    A seed decides the initial weights, the noise, and the order of the training rows, which is the
    same in every framework.

    Args:
        request: its instruments are not used: nothing watches these trials.
        shared: also from the weights of the case's reference.
        progress: hears of each of the two campaigns.

    Raises:
        DebugdiffError: `no-metric` where a case does not say what is learned; else as `run`.
    """
    _require_metrics(request.cases)
    unwatched = replace(request, instruments=(Instrument.NONE,), rows_by_seed=True)
    own = measure(unwatched, progress=progress)
    lines = list(_lines(request, own, Start.OWN))
    if not shared:
        return _study(own, lines)
    runs = run_from_shared_weights(unwatched, own.steps, progress=progress)
    lines += without_replaced(lines, _lines(request, _with_shared(own, runs), Start.SHARED))
    return _study(own, lines, runs)


def _study(
    own: CampaignResults, lines: Sequence[HarmLine], shared: SharedRuns | None = None
) -> HarmStudy:
    results = (*own.results, *(shared.results.values() if shared else ()))
    return HarmStudy(
        lines=tuple(lines),
        trials=len(own.results),
        not_run=own.not_run,
        unshared=shared.unshared if shared else {},
        same_order=_cases_in_one_order(results),
        sandboxes=confinements(results),
    )


def _cases_in_one_order(results: Sequence[TrialResult]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(each.trial.case for each in results if ROWS_NOT_ORDERED in each.record.note)
    )


def _with_shared(own: CampaignResults, runs: SharedRuns) -> CampaignResults:
    return replace(own, results=tuple(runs.results.values()))


def _require_metrics(cases: Sequence[Case]) -> None:
    for case in cases:
        if not case.metric:
            raise DebugdiffError(
                f"The case {case.name} does not say which metric shows how well it has learned.",
                hint="Give its case.toml a [metric] with a `name`; higher must be better.",
                slug="no-metric",
            )


def _lines(request: RunRequest, measured: CampaignResults, start: Start) -> Iterator[HarmLine]:
    metrics = {case.name: case.metric for case in request.cases}
    samples = _samples(measured.results)
    for condition, bug in dict.fromkeys(map(_over_seeds, measured.steps)):
        clean, buggy = samples[condition, None], samples[condition, bug]
        if bug is None or not clean:
            continue
        seeds = [seed for seed in sorted(clean) if seed in buggy]
        metric = metrics[condition.case]
        yield HarmLine(
            case=condition.case,
            bug=bug,
            implementation=condition.implementation,
            framework=condition.stack.framework,
            stack=condition.stack_name,
            start=start,
            metric=metric,
            seeds=len(seeds),
            harm=_harm(metric, [clean[seed] for seed in seeds], [buggy[seed] for seed in seeds]),
        )


def _over_seeds(of: PlannedTrial | TrialResult) -> tuple[Condition, str | None]:
    """What trials have in common that differ by their seed alone: condition and bug."""
    return of.trial.condition.over_seeds, of.trial.bug


def _samples(
    results: Sequence[TrialResult],
) -> Mapping[tuple[Condition, str | None], dict[int, TrialResult]]:
    """Trials that differ by their seed alone, by seed."""
    samples: dict[tuple[Condition, str | None], dict[int, TrialResult]] = defaultdict(dict)
    for each in results:
        samples[_over_seeds(each)][each.trial.seed] = each
    return samples


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
