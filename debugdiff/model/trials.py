"""One planned execution of a program, and the job that a worker gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from debugdiff.model.programs import Framework, Mode, Size, Stack, Style, Training

PROBE_VERSION = 3
"""Part of every trial id: raise it when the worker records something else than before."""

ROWS_NOT_ORDERED = "The order of the training rows does not depend on the seed."
"""Noted in the record of a trial whose data have no rows that could be put in order."""


class Instrument(StrEnum):
    """What watches a trial. Exceptions, traces and stages come from `none` alone.

    `depth` traces the lines of a crash again; it watches only where it was asked for.
    """

    NONE = "none"
    LAYERS = "layers"
    STATEMENTS = "statements"
    DEPTH = "depth"


class Sandbox(StrEnum):
    """What a program is kept from.

    `write`: as far as the kernel can do it, changing files that are not its own, the variables of
    the environment that may hold secrets, TCP, and signals to processes that are not its own.
    `strict`: reading the user's files, too, and every other way to a network.
    """

    OFF = "off"
    WRITE = "write"
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one trial may use.

    Attributes:
        seconds: that the program and all that it started may compute or wait, imports of the
            framework not counted; of a script, wall time.
        memory: address space of the child; 0 means no limit.
        output: characters kept of each of stdout and stderr.
    """

    seconds: float = 60.0
    memory: int = 8 * 2**30
    output: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeChoice:
    """What the layer probes of a script read; by default what they read of every trial.

    Attributes:
        steps: only the first so many optimizer steps; `None`: of all.
        every: only every so many-th step, the first one included; `None`: every step of the first
            64, every 16th from then on.
        sites: globs of the sites that are read (`encoder.*`); empty: all. The loss is always read.
        digests: whether the exact bytes of each tensor are hashed, to compare runs.
    """

    steps: int | None = None
    every: int | None = None
    sites: tuple[str, ...] = ()
    digests: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a program runs under: all that a run with a bug and the clean run beside it share.

    Attributes:
        own_stack: the stack by the name that the user gave it; empty: debugdiff's own of its kind.
    """

    case: str
    implementation: str
    stack: Stack
    mode: Mode
    seed: int
    own_stack: str = ""

    @property
    def stack_name(self) -> str:
        """What the stack is called."""
        return self.own_stack or self.stack

    @property
    def over_seeds(self) -> Condition:
        """The one condition that stands for this one with any seed."""
        return replace(self, seed=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One planned execution. The id is a hash of everything that decides its outcome.

    `folder` is the case's, so that a stored trial finds its program again. For `own_stack` see
    `Condition`.
    """

    id: str
    case: str
    folder: str
    implementation: str
    framework: Framework
    style: Style
    training: Training
    stack: Stack
    mode: Mode
    instrument: Instrument
    bug: str | None
    seed: int
    size: Size
    budget: Budget
    own_stack: str = ""

    @property
    def condition(self) -> Condition:
        """What the trial shares with the clean run beside it."""
        return Condition(
            case=self.case,
            implementation=self.implementation,
            stack=self.stack,
            mode=self.mode,
            seed=self.seed,
            own_stack=self.own_stack,
        )

    @property
    def stack_name(self) -> str:
        """What the stack is called."""
        return self.own_stack or self.stack


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSite:
    """A place where a statement probe was put: an assignment in the user's code."""

    line: int
    name: str
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker gets. Everything in it is plain data.

    Attributes:
        case_folder: the real folder; captured text has the working folder mapped back to it.
        files: Python files to write into the working folder, relative name to text; one of them
            holds the mutant's or the instrumented text.
        program: which of `files` runs.
        module: its name, if it runs as `python -m` would run it.
        contract: whether it has `main(seed, size)`; else it runs as `__main__` with `arguments`.
        watched, watch: the file, and lines of it, whose first execution is reported with its
            step (D2).
        statements: per statement probe id, the line and the name that it records.
        choice: what the layer probes read.
        post_mortem: whether a crash is opened up: what the failing expressions held.
        keep: a folder that the tensors which they read go into; empty: statistics alone are kept.
        writable: folders and files beside the trial's own that the program may change in a sandbox.
        readable: the same for reading, where that is kept from programs.
        network: whether it may use TCP there.
        compiled: a name for what compilers make of the program's code; runs of one program share
            it. Empty: each compiles anew.
        leaves_compiled: whether this run is the one that leaves it to the others.
        own_stack: see `Condition`.
        rows_by_seed: whether the training rows come in an order that the seed decides.
        bare: whether the program finds no framework imported, seeded, or held to one thread; to be
            run in a cold process.
    """

    id: str
    case_folder: str
    files: Mapping[str, str]
    program: str
    stack: Stack
    mode: Mode
    instrument: Instrument
    seed: int
    size: Size
    budget: Budget
    module: str = ""
    contract: bool = True
    arguments: tuple[str, ...] = ()
    watched: str = ""
    watch: tuple[int, ...] = ()
    statements: Mapping[str, StatementSite] = field(default_factory=dict)
    choice: ProbeChoice = field(default_factory=ProbeChoice)
    post_mortem: bool = False
    keep: str = ""
    writable: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    network: bool = False
    compiled: str = ""
    leaves_compiled: bool = False
    rows_by_seed: bool = False
    bare: bool = False
    own_stack: str = ""

    @property
    def stack_name(self) -> str:
        """What the stack is called."""
        return self.own_stack or self.stack
