"""What a worker is given to run of a planned trial."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.inject import probe_statements
from debugdiff.model import Instrument, Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import StatementSite
    from debugdiff.plan import Step


def job_of(step: Step) -> Job:
    """The job of a step; the statement probes are put in here, as late as possible."""
    source = step.source
    statements: Mapping[str, StatementSite] = {}
    name = step.implementation.path.name
    if step.trial.instrument is Instrument.STATEMENTS:
        source, statements = probe_statements(source, name)
    trial = step.trial
    return Job(
        id=trial.id,
        case_folder=str(step.case.folder),
        files={**step.case.helpers, name: source},
        program=name,
        stack=trial.stack,
        mode=trial.mode,
        instrument=trial.instrument,
        seed=trial.seed,
        size=trial.size,
        budget=replace(trial.budget, seconds=step.patience or trial.budget.seconds),
        contract=step.implementation.contract,
        watch=step.watch,
        statements=statements,
    )
