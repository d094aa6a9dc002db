"""Cases x bugs x stacks x modes x seeds -> trials, named by all that decides their outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from debugdiff import corpora
from debugdiff.files import digest, source_digest
from debugdiff.model import (
    PROBE_VERSION,
    Budget,
    Case,
    Implementation,
    Instrument,
    Job,
    Mode,
    Mutant,
    ProgramEnd,
    Record,
    Size,
    Stack,
    Trial,
    WorkerEnd,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.model import StatementSite

MODES: Mapping[Stack, tuple[Mode, ...]] = {
    Stack.PYTORCH: (Mode.DEFAULT, Mode.ANOMALY, Mode.COMPILED),
    Stack.KERAS_TENSORFLOW: (Mode.DEFAULT, Mode.EAGER, Mode.UNFILTERED, Mode.CHECK_NUMERICS),
    Stack.KERAS_TORCH: (Mode.DEFAULT, Mode.UNFILTERED),
    Stack.KERAS_JAX: (Mode.DEFAULT, Mode.EAGER, Mode.UNFILTERED),
}
"""The modes that change anything on a stack: PyTorch and Keras on PyTorch are eager already."""

USUAL_INSTRUMENTS = (Instrument.NONE, Instrument.LAYERS, Instrument.STATEMENTS)
"""What watches unless more was asked for."""

DEFAULT_STACKS = (Stack.PYTORCH, Stack.KERAS_TENSORFLOW)

# A case's budget is for size `tiny` in the default mode; eager Keras costs 17-30 times per step.
_SIZE_FACTOR = {Size.TINY: 1, Size.SMALL: 5, Size.FULL: 60}
_EAGER_FACTOR = 3
# Every line of the framework calls the trace function.
_DEPTH_FACTOR = 5
# A mutant that has run for this long beside its clean run will not end: mutation testing's rule of
# a factor and a constant (PIT: `timeoutFactor`, `timeoutConst`). Of the catalogue's programs that
# do end, the slowest takes 6.3 times its clean run on a quiet machine.
_PATIENCE_FACTOR = 10
_PATIENCE_SECONDS = 10.0
# Other modes hardly change which lines run, or run lines that no trace function sees.
_DEPTH_MODES = (Mode.DEFAULT, Mode.EAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to run beside the cases and the bugs.

    Attributes:
        versions: per chosen stack, what it consists of; part of every id.
        instruments: what may watch beside `none`, which every tree begins with.
        seconds, memory: override the case's budget; `None` keeps it.
    """

    versions: Mapping[Stack, Mapping[str, str]]
    modes: tuple[Mode, ...] = (Mode.DEFAULT,)
    size: Size = Size.TINY
    seeds: tuple[int, ...] = (0,)
    seconds: float | None = None
    memory: int | None = None
    instruments: tuple[Instrument, ...] = USUAL_INSTRUMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A trial, the program that it runs, and the steps that follow once its record is there.

    Attributes:
        patience: seconds after which the program is known not to end: what the user asked for, or
            what the clean run told; `None`: nobody said, the trial's budget holds.
    """

    trial: Trial
    case: Case
    implementation: Implementation
    source: str
    watch: tuple[int, ...] = ()
    follow: tuple[Step, ...] = ()
    patience: float | None = None


def plan(
    case: Case, implementation: Implementation, mutants: Sequence[Mutant], choice: Choice
) -> tuple[Step, ...]:
    """One tree of trials per stack, mode and seed: the clean run, then what it allows."""
    return tuple(
        _tree(_Place(case, implementation, stack, mode, seed, choice), mutants)
        for stack in choice.versions
        if stack.framework is implementation.framework
        for mode in choice.modes
        if mode in MODES[stack]
        for seed in choice.seeds
    )


def follow_ups(step: Step, record: Record) -> tuple[Step, ...]:
    """The steps that a record allows: none after a broken clean run or an exceeded budget.

    Only a crash has a depth to measure.
    """
    if record.worker is not WorkerEnd.FINISHED:
        return ()
    if step.trial.bug is None:
        return _after_clean(step, record) if record.program is ProgramEnd.OK else ()
    if record.program is ProgramEnd.RAISED:
        return step.follow
    return tuple(each for each in step.follow if each.trial.instrument is not Instrument.DEPTH)


def _after_clean(step: Step, record: Record) -> tuple[Step, ...]:
    """The clean run tells how long a bare mutant may take, within its budget, if nobody has."""
    patience = _PATIENCE_SECONDS + _PATIENCE_FACTOR * record.seconds
    return tuple(
        replace(each, patience=min(patience, each.trial.budget.seconds))
        if each.trial.bug and each.patience is None
        else each
        for each in step.follow
    )


def every(steps: Sequence[Step]) -> Iterator[Step]:
    """All steps of the trees, parents first."""
    for step in steps:
        yield step
        yield from every(step.follow)


def job_of(step: Step) -> Job:
    """What the worker is told; the statement probes are put in here, as late as possible."""
    source = step.source
    statements: Mapping[str, StatementSite] = {}
    name = step.implementation.path.name
    if step.trial.instrument is Instrument.STATEMENTS:
        from debugdiff.inject import probe_statements  # noqa: PLC0415  (libcst is slow to import)

        source, statements = probe_statements(source, name)
    trial = step.trial
    return Job(
        id=trial.id,
        case_folder=str(step.case.folder),
        files={**step.case.helpers, name: source},
        program=name,
        stack=trial.stack,
        mode=trial.mode,
        instrument=trial.instrument,
        seed=trial.seed,
        size=trial.size,
        budget=replace(trial.budget, seconds=step.patience or trial.budget.seconds),
        contract=step.implementation.contract,
        watch=step.watch,
        statements=statements,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    case: Case
    implementation: Implementation
    stack: Stack
    mode: Mode
    seed: int
    choice: Choice


def _tree(place: _Place, mutants: Sequence[Mutant]) -> Step:
    layers = _step(place, Instrument.LAYERS)
    follow = (layers, *_observability(place), *(_mutant_steps(place, each) for each in mutants))
    return _step(place, Instrument.NONE, follow=follow)


def _observability(place: _Place) -> Iterator[Step]:
    """O1 needs statement probes in this mode, and in eager mode beside the default one."""
    yield _step(place, Instrument.STATEMENTS)
    eager_too = Mode.EAGER in MODES[place.stack] and Mode.EAGER not in place.choice.modes
    if place.mode is Mode.DEFAULT and eager_too:
        yield _step(replace(place, mode=Mode.EAGER), Instrument.STATEMENTS)


def _mutant_steps(place: _Place, mutant: Mutant) -> Step:
    watch = tuple(sorted({line for span in mutant.defect for line in span.lines}))
    layers = _step(place, Instrument.LAYERS, mutant=mutant, watch=watch)
    deep = (_step(place, Instrument.DEPTH, mutant=mutant),) if place.mode in _DEPTH_MODES else ()
    return _step(place, Instrument.NONE, mutant=mutant, follow=(layers, *deep))


def _step(
    place: _Place,
    instrument: Instrument,
    *,
    mutant: Mutant | None = None,
    watch: tuple[int, ...] = (),
    follow: tuple[Step, ...] = (),
) -> Step:
    source = mutant.source if mutant else place.implementation.source
    trial = Trial(
        id=_content_id(place, instrument, source, mutant.bug if mutant else "", watch),
        case=place.case.name,
        folder=str(place.case.folder),
        implementation=place.implementation.name,
        framework=place.implementation.framework,
        style=place.implementation.style,
        training=place.implementation.training,
        stack=place.stack,
        mode=place.mode,
        instrument=instrument,
        bug=mutant.bug if mutant else None,
        seed=place.seed,
        size=place.choice.size,
        budget=_budget(place, instrument),
    )
    return Step(
        trial=trial,
        case=place.case,
        implementation=place.implementation,
        source=source,
        watch=watch,
        follow=tuple(each for each in follow if each.trial.instrument in place.choice.instruments),
        patience=place.choice.seconds,
    )


def _budget(place: _Place, instrument: Instrument) -> Budget:
    default = Budget()
    eager = _EAGER_FACTOR if place.mode is Mode.EAGER else 1
    traced = _DEPTH_FACTOR if instrument is Instrument.DEPTH else 1
    seconds = place.case.budget * _SIZE_FACTOR[place.choice.size] * eager * traced
    return Budget(
        seconds=place.choice.seconds or seconds,
        memory=default.memory if place.choice.memory is None else place.choice.memory,
        output=default.output,
    )


def _content_id(
    place: _Place, instrument: Instrument, source: str, bug: str, watch: tuple[int, ...]
) -> str:
    budget = _budget(place, instrument)
    versions = sorted(place.choice.versions[place.stack].items())
    helpers = sorted(place.case.helpers.items())
    facts = (
        PROBE_VERSION,
        place.case.name,
        place.implementation.name,
        place.implementation.contract,
        place.stack,
        place.mode,
        instrument,
        place.seed,
        place.choice.size,
        bug,
        watch,
        budget,
        versions,
        helpers,
        _data_identity(place.case.corpora),
    )
    return digest(*map(repr, facts), source)[:20]


@cache
def _data_identity(names: tuple[str, ...]) -> tuple[str, ...]:
    """What text a case runs on: the installed packages, or the generated stand-ins."""
    return (source_digest(corpora), *(repr(corpora.describe(name)) for name in names))
