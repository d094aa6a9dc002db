"""What a caller asks for, and how it is told about the progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from debugdiff.model import (
    Bug,
    Case,
    Condition,
    Environment,
    Framework,
    Implementation,
    Instrument,
    Interpreter,
    Mode,
    Sandbox,
    Size,
    Style,
    TrialResult,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from debugdiff.campaign.sharding import Shard
    from debugdiff.cluster import Cluster


TrialName = tuple[Condition, str | None, Instrument]
"""What tells the trials of one campaign apart: condition, bug (`None` for none), instrument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What is known of a campaign that another machine measured, in the place of this one.

    Attributes:
        versions: of each stack, by its name; none has to be installed here.
        trials: the ids of its records.
        environment: what its figures were measured with.
    """

    versions: Mapping[str, Mapping[str, str]]
    trials: Mapping[TrialName, str]
    environment: Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """One campaign. An empty tuple means the default choice, `None` the case's own budget.

    Attributes:
        jobs: trials in flight at a time.
        instruments: what may watch beside `none`, which every program is run with; by default
            layer and statement probes.
        seconds, memory: override the budget of every trial; memory in bytes, 0 for no limit.
        fresh: run also what has a record.
        stacks: by their names; a name that is not a kind of stack has an interpreter.
        interpreters: another Python for a stack, by its name; the others run in this one.
        warm: fork trials from a host that has imported the framework; else one process per trial.
        sandbox: what programs are kept from.
        shard: which part of the campaign is meant; by default all of it.
        cluster: the machines that run it; by default this one. They decide how many trials run at
            once.
        rows_by_seed: whether a seed decides the order of the training rows, too; otherwise it
            decides the initial weights and the noise alone.
        elsewhere: where it was measured, if that was not here; then nothing is run.
    """

    cases: tuple[Case, ...]
    bugs: tuple[Bug, ...]
    store: Path
    frameworks: tuple[Framework, ...] = ()
    styles: tuple[Style, ...] = ()
    stacks: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ()
    size: Size = Size.TINY
    seeds: tuple[int, ...] = (0,)
    instruments: tuple[Instrument, ...] = ()
    jobs: int = 2
    seconds: float | None = None
    memory: int | None = None
    fresh: bool = False
    interpreters: Mapping[str, Interpreter] = field(default_factory=dict)
    warm: bool = True
    sandbox: Sandbox = Sandbox.WRITE
    shard: Shard | None = None
    cluster: Cluster | None = None
    rows_by_seed: bool = False
    elsewhere: Elsewhere | None = None

    @property
    def implementations(self) -> tuple[Implementation, ...]:
        """The programs of the cases that the frameworks and styles leave."""
        return tuple(
            implementation
            for case in self.cases
            for implementation in case.implementations
            if not self.frameworks or implementation.framework in self.frameworks
            if not self.styles or implementation.style in self.styles
        )


class Progress(Protocol):
    """How a run tells what it does. Nothing that it is told decides any result."""

    def start(self, total: int, reused: int) -> None:
        """Before the first trial: how many may have to run, how many have a record already."""

    def advance(self, result: TrialResult) -> None:
        """A trial has ended and its record is stored."""

    def skip(self, count: int) -> None:
        """So many of the planned trials need not run after all."""

    def message(self, text: str) -> None:
        """A sentence that the user should read."""


class Silent:
    """A `Progress` that says nothing."""

    def start(self, total: int, reused: int) -> None:
        """Say nothing."""

    def advance(self, result: TrialResult) -> None:
        """Say nothing."""

    def skip(self, count: int) -> None:
        """Say nothing."""

    def message(self, text: str) -> None:
        """Say nothing."""
