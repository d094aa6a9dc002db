"""The processes that `debugdiff speed` times: which are missing, and one after the other."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.machine_load import require_quiet
from debugdiff.execute.pool import execute
from debugdiff.model import (
    Budget,
    Instrument,
    Job,
    Mode,
    ProgramEnd,
    Sandbox,
    Size,
    SpeedReading,
    SpeedRun,
    Trial,
    TrialResult,
    Way,
)
from debugdiff.parity.checking import STACKS
from debugdiff.records import read
from debugdiff.speed import Arm, Turn, turns_of
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from debugdiff.campaign.machine_load import LoadReader
    from debugdiff.campaign.request import Progress
    from debugdiff.campaign.speed_file import SpeedFile
    from debugdiff.model import Case, Interpreter, Record

_DRIVER = "__debugdiff_speed__.py"
_DRIVER_SOURCE = (
    "from debugdiff.worker.speed.timed_program import run\n\n__debugdiff_result__ = run()\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedRequest:
    """What to time, and how.

    Attributes:
        file: where every process is kept; runs that are there are not run again.
        store: where the answers of parity checks are kept.
        ways: which arms; empty: all. PyTorch eager is always among them.
        batch_sizes: 0 stands for the programs' own.
        processes: per arm.
        steps: updates after which training is stopped; 0: none, it goes to its end.
        warm_up: updates that are no steady ones.
        cores: processors to stay on.
        seconds: wall time of one process; far more than any should take.
        anyway: also on a busy machine.
    """

    cases: tuple[Case, ...]
    file: Path
    store: Path
    ways: tuple[Way, ...] = ()
    batch_sizes: tuple[int, ...] = (0,)
    size: Size = Size.SMALL
    processes: int = 12
    steps: int = 200
    warm_up: int = 20
    cores: tuple[int, ...] = ()
    seconds: float = 3600.0
    anyway: bool = False
    interpreters: Mapping[str, Interpreter] = field(default_factory=dict)
    sandbox: Sandbox = Sandbox.WRITE


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """A case with one batch size: its arms, and the key of each arm's runs."""

    case: Case
    batch_size: int
    size: Size
    keys: Mapping[tuple[str, Way], str]
    arms: tuple[Arm, ...]
    absent: Mapping[Way, str]
    processes: int

    def key(self, arm: Arm) -> str:
        return self.keys[arm.implementation.name, arm.way]

    def known(self, file: SpeedFile) -> list[SpeedRun]:
        keys = set(self.keys.values())
        return [run for run in file.runs if run.key in keys and run.round < self.processes]


@dataclass(slots=True, kw_only=True)
class TimedRuns:
    """Processes one after the other; the machine is looked at before each round."""

    request: SpeedRequest
    file: SpeedFile
    progress: Progress
    load: LoadReader
    not_measured: list[str] = field(default_factory=list)

    def carry_out(self, series: Sequence[Series]) -> tuple[str, ...]:
        todo = {each: self._missing(each) for each in series}
        planned = sum(len(turns_of(each.arms, each.processes)) for each in series)
        total = sum(map(len, todo.values()))
        self.progress.start(total=total, reused=planned - total)
        for each, turns in todo.items():
            self._carry_out(each, turns)
        return tuple(self.not_measured)

    def _missing(self, series: Series) -> list[Turn]:
        """Turns without a run. An arm that has failed once is not tried again."""
        runs = series.known(self.file)
        done = {(run.key, run.round) for run in runs}
        failed = {run.key for run in runs if run.problem}
        return [
            turn
            for turn in turns_of(series.arms, series.processes)
            if (series.key(turn.arm), turn.round) not in done and series.key(turn.arm) not in failed
        ]

    def _carry_out(self, series: Series, turns: Sequence[Turn]) -> None:
        rounds: dict[int, list[Turn]] = defaultdict(list)
        for turn in turns:
            rounds[turn.round].append(turn)
        given_up: set[str] = set()
        for mine in rounds.values():
            busy = self.load()
            if not self.request.anyway:
                require_quiet(busy)
            for turn in mine:
                if series.key(turn.arm) in given_up:
                    self.progress.skip(1)
                elif not self._run(series, turn, busy):
                    given_up.add(series.key(turn.arm))

    def _run(self, series: Series, turn: Turn, busy: float) -> bool:
        """Whether the arm ran through; a failure of the program itself is kept as a result."""
        run, record = _timed(self.request, series, turn)
        trial = _trial(self.request, series, turn)
        self.progress.advance(TrialResult(trial=trial, record=record))
        label = f"{series.case.name}, {turn.arm.way}"
        if run.problem and record.program is not ProgramEnd.RAISED:
            self.not_measured.append(f"{label}: {run.problem}")
            return False
        if run.problem:
            self.progress.message(f"{label} is not available: {run.problem}.")
        self.file.add(replace(run, busy=busy))
        return not run.problem


def _trial(request: SpeedRequest, series: Series, turn: Turn) -> Trial:
    """What the progress says of a process."""
    program = turn.arm.implementation
    return Trial(
        id=series.key(turn.arm),
        case=series.case.name,
        folder=str(series.case.folder),
        implementation=program.name,
        framework=program.framework,
        style=program.style,
        training=program.training,
        stack=STACKS[program.framework],
        mode=Mode.COMPILED if turn.arm.way is Way.COMPILED else Mode.DEFAULT,
        instrument=Instrument.NONE,
        bug=None,
        seed=0,
        size=request.size,
        budget=Budget(seconds=request.seconds),
    )


def _timed(request: SpeedRequest, series: Series, turn: Turn) -> tuple[SpeedRun, Record]:
    """One process, and nothing else of ours beside it."""
    records: list[Record] = []
    with temporary_folder() as task:
        execute(
            [_job(request, series, turn, task)],
            slots=1,
            on_record=records.append,
            interpreters=request.interpreters,
            warm=False,
            sandbox=request.sandbox,
        )
        (record,) = records
        reading, problem = _reading(task, record)
    arm = turn.arm
    run = SpeedRun(
        key=series.key(arm),
        case=series.case.name,
        implementation=arm.implementation.name,
        way=arm.way,
        size=request.size,
        batch_size=series.batch_size,
        round=turn.round,
        busy=0.0,
        peak_memory=record.peak_memory,
        metrics=record.metrics,
        reading=reading,
        problem=problem,
    )
    return run, record


def _reading(task: Path, record: Record) -> tuple[SpeedReading | None, str]:
    if record.program not in {ProgramEnd.OK, ProgramEnd.NON_FINITE}:
        return None, _problem(record)
    try:
        text = (task / "speed.json").read_text(encoding="utf-8")
        return read(SpeedReading, text), ""
    except (OSError, ValueError):
        return None, "it left no times"


def _problem(record: Record) -> str:
    """How a program ended, as a clause; what the clocks say of it themselves, without a name."""
    if record.failure and record.failure.type.endswith(".NotTimedError"):
        return record.failure.message
    return record.ending.rstrip(".")


def _job(request: SpeedRequest, series: Series, turn: Turn, task: Path) -> Job:
    case, arm = series.case, turn.arm
    name = arm.implementation.path.name
    facts = {
        "program": name,
        "way": arm.way,
        "seed": 0,
        "size": request.size,
        "batch_size": series.batch_size,
        "most_steps": request.steps,
        "warm_up": request.warm_up,
        "cores": list(request.cores),
    }
    (task / "task.json").write_text(json.dumps(facts), encoding="utf-8")
    return Job(
        id=str(task),
        case_folder=str(case.folder),
        files={**case.helpers, name: arm.implementation.source, _DRIVER: _DRIVER_SOURCE},
        program=_DRIVER,
        stack=STACKS[arm.implementation.framework],
        mode=Mode.DEFAULT,
        instrument=Instrument.NONE,
        seed=0,
        size=request.size,
        budget=Budget(seconds=request.seconds),
        contract=False,
        arguments=(str(task),),
        writable=(str(task),),
        network=case.network,
        bare=True,
    )
