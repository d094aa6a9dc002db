"""Do probes change a result? `python benchmarks/same_results.py [CASE ...]`.

Every implementation of the shipped cases runs on its stacks with size `tiny`, once without and once
with layer probes. Equal means: equal metrics, equal output on stdout, and every parameter that an
optimizer was given equal to the last bit when the program ends. Exits with 1 if one differs.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.campaign.jobs import job_of
from debugdiff.cases import find_case, shipped_cases
from debugdiff.execute import execute, stack_versions
from debugdiff.model import Budget, Framework, Instrument, Stack
from debugdiff.plan import Choice, all_steps, plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Case, Implementation, Job, Record

STACKS = (Stack.PYTORCH, Stack.KERAS_TENSORFLOW)
SECONDS = 300.0
PROBED = "+probes"

HOLD = {
    Framework.PYTORCH: """
import torch as _torch
_held = []
_hold = _torch.optim.Optimizer.add_param_group
def _add_param_group(self, group):
    _hold(self, group)
    _held.extend(group["params"])
_torch.optim.Optimizer.add_param_group = _add_param_group
def _bytes(parameter):
    return parameter.detach().numpy().tobytes()
""",
    Framework.KERAS: """
import keras as _keras
_held = []
_hold = _keras.optimizers.Optimizer.build
def _build(self, variables):
    _hold(self, variables)
    _held.extend(variables)
_keras.optimizers.Optimizer.build = _build
def _bytes(parameter):
    return _keras.ops.convert_to_numpy(parameter).tobytes()
""",
}
"""Keeps what every optimizer of the program is given, by replacing one public method."""

TELL = """

_program = main
def main(**options):
    import hashlib
    metrics = _program(**options)
    assert _held, "no optimizer was given a parameter"
    digest = hashlib.sha256(b"".join(_bytes(each) for each in _held)).hexdigest()
    print("held parameters:", len(_held), digest)
    return metrics
"""


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
    different = [each for each in told if ": same" not in each]
    print(f"{len(told)} implementations, {len(different)} not the same")
    return int(bool(different))


def _jobs(case: Case) -> Iterator[Job]:
    for program in case.implementations:
        for stack in STACKS:
            if stack.framework is program.framework:
                name = f"{case.name}/{program.name} on {stack}"
                plain = replace(
                    _job(case, program, stack),
                    id=name,
                    instrument=Instrument.NONE,
                    budget=Budget(seconds=SECONDS),
                )
                yield plain
                yield replace(plain, id=name + PROBED, instrument=Instrument.LAYERS)


def _job(case: Case, program: Implementation, stack: Stack) -> Job:
    telling = replace(program, source=_telling(program))
    choice = Choice(versions={stack: stack_versions(stack) or {}})
    return next(job_of(each) for each in all_steps(plan(case, telling, (), choice)))


def _telling(program: Implementation) -> str:
    """The program, which prints a hash of its parameters when `main` is through."""
    return program.source + HOLD[program.framework] + TELL


def _told(name: str, found: dict[str, Record]) -> str:
    plain, probed = found[name], found[name + PROBED]
    if not plain.metrics or not probed.values:
        return f"{name}: {plain.ending}; with probes {probed.ending}"
    assert "held parameters" in plain.stdout, plain.stdout
    if (plain.metrics, plain.stdout) == (probed.metrics, probed.stdout):
        return f"{name}: same ({len(probed.values)} values read)"
    without, within = (f"{dict(each.metrics)}, {each.stdout!r}" for each in (plain, probed))
    return f"{name}: {without} without, {within} with probes"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
