"""Run every implementation of a case over one batch with one set of weights, and compare.

Implementations run on the warm hosts of the trials, as programs like any other: the file that is
started is one line that calls the worker's part of the check.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from debugdiff.execute.pool import NO_INTERPRETERS, Pool
from debugdiff.model import (
    Budget,
    Framework,
    Instrument,
    Interpreter,
    Job,
    Mode,
    ParityStage,
    ProgramEnd,
    Sandbox,
    Size,
    Stack,
    Style,
    kind_of,
)
from debugdiff.parity.comparing import Limits, compare, parameter_count, stability
from debugdiff.parity.results import CaseParity, Observation, Problem, Value
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from debugdiff.model import Case, Implementation, Record
    from debugdiff.parity.results import PairParity

STACKS: Mapping[Framework, Stack] = {
    Framework.PYTORCH: Stack.PYTORCH,
    Framework.KERAS: Stack.KERAS_TENSORFLOW,
}

_DRIVER = "__debugdiff_parity__.py"
_DRIVER_SOURCE = "from debugdiff.worker.parity.check import observe\n\nobserve()\n"
_PAIR = 2
_BUDGET_FACTOR = 4
"""A step with every operation on its own, twice, takes longer than a trial of size `tiny`."""


def check_parity(  # noqa: PLR0913 - each is a choice of the user's
    cases: Sequence[Case],
    *,
    seeds: int = 0,
    slots: int = 2,
    interpreters: Mapping[str, Interpreter] = NO_INTERPRETERS,
    stacks: Mapping[Framework, str] = STACKS,
    pool: Pool | None = None,
    sandbox: Sandbox = Sandbox.WRITE,
    on_checked: Callable[[str, str], None] = lambda _case, _program: None,
) -> tuple[CaseParity, ...]:
    """Compare every two implementations of each case.

    Args:
        cases: with or without a map of sites.
        seeds: with how many the initial weights are drawn, to see how far they are spread.
        slots: how many programs run at once.
        interpreters: another Python for a stack, by its name.
        stacks: what the programs of each framework run on, by its name.
        pool: workers to run on, in place of ones of its own.
        sandbox: what programs are kept from, without such a pool.
        on_checked: called with the names of a case and of one of its programs that has run.

    Raises:
        StackError: an interpreter cannot be started.
    """
    if pool is None:
        with Pool(slots=slots, interpreters=interpreters, sandbox=sandbox) as own:
            return check_parity(
                cases,
                seeds=seeds,
                interpreters=interpreters,
                stacks=stacks,
                pool=own,
                on_checked=on_checked,
            )
    kinds = {name: kind_of(name, interpreters) for name in stacks.values()}
    with temporary_folder() as folder:
        checks = {
            str(number): _CaseCheck(
                case=case, folder=folder / str(number), seeds=seeds, stacks=stacks, kinds=kinds
            )
            for number, case in enumerate(cases)
        }

        def on_record(record: Record) -> Iterable[Job]:
            task = Path(record.trial)
            check = checks[task.parent.name]
            on_checked(check.case.name, task.name)
            return check.take(record)

        pool.run([job for check in checks.values() for job in check.first_jobs()], on_record)
        return tuple(check.result() for check in checks.values())


@dataclass(slots=True, kw_only=True)
class _CaseCheck:
    """One case on its way: its reference first, then the others with the reference's weights.

    Attributes:
        stacks: what each framework runs on, by its name.
        kinds: what these are.
    """

    case: Case
    folder: Path
    seeds: int
    stacks: Mapping[Framework, str]
    kinds: Mapping[str, Stack]
    observations: dict[str, Observation] = field(default_factory=dict)

    @property
    def implementations(self) -> tuple[Implementation, ...]:
        """Those that can be checked, the reference first."""
        return reference_first(self.case)

    def first_jobs(self) -> list[Job]:
        first = self.implementations[:1]
        return [self._job(each, "", self._trained(each)) for each in first]

    def take(self, record: Record) -> list[Job]:
        """Read what a program left; after the reference, the jobs of all others."""
        task = Path(record.trial)
        is_first = not self.observations
        silent = _silent_sites(self.case, task.name)
        observation = replace(_read(task, record), silent=silent)
        self.observations[task.name] = observation
        if not is_first:
            return []
        weights = self._write_weights(observation)
        trained = self._trained(self.implementations[0])
        learned = trained if Path(trained).is_file() else ""
        return [self._job(each, weights, learned) for each in self.implementations[1:]]

    def result(self) -> CaseParity:
        found = [self.observations[each.name] for each in self.implementations]
        return CaseParity(
            case=self.case.name,
            reference=found[0].implementation if found else "",
            parameters={each.implementation: parameter_count(each) for each in found},
            pairs=tuple(self._compare(left, right) for left, right in combinations(found, 2)),
            differences=self.case.differences,
            rows=found[0].rows if found else 0,
            initial={each.implementation: each.initial for each in found if each.initial},
            stability={
                each.implementation: stability(each, Limits(declared=self.case.differences))
                for each in found
                if each.shaken
            },
            unchecked=tuple(self._unchecked()),
        )

    def _compare(self, left: Observation, right: Observation) -> PairParity:
        frameworks = {each.name: each.framework for each in self.implementations}
        same = frameworks[left.implementation] is frameworks[right.implementation]
        return compare(left, right, Limits(declared=() if same else self.case.differences))

    def _unchecked(self) -> Iterable[str]:
        for each in self.case.implementations:
            if not each.contract:
                yield (
                    f"{each.name} has no `main(seed, size)` and no `build_model`: nothing of it"
                    " can be compared."
                )
        for broken in self.case.broken:
            yield f"{broken.name} cannot be used: {broken.reason}."
        if len(self.implementations) < _PAIR:
            yield "There are not two implementations to compare."
        elif not self.case.sites:
            yield (
                "Without a map of sites in a case.toml, only parameters are compared, by their"
                " number and shapes: not what the layers compute, the loss, gradients, or a step."
            )

    # --- jobs --------------------------------------------------------------------------------

    def _trained(self, reference: Implementation) -> str:
        """Where the reference leaves the weights that it has learned."""
        return str(self.folder / reference.name / "trained.npz")

    def _job(self, implementation: Implementation, weights: str, trained: str) -> Job:
        task = self.folder / implementation.name
        task.mkdir(parents=True, exist_ok=True)
        name = implementation.path.name
        facts = {
            "program": name,
            "framework": implementation.framework,
            "holders": sites_of(self.case, "weights", implementation),
            "outputs": sites_of(self.case, "output", implementation),
            "seeds": self.seeds,
            "weights": weights,
            "trained": trained,
        }
        (task / "task.json").write_text(json.dumps(facts), encoding="utf-8")
        stack = self.stacks[implementation.framework]
        kind = self.kinds[stack]
        return Job(
            id=str(task),
            case_folder=str(self.case.folder),
            files={**self.case.helpers, name: implementation.source, _DRIVER: _DRIVER_SOURCE},
            program=_DRIVER,
            stack=kind,
            own_stack="" if stack == kind else stack,
            mode=Mode.EAGER if implementation.framework is Framework.KERAS else Mode.DEFAULT,
            instrument=Instrument.NONE,
            seed=0,
            size=Size.TINY,
            budget=Budget(seconds=_BUDGET_FACTOR * self.case.budget),
            contract=False,
            arguments=(str(task),),
            writable=(str(task),),
            readable=tuple(filter(None, (weights, trained))) if weights else (),
            network=self.case.network,
        )

    def _write_weights(self, observation: Observation) -> str:
        weights = {
            f"{value.site}|{value.part}": value.array
            for value in observation.values
            if value.stage is ParityStage.WEIGHTS
        }
        if not weights:
            return ""
        path = self.folder / "weights.npz"
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, **weights)
        return str(path)


def reference_first(case: Case) -> tuple[Implementation, ...]:
    """The implementations with a `main` of ours, the one that the others take weights from first.

    PyTorch in module style goes first: where a framework keeps a weight that others have not (a
    second bias), copying from it loses nothing that counts.
    """
    return tuple(sorted((each for each in case.implementations if each.contract), key=_rank))


def sites_of(case: Case, part: str, implementation: Implementation) -> dict[str, str | None]:
    """Where the sites of a case are in a program that stand for this part of a layer."""
    return {
        site.name: site.layer(implementation.name)
        for site in case.sites
        if site.holds(part, implementation.name)
    }


def _silent_sites(case: Case, implementation: str) -> frozenset[str]:
    """Sites that stand for weights alone in this program, or that it has not."""
    return frozenset(site.name for site in case.sites if not site.holds("output", implementation))


def _rank(implementation: Implementation) -> tuple[bool, bool]:
    return (
        implementation.framework is not Framework.PYTORCH,
        implementation.style is not Style.MODULE,
    )


def _read(task: Path, record: Record) -> Observation:
    """What the program left in its task's folder, or why it left nothing."""
    if record.program is not ProgramEnd.OK or not (task / "observation.json").is_file():
        problem = Problem(stage=ParityStage.RUN, site="", text=_why(record))
        return Observation(implementation=task.name, problems=(problem,))
    facts = json.loads((task / "observation.json").read_text(encoding="utf-8"))
    with np.load(task / "observation.npz", allow_pickle=False) as archive:
        arrays = [archive[str(number)] for number in range(len(facts["entries"]))]
    return Observation(
        implementation=task.name,
        values=tuple(
            Value(**{**entry, "stage": ParityStage(entry["stage"])}, array=array)
            for entry, array in zip(facts["entries"], arrays, strict=True)
        ),
        problems=tuple(
            Problem(**{**each, "stage": ParityStage(each["stage"])}) for each in facts["problems"]
        ),
        metrics=facts["metrics"],
        shaken=facts["shaken"],
        trained=facts["trained"],
        settings=facts["settings"],
        shapes=tuple(tuple(shape) for shape in facts["shapes"]),
        rows=facts["rows"],
        initial={(each["site"], each["part"]): each["deviation"] for each in facts["initial"]},
    )


def _why(record: Record) -> str:
    if record.failure is None:
        return record.note or f"it ended as `{record.worker}`"
    first_line = record.failure.message.partition("\n")[0]
    return f"{record.failure.type}: {first_line}"
