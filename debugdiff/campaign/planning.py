"""From a request to its trials: bugs put into programs, a tree of trials per program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.availability import unavailable_reason
from debugdiff.campaign.checking import require_trials
from debugdiff.campaign.injecting import inject_all
from debugdiff.campaign.sharding import cut
from debugdiff.campaign.stacks import choose_stacks, missing_reason
from debugdiff.model import Instrument, Mode, Mutant
from debugdiff.plan import USUAL_INSTRUMENTS, Choice, PlannedTrial, all_steps, follow_ups, plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.campaign.request import RunRequest
    from debugdiff.campaign.stacks import Stacks
    from debugdiff.model import (
        Case,
        Implementation,
        Injection,
        Pairing,
        Record,
        Trial,
        TrialResult,
    )
    from debugdiff.store import Store


_LACKS = frozenset({"AttributeError", "ImportError", "ModuleNotFoundError", "NotImplementedError"})
"""What a program ends with that uses a name which its framework does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProgram:
    """A program with the bugs that were put into it, and its trials.

    Attributes:
        injections: by the bug's id.
        trees: its trials, one tree for each condition.
        obstacles: stacks that cannot run the program, and why.
    """

    case: Case
    implementation: Implementation
    injections: Mapping[str, Injection]
    trees: tuple[PlannedTrial, ...]
    obstacles: Mapping[str, str]

    @property
    def possible(self) -> tuple[PlannedTrial, ...]:
        """The trees that can be run."""
        return tuple(tree for tree in self.trees if tree.trial.stack_name not in self.obstacles)

    def without(self, obstacles: Mapping[str, str]) -> PlannedProgram:
        """The same with further obstacles."""
        return replace(self, obstacles={**obstacles, **self.obstacles})

    def impossible(self) -> Iterator[tuple[str, str]]:
        """The trials that cannot be run, and why."""
        for step in all_steps(self.trees):
            if step.trial.stack_name in self.obstacles:
                yield step.trial.id, self.obstacles[step.trial.stack_name]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCampaign:
    """A campaign before its first trial."""

    request: RunRequest
    stacks: Stacks
    choice: Choice
    programs: tuple[PlannedProgram, ...]

    @property
    def trees(self) -> tuple[PlannedTrial, ...]:
        """Every tree that can be run."""
        return tuple(tree for program in self.programs for tree in program.possible)

    def steps_of_any_instrument(self) -> Iterator[PlannedTrial]:
        """The steps, and those that only another choice of instruments would have run."""
        choice = replace(self.choice, instruments=tuple(Instrument))
        for each in self.programs:
            mutants = _mutants(each.injections)
            yield from all_steps(plan(each.case, each.implementation, mutants, choice))

    def with_pairings(self, pairings: Mapping[str, Pairing]) -> PlannedCampaign:
        """The same, with what is known of the programs of some cases, by the case's name."""
        cases = {
            case.name: replace(case, pairing=pairings.get(case.name, case.pairing))
            for case in self.request.cases
        }
        return replace(
            self,
            request=replace(self.request, cases=tuple(cases.values())),
            programs=tuple(replace(each, case=cases[each.case.name]) for each in self.programs),
        )

    def without(self, unlike: Mapping[tuple[str, str], str]) -> PlannedCampaign:
        """The same, without the trials of some cases on some stacks.

        Args:
            unlike: by the names of case and stack, why the trials there do not count.
        """
        return replace(
            self, programs=tuple(each.without(_of_case(unlike, each)) for each in self.programs)
        )

    def not_run(self, results: Sequence[TrialResult]) -> dict[str, str]:
        """The trials that cannot be run, or that wait for a clean run which fails, and why."""
        clean = {tree.trial.id: tree for tree in self.trees}
        not_run = dict(pair for program in self.programs for pair in program.impossible())
        for result in results:
            tree = clean.get(result.trial.id)
            if tree and not follow_ups(tree, result.record):
                reason = _why_not(tree.trial, result.record)
                not_run.update((later.trial.id, reason) for later in all_steps(tree.follow))
        return not_run


def _of_case(unlike: Mapping[tuple[str, str], str], program: PlannedProgram) -> dict[str, str]:
    return {stack: why for (case, stack), why in unlike.items() if case == program.case.name}


def _name(trial: Trial) -> str:
    mode = "" if trial.mode is Mode.DEFAULT else f" in mode {trial.mode}"
    return f"{trial.case}/{trial.implementation}{mode}"


def _why_not(trial: Trial, record: Record) -> str:
    """Why nothing follows a clean run. That a version lacks an API is no bug of the program."""
    ending = record.ending
    if trial.own_stack and record.failure and record.failure.type in _LACKS:
        return f"{_name(trial)} is not available on {trial.own_stack}: {ending}"
    return f"the clean run of {_name(trial)} fails: {ending}"


def plan_campaign(request: RunRequest, store: Store) -> PlannedCampaign:
    """Choose stacks, put every bug into every program, and plan the trials.

    Raises:
        DebugdiffError: its stacks and modes leave no trial.
        StackError: no stack for any of the implementations, or one asked for by name is missing.
        BugError: a bug itself is broken.
    """
    stacks = choose_stacks(request)
    choice = _choice(request, stacks)
    require_trials(request, [choice.kind(name) for name in stacks.versions])
    injections = inject_all(request.implementations, request.bugs, store)
    programs = tuple(
        PlannedProgram(
            case=case,
            implementation=each,
            injections=injections[each.key],
            trees=plan(case, each, _mutants(injections[each.key]), choice),
            obstacles=_obstacles(each, choice, stacks),
        )
        for case in request.cases
        for each in case.implementations
        if each.key in injections
    )
    if request.shard is not None:
        programs = cut(programs, request.shard)
    return PlannedCampaign(request=request, stacks=stacks, choice=choice, programs=programs)


def _mutants(injections: Mapping[str, Injection]) -> list[Mutant]:
    return [each for each in injections.values() if isinstance(each, Mutant)]


def _choice(request: RunRequest, stacks: Stacks) -> Choice:
    missing: dict[str, Mapping[str, str]] = {stack: {} for stack in stacks.missing}
    return Choice(
        versions={**stacks.versions, **missing},
        interpreters=request.interpreters,
        modes=request.modes or (Mode.DEFAULT,),
        size=request.size,
        seeds=request.seeds,
        seconds=request.seconds,
        memory=request.memory,
        instruments=request.instruments or USUAL_INSTRUMENTS,
        known=request.elsewhere.trials if request.elsewhere else {},
        rows_by_seed=request.rows_by_seed,
    )


def _obstacles(implementation: Implementation, choice: Choice, stacks: Stacks) -> dict[str, str]:
    reasons = {
        stack: unavailable_reason(implementation, choice.kind(stack))
        or (missing_reason(stack) if stack in stacks.missing else "")
        for stack in choice.versions
    }
    return {stack: reason for stack, reason in reasons.items() if reason}
