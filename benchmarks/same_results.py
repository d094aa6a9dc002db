"""Do probes change a result? `python benchmarks/same_results.py [CASE ...]`.

Every implementation of the shipped cases runs on its stacks with size `tiny`, once without and once
with layer probes. Equal means equal metrics, to the last bit. Exits with 1 if one differs.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.cases import find_case, shipped_cases
from debugdiff.execute import execute, stack_versions
from debugdiff.model import Budget, Instrument, Stack
from debugdiff.plan import Choice, every, job_of, plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Case, Job, Record

STACKS = (Stack.PYTORCH, Stack.KERAS_TENSORFLOW)
SECONDS = 300.0
PROBED = "+probes"


def main(names: list[str]) -> int:
    """Run everything twice and compare; the exit status."""
    cases = [find_case(name) for name in names] or shipped_cases()
    jobs = [job for case in cases for job in _jobs(case)]
    found: dict[str, Record] = {}
    told: list[str] = []

    def keep(record: Record) -> None:
        found[record.trial] = record
        name = record.trial.removesuffix(PROBED)
        if {name, name + PROBED} <= found.keys():
            told.append(_told(name, found))
            print(told[-1], flush=True)

    execute(jobs, slots=1, on_record=keep)
    different = [each for each in told if not each.endswith(": same")]
    print(f"{len(told)} implementations, {len(different)} not the same")
    return int(bool(different))


def _jobs(case: Case) -> Iterator[Job]:
    for program in case.implementations:
        for stack in STACKS:
            if stack.framework is program.framework:
                choice = Choice(versions={stack: stack_versions(stack) or {}})
                steps = every(plan(case, program, (), choice))
                job = next(job_of(each) for each in steps)
                name = f"{case.name}/{program.name} on {stack}"
                plain = replace(
                    job, id=name, instrument=Instrument.NONE, budget=Budget(seconds=SECONDS)
                )
                yield plain
                yield replace(plain, id=name + PROBED, instrument=Instrument.LAYERS)


def _told(name: str, found: dict[str, Record]) -> str:
    plain, probed = found[name], found[name + PROBED]
    if not plain.metrics or not probed.values:
        return f"{name}: {plain.ending}; with probes {probed.ending}"
    if plain.metrics == probed.metrics:
        return f"{name}: same"
    return f"{name}: {dict(plain.metrics)} without, {dict(probed.metrics)} with probes"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
