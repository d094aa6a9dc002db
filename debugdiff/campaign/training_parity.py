"""Whether the programs of a case learn the same, beside whether they are one model.

Each program is trained by its own `main`, once per seed. For a seed, all begin from the weights of
the reference and get the training rows in one order, so what is left between two programs is how
they train: the optimizer, the end of an epoch, the last batch, the noise of dropout.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.planning import plan_campaign
from debugdiff.campaign.shared_runs import run_from_shared_weights
from debugdiff.compare.training import judge_training
from debugdiff.model import Instrument, ProgramEnd
from debugdiff.parity.results import Agreement, TrainedMetric
from debugdiff.plan import all_steps
from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from debugdiff.campaign.request import RunRequest
    from debugdiff.campaign.shared_runs import SharedRuns
    from debugdiff.model import TrialResult
    from debugdiff.parity import CaseParity, PairParity

Runs = dict[tuple[str, str], list["TrialResult"]]
"""The results of a program, by the names of its case and its own, in the order of the seeds."""


def with_training(
    found: Sequence[CaseParity],
    request: RunRequest,
    *,
    margin: float,
    on_trained: Callable[[str, str], None],
) -> tuple[CaseParity, ...]:
    """The same results with the metrics of trained programs, over the seeds of the request.

    Args:
        found: what the check of the models found.
        request: the cases, the seeds and the size; a store in which nothing has to last.
        margin: as a share of the first program's mean, see `judge_training`.
        on_trained: called with the names of a case and of one of its programs that was trained.

    Raises:
        StackError: an interpreter cannot be started.
    """
    request = replace(request, bugs=(), instruments=(Instrument.NONE,), rows_by_seed=True)
    with Store(request.store) as store:
        steps = list(all_steps(plan_campaign(request, store).trees))
    shared = run_from_shared_weights(request, steps, progress=_Trained(on_trained))
    runs = _by_program(shared)
    return tuple(_with_training(case, runs, shared.unshared, margin) for case in found)


def _by_program(shared: SharedRuns) -> Runs:
    runs: Runs = defaultdict(list)
    for each in sorted(shared.results.values(), key=lambda result: result.trial.seed):
        runs[each.trial.case, each.trial.implementation].append(each)
    return runs


def _with_training(
    case: CaseParity, runs: Runs, unshared: Mapping[str, str], margin: float
) -> CaseParity:
    if case.case in unshared:
        sentence = f"Training over seeds: it {unshared[case.case]}."
        return replace(case, unchecked=(*case.unchecked, sentence))
    pairs = tuple(
        replace(pair, trained=tuple(_compare(case.case, pair, runs, margin))) for pair in case.pairs
    )
    return replace(case, pairs=pairs)


def _compare(case: str, pair: PairParity, runs: Runs, margin: float) -> Iterator[TrainedMetric]:
    """Every figure of `main` that both return."""
    left, right = (runs.get((case, name), []) for name in (pair.left, pair.right))
    for name, results in ((pair.left, left), (pair.right, right)):
        obstacle = _obstacle(results)
        if obstacle:
            yield TrainedMetric(agreement=Agreement.UNDECIDED, reason=f"{name} {obstacle}")
            return
    for metric in left[0].record.metrics:
        one, other = ([each.record.metrics.get(metric) for each in run] for run in (left, right))
        yield _judge(metric, one, other, margin)


def _judge(
    metric: str, left: list[float | None], right: list[float | None], margin: float
) -> TrainedMetric:
    one, other = ([value for value in values if value is not None] for values in (left, right))
    if len(one) == len(other) == len(left):
        return judge_training(metric, one, other, margin)
    reason = "not every run of both programs returns it"
    return TrainedMetric(agreement=Agreement.UNDECIDED, metric=metric, reason=reason)


def _obstacle(results: Sequence[TrialResult]) -> str:
    """Why the metrics of a program cannot be compared, as the rest of a clause."""
    if not results:
        return "was not trained"
    for each in results:
        if each.record.program is not ProgramEnd.OK:
            return f"ends with {each.record.ending}"
    return "" if results[0].record.metrics else "returns no figures"


@dataclass(frozen=True, slots=True)
class _Trained:
    """A `Progress` that names each program as often as it was trained."""

    on_trained: Callable[[str, str], None]

    def start(self, total: int, reused: int) -> None:
        """Say nothing: the caller knows how many there are."""

    def advance(self, result: TrialResult) -> None:
        self.on_trained(result.trial.case, result.trial.implementation)

    def skip(self, count: int) -> None:
        """Say nothing."""

    def message(self, text: str) -> None:
        """Say nothing: what was not trained is in the result."""
