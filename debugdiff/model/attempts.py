"""A bug in a program under one condition, from its injection to its scores."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from debugdiff.model.bugs import Bug, Injection, Mutant
from debugdiff.model.cases import Case, Implementation
from debugdiff.model.failures import Failure
from debugdiff.model.programs import Mode, Stack
from debugdiff.model.records import ProgramEnd, Record, TrialResult, WorkerEnd
from debugdiff.model.scores import Score, StaticMetrics
from debugdiff.model.trials import Condition, Instrument

_DEFINED = re.compile(r"^\s*(?:class|def|async def)\s+(\w+)", re.MULTILINE)


class Outcome(StrEnum):
    """What became of a bug in one implementation.

    `not-expressible` and `corrected` are the best that can happen to a user: the framework gives no
    way to write the bug, or puts it right. `equivalent`, `rounding` and `no-effect` change nothing
    either, and are no merit of the framework: the program has nothing that the fault could touch;
    only last digits or the sign of a zero differ; nothing tells why, and another size might show
    it.
    `not-applicable` says nothing about the framework: this program has no place for the bug.
    `effective` is a measured difference from the clean run; `unmeasured` says why there is none.
    """

    NOT_EXPRESSIBLE = "not-expressible"
    NOT_APPLICABLE = "not-applicable"
    CORRECTED = "corrected"
    EQUIVALENT = "equivalent"
    ROUNDING = "rounding"
    NO_EFFECT = "no-effect"
    EFFECTIVE = "effective"
    UNMEASURED = "unmeasured"


PREVENTED = frozenset({Outcome.NOT_EXPRESSIBLE, Outcome.CORRECTED})
"""Outcomes of a bug that the framework gives no way to write, or that it puts right."""
UNCHANGED = (Outcome.CORRECTED, Outcome.EQUIVALENT, Outcome.ROUNDING, Outcome.NO_EFFECT)
"""Outcomes of a bug that ran and changed nothing."""
KILLED = frozenset({WorkerEnd.SIGNALLED, WorkerEnd.OUT_OF_MEMORY})
"""Ends of a process that was stopped from outside."""


class Verdict(NamedTuple):
    """What became of a bug, and why we say so."""

    outcome: Outcome
    reason: str


NOT_JUDGED = Verdict(Outcome.UNMEASURED, "not judged yet")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProgramRun:
    """A program under one condition: its trials by what watched them, and their scores.

    Of a clean run the scores are those of interim access, O1-O4. Two runs are equal only if they
    are the same object.
    """

    condition: Condition
    implementation: Implementation
    trials: Mapping[Instrument, TrialResult]
    scores: tuple[Score, ...] = ()

    @property
    def result(self) -> TrialResult | None:
        """The trial that nothing watched."""
        return self.trials.get(Instrument.NONE)

    @property
    def layers(self) -> TrialResult | None:
        """The trial with layer probes."""
        return self.trials.get(Instrument.LAYERS)

    @property
    def record(self) -> Record | None:
        """The record of the trial that nothing watched."""
        return self.result.record if self.result else None

    @property
    def failure(self) -> Failure | None:
        """The exception that ended the trial that nothing watched."""
        return self.record.failure if self.record else None

    @property
    def ran_through(self) -> bool:
        """Whether the trial that nothing watched came to its end, without an exception."""
        record = self.record
        ended = record is not None and record.worker is WorkerEnd.FINISHED
        return ended and self.failure is None

    @property
    def stack(self) -> Stack:
        """What the program runs on."""
        return self.condition.stack

    @property
    def stack_name(self) -> str:
        """What that is called."""
        return self.condition.stack_name

    @property
    def mode(self) -> Mode:
        """How it is run."""
        return self.condition.mode

    def score(self, metric: str) -> Score | None:
        """The score of one metric; `None` if there is none."""
        return next((score for score in self.scores if score.metric == metric), None)

    def value(self, metric: str) -> float | None:
        """The value of one metric; `None` if it was not judged."""
        score = self.score(metric)
        return score.value if score else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attempt(ProgramRun):
    """One bug in one program under one condition: what was made of it, and what came out.

    Its trials and its scores, D1-D8 and Q1-Q3, are those of the mutant.

    Attributes:
        injection: the program with the bug in it, or why there is none.
        clean: the same program without the bug, under the same condition.
        verdict: what became of the bug; `unmeasured` until `score.judge` has seen the trials.
    """

    case: Case
    bug: Bug
    injection: Injection
    clean: ProgramRun
    verdict: Verdict = NOT_JUDGED

    @property
    def mutant(self) -> Mutant | None:
        """The program with the bug in it, if there is one."""
        return self.injection if isinstance(self.injection, Mutant) else None

    @property
    def program(self) -> str:
        """The file name of the program within its case."""
        return self.implementation.file

    @property
    def file(self) -> str:
        """The file that has the bug in it; without a mutant, the program."""
        return self.mutant.file if self.mutant else self.program

    @property
    def source(self) -> str:
        """The text of that file, as it ran."""
        return self.mutant.source if self.mutant else self.implementation.source

    @property
    def own_names(self) -> frozenset[str]:
        """Classes and functions that the user's files define."""
        definitions = (_DEFINED.findall(text) for text in self.sources.values())
        return frozenset(name for names in definitions for name in names)

    @property
    def sources(self) -> dict[str, str]:
        """Every Python file of the user's, relative name to text, the program as it ran."""
        clean = {**self.case.helpers, self.program: self.implementation.source}
        return {**clean, self.file: self.source}

    @property
    def site(self) -> str:
        """What this implementation calls the site where the bug's effect begins."""
        return self.case.layer_at(self.bug.site, self.implementation.name)

    @property
    def tried(self) -> bool:
        """Whether the program has a place for the bug."""
        return self.verdict.outcome is not Outcome.NOT_APPLICABLE

    @property
    def measured(self) -> bool:
        """Whether the trials tell what became of the bug."""
        return self.verdict.outcome is not Outcome.UNMEASURED

    @property
    def prevented(self) -> bool:
        """Whether the framework gives no way to write the bug, or puts it right."""
        return self.verdict.outcome in PREVENTED

    @property
    def effective(self) -> bool:
        """Whether the run was measured to differ from the clean one."""
        return self.verdict.outcome is Outcome.EFFECTIVE

    @property
    def crashed(self) -> bool:
        """Whether the bug ended the program: by an exception, or by the death of its process."""
        if self.record is None or not self.effective:
            return False
        return self.record.program is ProgramEnd.RAISED or self.record.worker in KILLED

    @property
    def silent(self) -> bool:
        """Whether the bug is effective and the program ran to its end all the same."""
        ended = self.record is not None and self.record.worker is WorkerEnd.FINISHED
        return self.effective and not self.crashed and ended


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramReport:
    """Everything that was measured of one program.

    Attributes:
        static: what is measured of its source, without running it.
        scores: R1-R5, of the source.
        runs: the program without a bug, one for each condition.
        attempts: one for each bug and condition.
    """

    case: Case
    implementation: Implementation
    static: StaticMetrics
    scores: tuple[Score, ...] = ()
    runs: tuple[ProgramRun, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether the program was run without a bug, and never came to its end."""
        ran = [run for run in self.runs if run.record is not None]
        return bool(ran) and not any(run.ran_through for run in ran)
