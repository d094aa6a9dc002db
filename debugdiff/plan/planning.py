"""One tree of trials per program and condition; a trial's id is a hash of all that decides it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from debugdiff import corpora
from debugdiff.files import digest, source_digest
from debugdiff.model import (
    PROBE_VERSION,
    Budget,
    Case,
    Condition,
    Implementation,
    Instrument,
    Interpreter,
    Mode,
    Mutant,
    Record,
    Size,
    Stack,
    Trial,
    kind_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
# Other modes hardly change which lines run, or run lines that no trace function sees.
_DEPTH_MODES = (Mode.DEFAULT, Mode.EAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to run beside the cases and the bugs.

    Attributes:
        versions: of every chosen stack by its name, what it consists of; part of every id.
        interpreters: by the same names, the Pythons that are not debugdiff's own; what was made for
            a stack is part of its ids, and so is a name that the user gave it.
        instruments: what may watch beside `none`, which every tree begins with.
        known: ids of trials that another machine ran, by condition, bug and instrument.
        seconds, memory: override the case's budget; `None` keeps it.
        rows_by_seed: whether a seed decides the order of the training rows, too.
    """

    versions: Mapping[str, Mapping[str, str]]
    interpreters: Mapping[str, Interpreter] = field(default_factory=dict)
    modes: tuple[Mode, ...] = (Mode.DEFAULT,)
    size: Size = Size.TINY
    seeds: tuple[int, ...] = (0,)
    seconds: float | None = None
    memory: int | None = None
    instruments: tuple[Instrument, ...] = USUAL_INSTRUMENTS
    known: Mapping[tuple[Condition, str | None, Instrument], str] = field(default_factory=dict)
    rows_by_seed: bool = False

    def kind(self, name: str) -> Stack:
        """The framework and back end of a stack."""
        return kind_of(name, self.interpreters)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrial:
    """A trial, the program that it runs, and the steps that follow once its record is there.

    Attributes:
        file, source: the one file that may differ from the case's, and its text.
        patience: seconds after which the program is known not to end: what the user asked for, or
            what the clean run told; `None`: nobody said, the trial's budget holds.
        clean: the record of the clean run beside it, once that is there.
        rows_by_seed: whether the seed decides the order of the training rows, too.
    """

    trial: Trial
    case: Case
    implementation: Implementation
    file: str
    source: str
    watch: tuple[int, ...] = ()
    follow: tuple[PlannedTrial, ...] = ()
    patience: float | None = None
    clean: Record | None = None
    rows_by_seed: bool = False

    @property
    def limit(self) -> float:
        """Seconds that the program may compute or wait."""
        return self.patience or self.trial.budget.seconds


def plan(
    case: Case, implementation: Implementation, mutants: Sequence[Mutant], choice: Choice
) -> tuple[PlannedTrial, ...]:
    """One tree of trials per condition: the clean run, then what it allows."""
    planner = _Planner(case, implementation, choice)
    return tuple(planner.tree(condition, mutants) for condition in planner.conditions())


@dataclass(frozen=True, slots=True)
class _Planner:
    """The trees of one program."""

    case: Case
    implementation: Implementation
    choice: Choice

    def conditions(self) -> Iterator[Condition]:
        for name in self.choice.versions:
            stack = self.choice.kind(name)
            if stack.framework is self.implementation.framework:
                for mode in self.choice.modes:
                    if mode in MODES[stack]:
                        yield from self._seeds(stack, mode, "" if name == stack else name)

    def _seeds(self, stack: Stack, mode: Mode, own_stack: str) -> Iterator[Condition]:
        for seed in self.choice.seeds:
            yield Condition(
                case=self.case.name,
                implementation=self.implementation.name,
                stack=stack,
                mode=mode,
                seed=seed,
                own_stack=own_stack,
            )

    def tree(self, condition: Condition, mutants: Sequence[Mutant]) -> PlannedTrial:
        return self._step(
            condition,
            Instrument.NONE,
            follow=(
                self._step(condition, Instrument.LAYERS),
                *self._observability(condition),
                *(self._mutant_steps(condition, each) for each in mutants),
            ),
        )

    def _observability(self, condition: Condition) -> Iterator[PlannedTrial]:
        """O1 needs statement probes in this mode, and in eager mode beside the default one."""
        yield self._step(condition, Instrument.STATEMENTS)
        eager_too = Mode.EAGER in MODES[condition.stack] and Mode.EAGER not in self.choice.modes
        if condition.mode is Mode.DEFAULT and eager_too:
            yield self._step(replace(condition, mode=Mode.EAGER), Instrument.STATEMENTS)

    def _mutant_steps(self, condition: Condition, mutant: Mutant) -> PlannedTrial:
        watch = tuple(sorted({line for span in mutant.defect for line in span.lines}))
        follow = [self._step(condition, Instrument.LAYERS, mutant=mutant, watch=watch)]
        if condition.mode in _DEPTH_MODES:
            follow.append(self._step(condition, Instrument.DEPTH, mutant=mutant))
        return self._step(condition, Instrument.NONE, mutant=mutant, follow=tuple(follow))

    def _step(
        self,
        condition: Condition,
        instrument: Instrument,
        *,
        mutant: Mutant | None = None,
        watch: tuple[int, ...] = (),
        follow: tuple[PlannedTrial, ...] = (),
    ) -> PlannedTrial:
        program = self.implementation
        file, source = (mutant.file, mutant.source) if mutant else (program.file, program.source)
        bug = mutant.bug if mutant else None
        known = self.choice.known.get((condition, bug, instrument))
        trial = Trial(
            id=known or self._content_id(condition, instrument, source, bug or "", watch),
            case=condition.case,
            folder=str(self.case.folder),
            implementation=condition.implementation,
            framework=self.implementation.framework,
            style=self.implementation.style,
            training=self.implementation.training,
            stack=condition.stack,
            mode=condition.mode,
            instrument=instrument,
            bug=bug,
            seed=condition.seed,
            size=self.choice.size,
            budget=self._budget(condition, instrument),
            own_stack=condition.own_stack,
        )
        return PlannedTrial(
            trial=trial,
            case=self.case,
            implementation=self.implementation,
            file=file,
            source=source,
            watch=watch,
            follow=tuple(
                each for each in follow if each.trial.instrument in self.choice.instruments
            ),
            patience=self.choice.seconds,
            rows_by_seed=self.choice.rows_by_seed,
        )

    def _budget(self, condition: Condition, instrument: Instrument) -> Budget:
        default = Budget()
        eager = _EAGER_FACTOR if condition.mode is Mode.EAGER else 1
        traced = _DEPTH_FACTOR if instrument is Instrument.DEPTH else 1
        seconds = self.case.budget * _SIZE_FACTOR[self.choice.size] * eager * traced
        return Budget(
            seconds=self.choice.seconds or seconds,
            memory=default.memory if self.choice.memory is None else self.choice.memory,
            output=default.output,
        )

    def _content_id(
        self,
        condition: Condition,
        instrument: Instrument,
        source: str,
        bug: str,
        watch: tuple[int, ...],
    ) -> str:
        facts = (
            PROBE_VERSION,
            condition.case,
            condition.implementation,
            self.implementation.contract,
            condition.stack,
            condition.mode,
            instrument,
            condition.seed,
            self.choice.size,
            bug,
            watch,
            self._budget(condition, instrument),
            sorted(self.choice.versions[condition.stack_name].items()),
            sorted(self.case.helpers.items()),
            _data_identity(self.case.corpora),
        )
        order = ("rows by seed",) if self.choice.rows_by_seed else ()
        return digest(*map(repr, facts), *self._stack_identity(condition), *order, source)[:20]

    def _stack_identity(self, condition: Condition) -> tuple[str, ...]:
        """What tells a stack of the user's from debugdiff's own: nothing for the latter."""
        interpreter = self.choice.interpreters.get(condition.stack_name)
        return tuple(
            filter(None, (condition.own_stack, *(interpreter.lock if interpreter else ())))
        )


@cache
def _data_identity(names: tuple[str, ...]) -> tuple[str, ...]:
    """What text a case runs on: the installed packages, or the generated stand-ins."""
    return (source_digest(corpora), *(repr(corpora.describe(name)) for name in names))
