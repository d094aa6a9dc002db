"""Whether the programs of a case are one model on a stack of the user's, before its trials count.

Another version may initialise, compute or train in another way than the one that a case was written
for; what its crashes show could then come from that. The answer is kept in the store.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import debugdiff.parity
from debugdiff.campaign.availability import unavailable_reason
from debugdiff.campaign.executing import pool_for
from debugdiff.files import digest, source_digest
from debugdiff.model import Instrument, ProgramEnd, kind_of
from debugdiff.parity import check_parity, reference_first
from debugdiff.parity.checking import STACKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.campaign.planning import PlannedCampaign
    from debugdiff.campaign.request import Progress
    from debugdiff.execute.pool import Pool
    from debugdiff.model import Case, Interpreter, TrialResult
    from debugdiff.parity import PairParity
    from debugdiff.store import Store

CaseOnStack = tuple[str, str]
"""The name of a case, and that of a stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackParity:
    """How the programs of a case differ on a stack, as a clause; empty if they are one model."""

    difference: str


def check_stacks(
    planned: PlannedCampaign,
    results: Sequence[TrialResult],
    store: Store,
    progress: Progress,
    *,
    pool: Pool | None = None,
) -> Mapping[CaseOnStack, str]:
    """The cases whose trials do not count on some stack of the user's, and why."""
    differences = {}
    for case, name in _questions(planned, results):
        check = partial(_check, case, name, planned, progress, pool)
        differences[case.name, name] = store.cached(StackParity, _key(case, name, planned), check)
    return _failures(differences)


def known_stacks(
    planned: PlannedCampaign, results: Sequence[TrialResult], store: Store
) -> Mapping[CaseOnStack, str]:
    """What earlier checks have found; nothing is run."""
    kept = {
        (case.name, name): store.kept(StackParity, _key(case, name, planned))
        for case, name in _questions(planned, results)
    }
    return _failures({place: parity for place, parity in kept.items() if parity})


def _failures(found: Mapping[CaseOnStack, StackParity]) -> dict[CaseOnStack, str]:
    return {
        (case, name): f"{case} is not one model on {name}: {parity.difference}"
        for (case, name), parity in found.items()
        if parity.difference
    }


def _questions(
    planned: PlannedCampaign, results: Sequence[TrialResult]
) -> Iterator[tuple[Case, str]]:
    """Each case with a map of sites on each stack of the user's that runs one of its programs.

    The case has the programs that take part, and its reference.
    """
    ran = {
        (each.trial.case, each.trial.stack_name)
        for each in results
        if (each.trial.bug, each.trial.instrument) == (None, Instrument.NONE)
        and each.record.program is ProgramEnd.OK
    }
    own = [name for name in planned.stacks.versions if name in planned.request.interpreters]
    chosen = set(planned.request.implementations)
    for case in planned.request.cases:
        compared = tuple(
            x for x in case.implementations if x in chosen or x in reference_first(case)[:1]
        )
        for name in own:
            if case.sites and (case.name, name) in ran:
                yield replace(case, implementations=compared), name


def _check(
    case: Case, name: str, planned: PlannedCampaign, progress: Progress, pool: Pool | None
) -> StackParity:
    if pool is None:
        with pool_for(planned.request) as own:
            return _check(case, name, planned, progress, own)
    progress.message(f"Checking parity of {case.name} on {name}.")
    return StackParity(difference=difference_on(case, name, planned.request.interpreters, pool))


def difference_on(
    case: Case, name: str, interpreters: Mapping[str, Interpreter], pool: Pool
) -> str:
    """How the programs of a case differ if those of one framework run on a stack; empty: not.

    They are compared with the reference of the case, which runs on debugdiff's own stack unless it
    is of that framework itself.
    """
    kind = kind_of(name, interpreters)
    programs = [each for each in reference_first(case) if not unavailable_reason(each, kind)]
    on_stack = [each for each in programs if each.framework is kind.framework]
    others = [each for each in programs if each.framework is not kind.framework]
    compared = replace(case, implementations=(*others[:1], *on_stack))
    (found,) = check_parity(
        [compared],
        interpreters=interpreters,
        stacks={**STACKS, kind.framework: name},
        pool=pool,
    )
    return next((_difference(pair) for pair in found.pairs if not pair.passed), "")


def _difference(pair: PairParity) -> str:
    line = pair.first_failure
    assert line is not None
    place = " ".join(filter(None, (line.stage, line.site, line.part)))
    detail = f" ({line.detail})" if line.detail else ""
    return f"{pair.right} differs from {pair.left} at {place}{detail}"


def _key(case: Case, name: str, planned: PlannedCampaign) -> str:
    """The hash of everything that decides the answer."""
    programs = tuple((each.name, each.source) for each in case.implementations)
    interpreter = planned.request.interpreters[name]
    stack = (interpreter.kind, interpreter.lock, sorted(planned.stacks.versions[name].items()))
    facts = (programs, sorted(case.helpers.items()), case.sites, stack)
    return digest("parity on a stack", source_digest(debugdiff.parity), repr(facts))
