"""What a worker is given to run of a planned trial."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.files import digest
from debugdiff.inject import probe_statements
from debugdiff.model import Instrument, Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import StatementSite
    from debugdiff.plan import PlannedTrial


def job_of(step: PlannedTrial) -> Job:
    """The job of a step; the statement probes are put in here, as late as possible."""
    source = step.source
    statements: Mapping[str, StatementSite] = {}
    program = step.implementation
    if step.trial.instrument is Instrument.STATEMENTS:
        source, statements = probe_statements(source, step.file)
    trial = step.trial
    return Job(
        id=trial.id,
        case_folder=str(step.case.folder),
        files={**step.case.helpers, program.file: program.source, step.file: source},
        program=program.file,
        stack=trial.stack,
        own_stack=trial.own_stack,
        mode=trial.mode,
        instrument=trial.instrument,
        seed=trial.seed,
        size=trial.size,
        budget=replace(trial.budget, seconds=step.limit),
        contract=program.contract,
        watch=step.watch,
        watched=step.file,
        statements=statements,
        network=step.case.network,
        rows_by_seed=step.rows_by_seed,
        compiled=digest(repr(trial.condition.over_seeds), trial.size, program.source)[:20],
        leaves_compiled=trial.bug is None and trial.instrument is Instrument.NONE,
    )
