"""Whether the programs of a folder without a `case.toml` are one model, as far as it can be told.

Without a map of sites the parity check compares parameters alone, by their number and shapes. It is
made once for a folder, and kept in the store.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import debugdiff.parity
from debugdiff.cases import file_names, unpaired
from debugdiff.files import digest, source_digest
from debugdiff.model import Instrument, Pairing, ProgramEnd
from debugdiff.parity import check_parity
from debugdiff.parity.checking import STACKS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.campaign.planning import PlannedCampaign
    from debugdiff.campaign.request import Progress
    from debugdiff.model import Case, TrialResult
    from debugdiff.parity import PairParity, ParityLine
    from debugdiff.store import Store


def check_pairings(
    planned: PlannedCampaign, results: Sequence[TrialResult], store: Store, progress: Progress
) -> Mapping[str, Pairing]:
    """Check each folder without a `case.toml` for parity; the answers by the case's name.

    Programs that do not run through are not checked: they would only fail once more, and later.
    """
    pairings = {}
    for case in _unpaired_cases(planned):
        obstacle = _obstacle(case, planned) or _failing(case, results)
        if obstacle:
            pairings[case.name] = unpaired(case.implementations, obstacle)
        else:
            check = partial(_check, case, planned, progress)
            pairings[case.name] = store.cached(Pairing, _key(case, planned), check)
    return pairings


def known_pairings(planned: PlannedCampaign, store: Store) -> Mapping[str, Pairing]:
    """What earlier checks have found; nothing is run."""
    cases = _unpaired_cases(planned)
    found = {case.name: store.kept(Pairing, _key(case, planned)) for case in cases}
    return {name: pairing for name, pairing in found.items() if pairing}


def _unpaired_cases(planned: PlannedCampaign) -> list[Case]:
    """The cases in question, with the programs that take part in the campaign alone."""
    chosen = [program.implementation for program in planned.programs]
    return [
        replace(case, implementations=tuple(each for each in chosen if each.case == case.name))
        for case in planned.request.cases
        if not case.pairing.compared
    ]


def _obstacle(case: Case, planned: PlannedCampaign) -> str:
    """What keeps the programs from being checked, as a clause; empty if nothing does."""
    for each in case.implementations:
        if not each.contract:
            return f"{each.path.name} has no `main(seed, size)` that a parity check could use"
        if STACKS[each.framework] not in planned.stacks.versions:
            return f"a parity check needs the stack {STACKS[each.framework]}"
    return ""


def _failing(case: Case, results: Sequence[TrialResult]) -> str:
    ended_well = {
        result.trial.implementation
        for result in results
        if result.trial.case == case.name
        and (result.trial.bug, result.trial.instrument) == (None, Instrument.NONE)
        and result.record.program is ProgramEnd.OK
    }
    failing = (each for each in case.implementations if each.name not in ended_well)
    return next((f"{each.path.name} does not run through" for each in failing), "")


def _check(case: Case, planned: PlannedCampaign, progress: Progress) -> Pairing:
    names = file_names(case.implementations)
    progress.message(f"Checking whether {names} of {case.name} are the same model.")
    request = planned.request
    (found,) = check_parity(
        [case],
        slots=request.jobs,
        interpreters=request.interpreters,
        sandbox=request.sandbox,
    )
    for pair in found.pairs:
        if pair.first_failure:
            return unpaired(case.implementations, _difference(pair, pair.first_failure))
    if not all(found.parameters.values()):
        return unpaired(case.implementations, "a parity check finds no trained parameters")
    return Pairing(
        compared=True,
        reason=f"The folder has no case.toml. {names} are compared because a parity check found"
        " the same parameters in them, by number and shape; docs/parity.md explains how to check"
        " more.",
    )


def _difference(pair: PairParity, line: ParityLine) -> str:
    where = " ".join(filter(None, (line.stage, line.site, line.part)))
    detail = f" ({line.detail})" if line.detail else ""
    return f"a parity check finds other {where} in {pair.right} than in {pair.left}{detail}"


def _key(case: Case, planned: PlannedCampaign) -> str:
    """The hash of everything that decides the answer."""
    programs = ((each.name, each.source) for each in case.implementations)
    versions = sorted(
        (stack, sorted(facts.items())) for stack, facts in planned.stacks.versions.items()
    )
    facts = (tuple(programs), sorted(case.helpers.items()), versions)
    return digest("pairing", source_digest(debugdiff.parity), repr(facts))
