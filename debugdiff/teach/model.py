"""What teaching is about: a course, its exercises, the judge's verdicts, a learner's attempts.

This file is the contract between the learner's half and the teacher's half. Frozen, slotted,
keyword-only, as in `debugdiff.model`. What is written to disk carries a version of its form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from debugdiff.model import Framework, Record, Size, Stack, Stage, Symptom

if TYPE_CHECKING:
    from debugdiff.model import Bug, Case, Failure, Implementation, Mutant, PostMortem

COURSE_SCHEMA = 1
"""Of `course.toml` and of `course.json`: raised when a key goes or changes its meaning."""

LOG_SCHEMA = 1
"""Of a line of `attempts.jsonl`."""

RESULT_SCHEMA = 1
"""Of the JSON form of a `CheckResult`."""

PROGRAM = "program.py"
"""What the program of every exercise is called; its data module keeps its own name."""


_STRICT: Mapping[str, Any] = {"extra": "forbid"}
"""How a `course.toml` is validated against these types: an unknown key is an error."""


# --- courses -----------------------------------------------------------------------------------


class FrameworkChoice(StrEnum):
    """In which framework a learner wants a course; `mixed`: they take turns where both can."""

    PYTORCH = "pytorch"
    KERAS = "keras"
    MIXED = "mixed"


class HandOutForm(StrEnum):
    """In which form a course is given out."""

    FOLDER = "folder"
    NOTEBOOK = "notebook"
    PAGE = "page"
    GRADED_PAGE = "graded-page"
    GITHUB = "github"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A right fix of a bug that is not the undoing of it; the judge is measured with it.

    Attributes:
        find, replace: a stretch of the broken program that occurs once, and what it becomes.
            Several pairs are made one after the other.
        why: a clause on why it is right.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    framework: Framework
    edits: tuple[tuple[str, str], ...]
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseEntry:
    """One `[[exercise]]` of a `course.toml`: a bug in a case, before a framework is chosen.

    Attributes:
        bug: its id in the catalogue, `shape/target-broadcasts`.
        case: the name of a shipped case, or a folder, relative to the `course.toml`.
        programs: per framework, which implementation of the case. With two, the other one is the
            twin exercise of the one that is given out.
        size: at which the symptom shows within ten seconds.
        seed: of the run that a learner sees.
        symptom: per framework, how it shows in that program, where the bug promises otherwise.
        minutes: what it takes an average learner.
        fix: further right fixes; see `Fix`.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    bug: str
    case: str
    programs: Mapping[Framework, str]
    size: Size = Size.TINY
    seed: int = 0
    symptom: Mapping[Framework, Symptom] = field(default_factory=dict)
    minutes: int = 8
    fix: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course as its author wrote it. It holds the answers: it is never given out.

    Attributes:
        name: of its file, without `.toml`; of a folder, its name.
        bugs: folders with bugs of the author's own, beside the shipped catalogue.
        salt: part of every exercise's id, so that ids of two courses tell nothing of each other.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT

    name: str
    title: str
    about: str
    entries: tuple[CourseEntry, ...]
    bugs: tuple[str, ...] = ()
    salt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What the healthy program of an exercise did, where the program itself is not given out.

    Attributes:
        public: its run that the learner sees.
        hidden: its run on hidden data, with the statistics of its values.
    """

    public: Record
    hidden: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One broken program with all that is known about it. It holds the answer.

    What a learner gets of it is `mutant.source` as `program.py`, the case's helpers and a README;
    never `bug`, `implementation`, or `mutant` beside its source.

    Attributes:
        id: opaque: eight hexadecimal digits.
        number: from 1, in the order of the course.
        folder: what the learner's folder is called: `03-gru-sentiment`.
        implementation: the healthy program.
        twin: the id of the same bug's exercise in the other framework; empty without one.
        fixes: those of this framework.
        reference: of an exercise that was given out, whose healthy program and bug are not here.
    """

    id: str
    number: int
    folder: str
    case: Case
    implementation: Implementation
    bug: Bug
    mutant: Mutant
    stack: Stack
    size: Size = Size.TINY
    seed: int = 0
    minutes: int = 8
    twin: str = ""
    fixes: tuple[Fix, ...] = ()
    reference: Reference | None = None

    @property
    def framework(self) -> Framework:
        """Of its program."""
        return self.implementation.framework

    @property
    def expected(self) -> Symptom:
        """How the bug is expected to show itself."""
        return self.bug.symptom.get(self.framework, Symptom.SILENT)

    @property
    def given(self) -> Mapping[str, str]:
        """The Python files that a learner starts with, relative name to text."""
        return {**self.case.helpers, PROGRAM: self.mutant.source}


# --- verdicts ----------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What the judge says of a program.

    `fixed-exactly`: no exception, no new warning; metrics, steps and every probed value bitwise
    those of the healthy run. `fixed-otherwise`: another program of the same behaviour: see
    `debugdiff.teach.judge`. `behaves-differently`: the symptom is gone, the behaviour is not that
    of the healthy program. `same-symptom`, `new-fault`, `does-not-run`: not fixed. `not-judged` is
    a result with its reason and says nothing about the program.
    """

    FIXED_EXACTLY = "fixed-exactly"
    FIXED_OTHERWISE = "fixed-otherwise"
    BEHAVES_DIFFERENTLY = "behaves-differently"
    SAME_SYMPTOM = "same-symptom"
    NEW_FAULT = "new-fault"
    DOES_NOT_RUN = "does-not-run"
    NOT_JUDGED = "not-judged"

    @property
    def credit(self) -> float | None:
        """1 for a fix, 0.5 for a symptom that is gone, else 0; `None` if nothing was judged."""
        return _CREDIT[self]

    @property
    def is_fixed(self) -> bool:
        """Whether the exercise is solved."""
        return self.credit == 1


_CREDIT: Mapping[Verdict, float | None] = {
    Verdict.FIXED_EXACTLY: 1.0,
    Verdict.FIXED_OTHERWISE: 1.0,
    Verdict.BEHAVES_DIFFERENTLY: 0.5,
    Verdict.SAME_SYMPTOM: 0.0,
    Verdict.NEW_FAULT: 0.0,
    Verdict.DOES_NOT_RUN: 0.0,
    Verdict.NOT_JUDGED: None,
}


class CheckName(StrEnum):
    """What the judge looks at, in its order. Those from `hidden-run` on use data that is kept."""

    RUNS = "runs"
    WARNINGS = "warnings"
    TRAINING = "training"
    METRICS = "metrics"
    VALUES = "values"
    HIDDEN_RUN = "hidden-run"
    SAME_WEIGHTS = "same-weights"
    SEEDS = "seeds"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One look of the judge.

    Attributes:
        passed: `None` if it was not made, since an earlier one decided or it could not be made.
        detail: a sentence for the learner. Of hidden runs it speaks of symptoms, never of values.
    """

    name: CheckName
    passed: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Where a program parts from the healthy one: the first layer and step.

    Attributes:
        site: the layer, by the learner's own name.
        line: of `program.py`, where the site was made or called; `None` if it is not known.
    """

    site: str
    step: int
    what: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The answer to "is this fix right?".

    Attributes:
        exercise: its id.
        state: the hash of the learner's files that were judged.
        reason: one sentence.
        lines: which checks ran and how they ended, in their order.
        metrics: of the run that the learner sees; `None` for a value that is not finite.
        stage, step: how far that run came.
        failure: of that run.
        post_mortem: what the program held when it failed.
        parting: for `behaves-differently`.
        seconds: from the question to the answer.
    """

    exercise: str
    state: str
    verdict: Verdict
    reason: str
    lines: tuple[CheckLine, ...] = ()
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    stage: Stage | None = None
    step: int = 0
    failure: Failure | None = None
    post_mortem: PostMortem | None = None
    parting: Parting | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    schema: int = RESULT_SCHEMA


# --- attempts ----------------------------------------------------------------------------------


class EventType(StrEnum):
    """What a learner did."""

    STARTED = "started"
    OPENED = "opened"
    CHECKED = "checked"
    HYPOTHESIS = "hypothesis"
    GUESSED = "guessed"
    HINTED = "hinted"
    EXPLAINED = "explained"
    TRACED = "traced"
    COMPARED = "compared"
    UNDONE = "undone"
    RESET = "reset"


class Nearness(StrEnum):
    """What is said of a guessed line, beside the guess before. Never `above` or `below`.

    `found`: the line of the bug, or one where an equally good fix could be made. `bites`: the line
    where the bug takes effect. `noted`: of an exercise that was given out without its answer.
    """

    FOUND = "found"
    BITES = "bites"
    CLOSER = "closer"
    FURTHER = "further"
    AS_FAR = "as-far"
    FIRST = "first"
    UNRELATED = "unrelated"
    NOTED = "noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of `attempts.jsonl`. The file is only ever appended to.

    Attributes:
        time: ISO 8601 in UTC, by the learner's clock, which may go backwards.
        order: from 1, by place in the file: what counts where clocks disagree.
        exercise: its id.
        state: the hash of the learner's files at that moment; the text is kept below `.states`.
        verdict, stage, failure, new_fault: of a check; `failure` is the type of the exception,
            `new_fault` whether it is another one than the exercise's own.
        guess: `FILE:LINE`.
        rank: of a guess, hops of the line graph to the nearest right line; `None`: no way.
        hint: which one was shown, from 1.
        dwell: seconds since the event before of this exercise; `None` where the clock went back.
        hypothesis: what the learner expects to be wrong, in a line.
        reverted: whether the state is one that the exercise was in before.
        versions: of debugdiff, Python and the stack; of the first event of a session.
    """

    time: str
    order: int
    exercise: str
    event: EventType
    state: str = ""
    verdict: Verdict | None = None
    stage: Stage | None = None
    failure: str = ""
    guess: str = ""
    rank: int | None = None
    hint: int | None = None
    dwell: float | None = None
    hypothesis: str = ""
    new_fault: bool = False
    reverted: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    schema: int = LOG_SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the log says of one exercise.

    Attributes:
        checks: how often it was checked.
        hints: how many of its hints were shown.
        best: the verdict with the most credit.
        solved: whether it was fixed once; it stays so.
    """

    exercise: str
    checks: int = 0
    hints: int = 0
    guesses: int = 0
    best: Verdict | None = None
    solved: bool = False
