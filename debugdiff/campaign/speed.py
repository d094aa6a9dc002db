"""Time the proven programs of cases: a process per run, there and back over all arms."""

from __future__ import annotations

import os
import platform
from functools import partial
from typing import TYPE_CHECKING

import debugdiff.parity
import debugdiff.worker.speed
from debugdiff import __version__
from debugdiff.campaign.machine_load import (
    busy_processors,
    is_busy,
    processor_name,
    require_quiet,
)
from debugdiff.campaign.speed_file import SpeedFile
from debugdiff.campaign.stacks import missing_reason
from debugdiff.campaign.timed_runs import Series, TimedRuns
from debugdiff.errors import DebugdiffError
from debugdiff.execute import stack_versions
from debugdiff.files import digest, source_digest
from debugdiff.model import Framework, Way
from debugdiff.parity import check_parity
from debugdiff.parity.checking import STACKS
from debugdiff.speed import Machine, SpeedStudy, SpeedTable, arms_of, summarise
from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.campaign.machine_load import LoadReader
    from debugdiff.campaign.request import Progress
    from debugdiff.campaign.timed_runs import SpeedRequest
    from debugdiff.model import Case, SpeedRun
    from debugdiff.speed import Arm

_FEWEST_ARMS = 2


def measure_speed(
    request: SpeedRequest, *, progress: Progress, load: LoadReader = busy_processors
) -> SpeedStudy:
    """Run what the file does not have yet, and summarise what it has.

    Args:
        request: what, and how.
        progress: hears of each process as one of its trials.
        load: reads how busy others keep the machine.

    Raises:
        DebugdiffError: `machine-busy`, `speed-no-pairs`, `speed-unreadable`, `output-unwritable`.
        KeyboardInterrupt: what was finished is in the file.
    """
    file = SpeedFile(request.file)
    machine = _machine(request)
    if not request.anyway:
        require_quiet(load())
    series, left_out = _series(request, machine, progress)
    if not series:
        raise _no_pairs(left_out)
    not_measured = TimedRuns(request=request, file=file, progress=progress, load=load).carry_out(
        series
    )
    runs = {each: each.known(file) for each in series}
    busy = max((run.busy for found in runs.values() for run in found), default=0.0)
    return SpeedStudy(
        machine=machine,
        tables=tuple(_table(each, runs[each]) for each in series),
        processes=request.processes,
        steps=request.steps,
        warm_up=request.warm_up,
        left_out=left_out,
        not_measured=not_measured,
        busy=busy,
        citable=not is_busy(busy),
    )


def _machine(request: SpeedRequest) -> Machine:
    found = {
        stack: stack_versions(stack, request.interpreters.get(stack)) for stack in STACKS.values()
    }
    return Machine(
        debugdiff=__version__,
        processor=processor_name(),
        processors=os.cpu_count() or 1,
        platform=platform.platform(terse=True),
        cores=request.cores,
        versions={name: text for facts in found.values() for name, text in (facts or {}).items()},
    )


def _no_pairs(left_out: Mapping[str, str]) -> DebugdiffError:
    case, reason = next(iter(left_out.items()), ("", "no case was named"))
    more = f" (and {len(left_out) - 1} more)" if len(left_out) > 1 else ""
    return DebugdiffError(
        f"There is no proven pair to time: {case}{more}: {reason}.",
        hint="`debugdiff parity CASE` shows what differs. Only programs of the same model are"
        " timed against each other.",
        slug="speed-no-pairs",
    )


# --- what is compared with what --------------------------------------------------------------


def _series(
    request: SpeedRequest, machine: Machine, progress: Progress
) -> tuple[list[Series], Mapping[str, str]]:
    series: list[Series] = []
    left_out: dict[str, str] = {}
    for case in request.cases:
        proven = _proven(case, request, machine, progress)
        if isinstance(proven, str):
            left_out[case.name] = proven
            continue
        arms, absent = arms_of(case, proven)
        wanted = {Way.EAGER, *(request.ways or Way)}
        chosen = tuple(arm for arm in arms if arm.way in wanted)
        if len(chosen) < _FEWEST_ARMS or chosen[0].way is not Way.EAGER:
            left_out[case.name] = "it has no PyTorch program with a loop beside another program"
            continue
        series += [
            Series(
                case=case,
                batch_size=batch_size,
                size=request.size,
                keys={
                    (arm.implementation.name, arm.way): _key(
                        case, arm, batch_size, request, machine
                    )
                    for arm in chosen
                },
                arms=chosen,
                absent={way: reason for way, reason in absent.items() if way in wanted},
                processes=request.processes,
            )
            for batch_size in request.batch_sizes
        ]
    return series, left_out


def _proven(
    case: Case, request: SpeedRequest, machine: Machine, progress: Progress
) -> frozenset[str] | str:
    """The programs that are the reference's model, itself among them; or why none is known."""
    frameworks = {each.framework for each in case.implementations if each.contract}
    if len(frameworks) < len(Framework):
        return "it does not have programs with `main(seed, size)` in both frameworks"
    if not case.sites:
        return (
            "it has no case.toml with a map of sites, so nothing proves that its programs are equal"
        )
    for stack in STACKS.values():
        if not stack_versions(stack, request.interpreters.get(stack)):
            return missing_reason(stack)
    programs = sorted((each.name, each.source) for each in case.implementations)
    facts = (programs, sorted(case.helpers.items()), sorted(machine.versions.items()))
    key = digest("speed", source_digest(debugdiff.parity), repr(case), repr(facts))
    with Store(request.store) as store:
        names = store.cached(tuple[str, ...], key, partial(_check, case, request, progress))
    if len(names) < _FEWEST_ARMS:
        return "its programs are not the same model"
    return frozenset(names)


def _check(case: Case, request: SpeedRequest, progress: Progress) -> tuple[str, ...]:
    progress.message(f"Proving that the programs of {case.name} are the same model.")
    (found,) = check_parity([case], interpreters=request.interpreters, sandbox=request.sandbox)
    equal = (
        pair.right if pair.left == found.reference else pair.left
        for pair in found.pairs
        if found.reference in {pair.left, pair.right} and pair.passed
    )
    return (found.reference, *equal)


def _key(case: Case, arm: Arm, batch_size: int, request: SpeedRequest, machine: Machine) -> str:
    settings = (arm.way, batch_size, request.size, request.steps, request.warm_up)
    facts = (sorted(machine.versions.items()), machine.processor, machine.cores, settings)
    files = sorted({**case.helpers, **arm.implementation.files}.items())
    clocks = source_digest(debugdiff.worker.speed)
    return digest("speed", arm.implementation.key, clocks, repr(files), repr(facts))[:20]


def _table(series: Series, runs: Sequence[SpeedRun]) -> SpeedTable:
    order = [(arm.implementation.name, arm.way) for arm in series.arms]
    return SpeedTable(
        case=series.case.name,
        size=series.size,
        batch_size=series.batch_size,
        arms=summarise(runs, order),
        absent=series.absent,
    )
