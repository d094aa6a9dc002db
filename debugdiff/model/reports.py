"""Everything that a renderer may show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from debugdiff.model.attempts import Attempt, ProgramReport, ProgramRun
from debugdiff.model.bugs import Bug
from debugdiff.model.cases import Case
from debugdiff.model.comparisons import Aid, Comparison, Contrast, Standing
from debugdiff.model.programs import Stack
from debugdiff.model.records import Confinement, TrialResult, confinements
from debugdiff.model.scores import Index


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedStack:
    """What a stack of a report consists of.

    Attributes:
        kind: its framework and back end.
        versions: of Python and of the stack's packages.
        lock: every package of an environment that debugdiff made, such as `keras==3.10.0`.
    """

    kind: Stack
    versions: Mapping[str, str]
    lock: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the figures were measured with.

    Attributes:
        versions: of all stacks; of a package that they have in several versions, all of them.
        stacks: each stack by its name.
        data: per corpus, the package that its text came from.
        stand_ins: corpora whose data package is not installed, so that generated text was used.
    """

    debugdiff: str
    python: str
    platform: str
    cpu_count: int
    versions: Mapping[str, str]
    data: Mapping[str, str]
    stand_ins: tuple[str, ...] = ()
    stacks: Mapping[str, UsedStack] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a renderer may show. Renderers compute nothing but layout.

    Attributes:
        cases: as they were asked for, with programs that a filter left out.
        programs: what was measured, program by program, in the order of the cases.
        not_run: trials that could not be executed, as trial id to reason.
        seconds: wall time of the command's executing part.
        damaged: rows of the store that cannot be read and were left out.
    """

    environment: Environment
    cases: tuple[Case, ...]
    bugs: tuple[Bug, ...]
    programs: tuple[ProgramReport, ...] = ()
    indices: tuple[Index, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    standings: tuple[Standing, ...] = ()
    contrasts: tuple[Contrast, ...] = ()
    aids: tuple[Aid, ...] = ()
    not_run: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    damaged: int = 0

    def programs_of(self, case: str) -> tuple[ProgramReport, ...]:
        """The programs of one case."""
        return tuple(each for each in self.programs if each.case.name == case)

    @property
    def runs(self) -> tuple[ProgramRun, ...]:
        """Every clean run."""
        return tuple(run for program in self.programs for run in program.runs)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every bug in every program under every condition."""
        return tuple(attempt for program in self.programs for attempt in program.attempts)

    @property
    def results(self) -> tuple[TrialResult, ...]:
        """Every trial: of a program its clean runs first, then its attempts."""
        return tuple(
            result
            for program in self.programs
            for run in (*program.runs, *program.attempts)
            for result in run.trials.values()
        )

    @property
    def confinements(self) -> tuple[Confinement, ...]:
        """The sandboxes that the trials ran in."""
        return confinements(self.results)
