"""Answer a request: plan it, carry it out or look it up in the store, and report on it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.campaign.checking import require_sense
from debugdiff.campaign.executing import carry_out
from debugdiff.campaign.pairing import check_pairings, known_pairings
from debugdiff.campaign.planning import plan_campaign
from debugdiff.campaign.reporting import build_report, in_bundle
from debugdiff.campaign.request import Silent
from debugdiff.campaign.stack_parity import check_stacks, known_stacks
from debugdiff.plan import all_steps
from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.campaign.planning import PlannedCampaign
    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.execute.pool import Pool
    from debugdiff.model import Report, TrialResult
    from debugdiff.plan import PlannedTrial


def run(
    request: RunRequest, *, progress: Progress | None = None, pool: Pool | None = None
) -> Report:
    """Run a campaign and report on it.

    Args:
        request: what to run.
        progress: is shown how far it is.
        pool: workers to run trials and checks of stacks on, in place of ones of its own.

    Raises:
        DebugdiffError: the request makes no sense.
        StackError: no stack for any of the implementations, or one asked for by name is missing.
        DataError: a file of an installed corpus is not the one that was measured.
        StoreError: the store cannot be written.
        KeyboardInterrupt: after every finished record was stored.
    """
    began = time.monotonic()
    require_sense(request)
    with Store(request.store) as store:
        planned = plan_campaign(request, store)
        listener = progress or Silent()
        executed = carry_out(planned.trees, request, store, listener, pool=pool)
        paired = planned.with_pairings(check_pairings(planned, executed.results, store, listener))
        unlike = check_stacks(planned, executed.results, store, listener, pool=pool)
        counted = paired.without(unlike)
        seconds = time.monotonic() - began
        return build_report(counted, executed.results, store, lost=executed.lost, seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignResults:
    """What a campaign executed or found in the store.

    Attributes:
        steps: every planned trial with its program, parents first.
        not_run: trials without a record, as trial id to reason.
    """

    steps: tuple[PlannedTrial, ...]
    results: tuple[TrialResult, ...]
    not_run: Mapping[str, str]


def measure(
    request: RunRequest, *, progress: Progress | None = None, pool: Pool | None = None
) -> CampaignResults:
    """Execute what has no record, as `run` does and with its errors; nothing is scored.

    Args:
        request: what to run.
        progress: is shown how far it is.
        pool: workers to run on, in place of ones of its own.
    """
    require_sense(request)
    with Store(request.store) as store:
        planned = plan_campaign(request, store)
        executed = carry_out(planned.trees, request, store, progress or Silent(), pool=pool)
    return CampaignResults(
        steps=tuple(all_steps(planned.trees)),
        results=executed.results,
        not_run={**executed.lost, **planned.not_run(executed.results)},
    )


def stored(request: RunRequest) -> Report:
    """The report of a request from the records that are there; executes nothing.

    What was measured only because it was asked for is shown without being asked for again.
    """
    require_sense(request)
    with Store(request.store) as store:
        report = build_report(*stored_campaign(request, store), store)
    return in_bundle(report) if request.elsewhere else report


def stored_campaign(
    request: RunRequest, store: Store
) -> tuple[PlannedCampaign, tuple[TrialResult, ...]]:
    """A campaign with what is known of its cases, and those of its trials that have a record."""
    planned = plan_campaign(request, store)
    steps = planned.steps_of_any_instrument()
    results = tuple(filter(None, (store.get(step.trial) for step in steps)))
    paired = planned.with_pairings(known_pairings(planned, store))
    return paired.without(known_stacks(planned, results, store)), results
