"""All that came out of one execution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from debugdiff.model.failures import Failure, Frame, PostMortem
from debugdiff.model.programs import Mode, Stack
from debugdiff.model.trials import Sandbox, Trial
from debugdiff.model.values import Setting, SitePlace, StatementValues, ValueStatistics


class Stage(StrEnum):
    """Where a program stood, in the order in which a program gets there."""

    IMPORT = "import"
    BUILD = "build"
    COMPILE = "compile"
    FORWARD = "forward"
    LOSS = "loss"
    BACKWARD = "backward"
    UPDATE = "update"
    TRAINING = "training"
    EVALUATION = "evaluation"
    DONE = "done"


ENDLESS_FACTOR = 10
"""Beside its clean run: see `Record.outlasts`."""


class WorkerEnd(StrEnum):
    """How the process that ran the program ended."""

    FINISHED = "finished"
    TIMEOUT = "timeout"
    SIGNALLED = "signalled"
    OUT_OF_MEMORY = "out-of-memory"
    UNREADABLE = "unreadable"
    NOT_STARTED = "not-started"


class ProgramEnd(StrEnum):
    """What the program itself did; `unknown` when its process ended before it could say."""

    OK = "ok"
    RAISED = "raised"
    NON_FINITE = "non-finite"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedWarning:
    """A warning of the run: a Python warning, or a line that a framework logged as one."""

    category: str
    message: str
    file: str
    line: int
    stage: Stage
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much of the framework lay between the user's call and the exception.

    Attributes:
        lines: of framework files, that ran after the last line of the user's innermost frame.
        frames: of the framework, on the stack when the exception was raised.
    """

    lines: int
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """All that came out of a trial.

    Attributes:
        stage: where the program stood when it ended (`done` if it ran through).
        step: optimizer steps finished by then.
        steps: optimizer steps of the whole run.
        watched_step: the step during which a watched line first ran; `None` if none was asked for
            or it never ran.
        stuck: for a timeout, the frames where the program was at its time limit.
        metrics: what `main` returned; a value that is not finite is `None`, see `non_finite`.
        non_finite: where NaN or infinity showed itself without help: names of metrics.
        seconds: wall time of the program itself, framework import apart.
        processor_seconds: that it and all that it started computed.
        waited_seconds: in which none of them would have computed, had a processor been free.
        peak_memory: peak resident set of the child, bytes.
        versions: of interpreter, framework, back end and NumPy.
        note: a sentence on how the worker ended, where there is something to say.
        places: where the sites of `values` stand in the source, in the order of their first call.
        post_mortem: what a crashed program held; only where the job asked for it.
        depth: of a crash under the instrument `depth`.
        sandbox: the level that it ran under; `None` where nobody wrote it down.
        stopped: what the sandbox kept the program from, as phrases.
        loaded: of a script, path to name of the user's files that it had loaded, the main one
            first; the name is the one that imports look for.
        host: the name of the machine that it ran on, if that was not the campaign's own.
    """

    trial: str
    worker: WorkerEnd
    program: ProgramEnd
    stage: Stage
    step: int
    steps: int
    seconds: float
    peak_memory: int
    versions: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    warnings: tuple[CapturedWarning, ...] = ()
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    non_finite: tuple[str, ...] = ()
    stdout: str = ""
    stderr: str = ""
    watched_step: int | None = None
    stuck: tuple[Frame, ...] = ()
    values: tuple[ValueStatistics, ...] = ()
    statements: tuple[StatementValues, ...] = ()
    settings: tuple[Setting, ...] = ()
    note: str = ""
    places: tuple[SitePlace, ...] = ()
    post_mortem: PostMortem | None = None
    depth: Depth | None = None
    sandbox: Sandbox | None = None
    stopped: tuple[str, ...] = ()
    loaded: Mapping[str, str] = field(default_factory=dict)
    processor_seconds: float = 0.0
    waited_seconds: float = 0.0
    host: str = ""

    @property
    def counted_seconds(self) -> float:
        """What counts towards its limit, however busy the machine is; of old records wall time."""
        return self.processor_seconds + self.waited_seconds or self.seconds

    @property
    def outcome(self) -> tuple[object, ...]:
        """How it ended and what it measured: what is the same whenever the trial runs again.

        Times, memory and printed text are left out; where a program that never ends was stopped as
        well.
        """
        endless = self.worker is WorkerEnd.TIMEOUT
        place = (None, None) if endless else (self.stage, self.step)
        failure = self.failure.type if self.failure else ""
        return (self.worker, self.program, *place, failure, dict(self.metrics))

    def outlasts(self, clean: Record) -> bool:
        """Whether it took so much longer than its clean run that it will not end.

        Mutation testing's rule of a factor (PIT: `timeoutFactor`). Of the catalogue's programs
        that do end, the slowest takes 6.3 times its clean run. Of two machines nobody knows.
        """
        return (
            self.host == clean.host
            and self.counted_seconds >= ENDLESS_FACTOR * clean.counted_seconds
        )

    @property
    def ending(self) -> str:
        """How the trial ended, as a clause: the exception, else what the worker says of the end.

        Of an exception's message the first line. A program that leaves by `SystemExit`, as
        `argparse` does, says why in the last line on stderr.
        """
        if self.failure is None:
            return self.note or f"{self.worker}, {self.program}"
        if self.failure.type == "SystemExit" and self.stderr.strip():
            said = self.stderr.strip().splitlines()[-1]
        else:
            said = next(iter(self.failure.message.strip().splitlines()), "")
        return f"{self.failure.type}: {said}".rstrip(": ")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """A trial with its record; `reused` when the record was there before this command."""

    trial: Trial
    record: Record
    reused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """How many trials ran in one sandbox; see `Record` for its fields."""

    sandbox: Sandbox | None
    stopped: tuple[str, ...]
    trials: int


def confinements(results: Iterable[TrialResult]) -> tuple[Confinement, ...]:
    """The sandboxes that trials ran in, the most usual first."""
    counts = Counter((each.record.sandbox, each.record.stopped) for each in results)
    return tuple(
        Confinement(sandbox=sandbox, stopped=stopped, trials=trials)
        for (sandbox, stopped), trials in counts.most_common()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptRun:
    """One run of a script of a user's own.

    Attributes:
        path: the script, absolute.
        stack: what it ran on; `None` if it loaded neither PyTorch nor Keras.
        exit_status: of the script's process: negative for a signal; `None` if it timed out.
        record: the same as of a trial; the files in it are the user's own.
    """

    path: Path
    arguments: tuple[str, ...]
    stack: Stack | None
    mode: Mode
    exit_status: int | None
    record: Record
