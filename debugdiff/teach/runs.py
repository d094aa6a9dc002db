"""The runs that the judge compares: which program, on which data, with which seed and weights.

Programs run on the warm hosts of the trials, as everything else does. What is kept from the learner
is another seed, fewer rows than the size has, and their order: the data module of the run gets a
few lines at its end that draw both.
"""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff import __version__, corpora
from debugdiff.errors import DebugdiffError, StoreError
from debugdiff.execute import stack_versions
from debugdiff.execute.pool import Pool
from debugdiff.files import digest, source_digest
from debugdiff.model import (
    PROBE_VERSION,
    Budget,
    Instrument,
    Job,
    Mode,
    Record,
    Sandbox,
    Size,
    Stack,
    WorkerEnd,
)
from debugdiff.run_diff import Recorded, Tensors
from debugdiff.store import Store
from debugdiff.teach.added_lines import watching_for, with_other_rows
from debugdiff.teach.model import PROGRAM
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Self

    from debugdiff.teach.model import Exercise

HIDDEN_SEEDS = (1_000_003, 2_000_003)
"""Added to the exercise's own seed."""

_DRIVER = "__debugdiff_shared__.py"
_DRIVER_SOURCE = (
    "from debugdiff.worker.parity.shared_weights import run\n\n__debugdiff_result__ = run()\n"
)
_SIZE_FACTOR = {Size.TINY: 1, Size.SMALL: 5, Size.FULL: 60}
_PATIENCE_FACTOR, _PATIENCE_SECONDS = 10, 10.0
"""What has run for this long beside the healthy program does not end: the rule of `plan`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution that a healthy program and a learner's are compared in.

    Attributes:
        hidden: whether the rows differ from those that a learner sees; then the size is `tiny`.
        keep: whether the tensors are kept beside their statistics.
        weights: whether it begins from the healthy program's weights, with every random stream
            started again after them.
        swallowed: the name of an exception that is watched for, in the program's own lines.
    """

    seed: int
    size: Size
    hidden: bool = False
    instrument: Instrument = Instrument.NONE
    keep: bool = False
    weights: bool = False
    swallowed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnableProgram:
    """What is run: all its Python files, and what the run depends on beside them.

    Attributes:
        holders: layer of the healthy program -> the same layer of this one, for weights.
        seconds: what one run may take; `None`: the case's budget.
    """

    exercise: Exercise
    files: Mapping[str, str]
    holders: Mapping[str, str] | None = None
    seconds: float | None = None


def public_run(exercise: Exercise) -> Run:
    """The run that a learner sees."""
    return Run(seed=exercise.seed, size=exercise.size)


def hidden_run(exercise: Exercise, number: int = 0, *, weights: bool = False) -> Run:
    """A run with probes that a learner does not see."""
    return Run(
        seed=exercise.seed + HIDDEN_SEEDS[number],
        size=Size.TINY,
        hidden=True,
        instrument=Instrument.LAYERS,
        keep=weights,
        weights=weights,
    )


def healthy_program(exercise: Exercise) -> RunnableProgram:
    """The program without its bug."""
    files = {**exercise.case.helpers, PROGRAM: exercise.implementation.source}
    return RunnableProgram(exercise=exercise, files=files)


def broken_program(exercise: Exercise) -> RunnableProgram:
    """The program as it was given to the learner."""
    return RunnableProgram(exercise=exercise, files=exercise.given)


def not_here(what: str) -> DebugdiffError:
    """What is said where an exercise that was given out has no answer with it."""
    return DebugdiffError(
        f"This exercise was handed out without its answer: it cannot be {what} here.",
        hint="Hand it in: your teacher's debugdiff has the answer.",
        slug="handed-out",
    )


def patience(healthy: Record, exercise: Exercise, size: Size) -> float:
    """How long a learner's program may take, in seconds."""
    limit = exercise.case.budget * _SIZE_FACTOR[size]
    return min(limit, _PATIENCE_SECONDS + _PATIENCE_FACTOR * healthy.counted_seconds)


class Runner:
    """Executes runs on warm hosts, and remembers those of programs that do not change.

    To be used with `with`.

    Args:
        slots: how many runs go on at once.
        pool: hosts to share, in place of ones of its own.
        cache: a file that keeps records of programs that do not change; it may be lost.
        sandbox: what programs are kept from on hosts of its own.
    """

    def __init__(
        self,
        *,
        slots: int = 2,
        pool: Pool | None = None,
        cache: Path | None = None,
        sandbox: Sandbox = Sandbox.WRITE,
    ) -> None:
        self._own = None if pool is not None else Pool(slots=slots, sandbox=sandbox)
        self._cache = cache
        self._pool = pool
        self._known: dict[str, Recorded] = {}
        self._given: set[str] = set()
        self._kept: dict[str, Path] = {}
        self._count = 0
        self._temporary = ExitStack()

    def __enter__(self) -> Self:
        if self._own is not None:
            self._pool = self._own.__enter__()
        self._folder = self._temporary.enter_context(temporary_folder())
        return self

    def __exit__(self, *details: object) -> None:
        self._temporary.close()
        if self._own is not None:
            self._own.__exit__(*details)

    def run(
        self,
        *pairs: tuple[RunnableProgram, Run],
        listener: Callable[[Run, Record], None] | None = None,
    ) -> list[Recorded]:
        """Execute several runs side by side, those of healthy and broken programs only once.

        The listener gets each record that was not known as soon as it is there.
        """
        keys = [_key(program, run) for program, run in pairs]
        self._know_references(pairs)
        self._recall(dict(zip(keys, pairs, strict=True)))
        missing = {
            key: pair for key, pair in zip(keys, pairs, strict=True) if key not in self._known
        }
        self._tell_weights([pair for pair in missing.values() if pair[1].weights])
        jobs = [self._job(key, *pair) for key, pair in missing.items()]
        runs = {key: run for key, (_, run) in missing.items()}
        self._execute(jobs, lambda key, record: listener and listener(runs[key], record))
        self._remember(missing)
        self._given.update(
            key for key, (program, _) in zip(keys, pairs, strict=True) if _is_given(program)
        )
        return [self._known[key] for key in keys]

    def start_over(self) -> None:
        """Forget the runs of learners' programs: the next one is another."""
        for key in self._known.keys() - self._given:
            shutil.rmtree(self._kept.pop(key, self._folder / "none"), ignore_errors=True)
            del self._known[key]

    # --- remembering ---------------------------------------------------------------------------

    def _know_references(self, pairs: Iterable[tuple[RunnableProgram, Run]]) -> None:
        """Take the runs of a healthy program that was not given out from what was.

        Raises:
            DebugdiffError: `handed-out` for another run of such a program.
        """
        for program, run in pairs:
            exercise = program.exercise
            reference = exercise.reference
            if reference is None or program.files != healthy_program(exercise).files:
                continue
            known = {public_run(exercise): reference.public, hidden_run(exercise): reference.hidden}
            if run not in known:
                raise not_here("compared with the healthy program")
            recorded = Recorded(
                record=known[run], tensors=Tensors(self._folder / "none"), stack=exercise.stack
            )
            self._known[_key(program, run)] = recorded

    def _recall(self, pairs: Mapping[str, tuple[RunnableProgram, Run]]) -> None:
        """Take records of healthy and broken programs from the cache, as far as it has them."""
        for key, (program, run) in pairs.items():
            if key not in self._known and self._is_kept(program, run):
                record = self._cached(program, key, None)
                if record is not None:
                    tensors = Tensors(self._folder / "none")
                    stack = program.exercise.stack
                    self._known[key] = Recorded(record=record, tensors=tensors, stack=stack)

    def _remember(self, pairs: Mapping[str, tuple[RunnableProgram, Run]]) -> None:
        for key, (program, run) in pairs.items():
            record = self._known[key].record
            if self._is_kept(program, run) and record.worker is WorkerEnd.FINISHED:
                self._cached(program, key, record)

    def _is_kept(self, program: RunnableProgram, run: Run) -> bool:
        return self._cache is not None and not run.keep and not run.weights and _is_given(program)

    def _cached(self, program: RunnableProgram, key: str, record: Record | None) -> Record | None:
        """Read a record from the cache, or write one there. A cache that fails is none."""
        assert self._cache is not None
        known = versions_of(program.exercise)
        try:
            with Store(self._cache) as store:
                return store.cached(Record, f"teach {known} {key}", lambda: _present(record))
        except (LookupError, StoreError):
            return None

    # --- executing -----------------------------------------------------------------------------

    def _execute(
        self, jobs: Sequence[Job], tell: Callable[[str, Record], object] = lambda *_: None
    ) -> None:
        assert self._pool is not None
        by_id = {job.id: job for job in jobs}

        def arrived(record: Record) -> None:
            job = by_id[record.trial]
            if job.keep:
                self._kept[record.trial] = Path(job.keep)
            tensors = Tensors(Path(job.keep or self._folder / "none"))
            self._known[record.trial] = Recorded(record=record, tensors=tensors, stack=job.stack)
            tell(record.trial, record)

        self._pool.run(jobs, arrived)

    def _job(self, key: str, program: RunnableProgram, run: Run) -> Job:
        exercise = program.exercise
        files = dict(program.files)
        if run.hidden:
            files.update(with_other_rows(exercise.case.helpers, run.seed))
        if run.swallowed:
            files[PROGRAM] += watching_for(run.swallowed)
        limit = exercise.case.budget * _SIZE_FACTOR[run.size]
        plain = Job(
            id=key,
            case_folder=str(exercise.case.folder),
            files=files,
            program=PROGRAM,
            stack=exercise.stack,
            mode=Mode.DEFAULT,
            instrument=run.instrument,
            seed=run.seed,
            size=run.size,
            budget=Budget(seconds=program.seconds or limit),
            contract=True,
            post_mortem=run.instrument is Instrument.NONE,
            keep=self._new_folder() if run.keep else "",
            network=exercise.case.network,
        )
        if not run.weights:
            return plain
        return self._with_weights(plain, program, run, reference=False)

    def _new_folder(self) -> str:
        self._count += 1
        folder = self._folder / f"tensors-{self._count}"
        folder.mkdir()
        return str(folder)

    # --- weights -------------------------------------------------------------------------------

    def _tell_weights(self, pairs: Iterable[tuple[RunnableProgram, Run]]) -> None:
        """Have healthy programs write down the weights that others are to begin with."""
        jobs = {}
        for program, run in pairs:
            path = self._weights(program.exercise, run)
            if not path.exists():
                healthy = replace(healthy_program(program.exercise), holders=program.holders)
                key = path.parent.name
                plain = replace(self._job(key, healthy, replace(run, weights=False, keep=False)))
                bare = replace(plain, instrument=Instrument.NONE, id=key)
                jobs[key] = self._with_weights(bare, healthy, run, reference=True)
        if jobs:
            self._execute(list(jobs.values()))

    def _weights(self, exercise: Exercise, run: Run) -> Path:
        folder = f"weights-{exercise.id}-{run.seed}-{run.size}-{run.hidden}"
        return self._folder / folder / "weights.npz"

    def _with_weights(
        self, plain: Job, program: RunnableProgram, run: Run, *, reference: bool
    ) -> Job:
        holders = program.holders or {}
        task = Path(self._new_folder())
        weights = self._weights(program.exercise, run)
        weights.parent.mkdir(exist_ok=True)
        facts = {
            "program": PROGRAM,
            "framework": program.exercise.framework,
            "holders": {layer: layer for layer in holders} if reference else dict(holders),
            "seed": run.seed,
            "size": run.size,
            "weights": str(weights),
            "reference": reference,
            "reseed": True,
            "complete": True,
        }
        (task / "task.json").write_text(json.dumps(facts), encoding="utf-8")
        return replace(
            plain,
            files={**plain.files, _DRIVER: _DRIVER_SOURCE},
            program=_DRIVER,
            contract=False,
            arguments=(str(task),),
            writable=(str(weights.parent),) if reference else (),
            readable=(str(task), str(weights.parent)),
            post_mortem=False,
        )


def _present(record: Record | None) -> Record:
    if record is None:
        raise LookupError
    return record


@cache
def _identity_of(stack: Stack, names: tuple[str, ...]) -> str:
    """Of what records depend on beside a program: versions, probes, corpora."""
    versions = sorted((stack_versions(stack) or {}).items())
    data = (source_digest(corpora), *(repr(corpora.describe(name)) for name in names))
    return digest(repr((__version__, PROBE_VERSION, versions, data)))[:16]


def versions_of(exercise: Exercise) -> str:
    """A hash of what a run depends on beside the program: versions, probes, corpora."""
    return _identity_of(exercise.stack, exercise.case.corpora)


def _is_given(program: RunnableProgram) -> bool:
    """Whether a program is not a learner's."""
    exercise = program.exercise
    return program.files in (healthy_program(exercise).files, exercise.given)


def _key(program: RunnableProgram, run: Run) -> str:
    """All that decides what comes of a run."""
    files = [part for name, text in sorted(program.files.items()) for part in (name, text)]
    exercise = program.exercise
    facts = (exercise.id, exercise.stack, run, sorted((program.holders or {}).items()))
    return digest(repr(facts), *files)
