"""What a claim can be decided by: the value of one program, or of one bug in one program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.known_errors import help_in_message, known_error
from debugdiff.model import Outcome, Part, Style

if TYPE_CHECKING:
    from debugdiff.model import Attempt, ProgramReport

Choices = Mapping[str, str]
"""The level of each axis that a specification has chosen."""
OfProgram = Callable[["ProgramReport", Choices], float | None]
OfAttempt = Callable[["Attempt", Choices], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A figure that may decide a claim.

    Attributes:
        unit: what is counted: cases, or bugs.
        by_ratio: whether two programs are compared by their ratio; by their difference otherwise.
        is_share: whether it is yes or no for each bug.
        of_program, of_attempt: the value, one of the two; `None` if it does not apply.
        axes: choices of definition that change the value, each with its levels, the usual first.
        command: what measures it.
        needs_recall: whether it counts bugs, so that the catalogue has to have most of them.
        narrow: why it stands for less than the words of a claim, if it does.
    """

    id: str
    title: str
    unit: str
    by_ratio: bool = False
    is_share: bool = False
    of_program: OfProgram | None = None
    of_attempt: OfAttempt | None = None
    axes: Mapping[str, tuple[str, ...]]
    command: str
    needs_recall: bool = False
    narrow: str = ""

    @property
    def of_bugs(self) -> bool:
        """Whether bugs have to be tried for it."""
        return self.unit == "bug" or "bugs" in self.axes


_SIZES = {
    "lines": "lloc",
    "volume": "volume",
    "vocabulary": "vocabulary",
    "api": "api_surface",
}
"""Sizes of a source by the field of `PartMetrics`: R1, R2, R3, R5 of docs/metrics.md."""


_SHUFFLED = "shuffled"
"""The level of the axis `rows` that counts a program as the guides of its framework write it."""


def _size(program: ProgramReport, choices: Choices) -> float | None:
    name = choices.get("part", Part.WHOLE)
    is_shuffled = choices.get("rows") == _SHUFFLED and name in {Part.WHOLE, Part.TRAINING}
    part = getattr(program.static, f"shuffled_{name}" if is_shuffled else name)
    return float(getattr(part, _SIZES[choices["size"]])) or None


def _complexity(program: ProgramReport, choices: Choices) -> float:
    part = getattr(program.static, choices.get("part", Part.WHOLE))
    most = choices.get("complexity") == "most complex function"
    return float(part.cognitive_maximum if most else part.cognitive)


def _places(program: ProgramReport, choices: Choices) -> float | None:
    """How many of the catalogue's bugs can be made in a program, of those wanted."""
    wanted = choices.get("bugs", "effective")
    found = [attempt for attempt in program.attempts if attempt.mutant is not None]
    if wanted == "effective":
        found = [attempt for attempt in found if attempt.effective]
    elif wanted == "silent":
        found = [attempt for attempt in found if attempt.silent]
    per_line = choices.get("per") == "line"
    return (len(found) / program.static.whole.lloc if per_line else len(found)) or None


def _observed(metric: str) -> OfProgram:
    def of_program(program: ProgramReport, _choices: Choices) -> float | None:
        values = [run.value(metric) for run in program.runs]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known else None

    return of_program


def _first_line(attempt: Attempt, choices: Choices) -> float | None:
    """1 if a way of reading the traceback leads to the guilty line at once."""
    if not attempt.crashed:
        return None
    metric = {"any own frame": "D3.best", "no step of data flow away": "D5.reachable"}
    value = attempt.value(metric.get(choices.get("reading", ""), "D3.defect"))
    return None if value is None else float(value == 1.0)


def _prevented(attempt: Attempt, choices: Choices) -> float | None:
    counted = {Outcome.NOT_EXPRESSIBLE}
    if choices.get("prevented") != "cannot be written":
        counted.add(Outcome.CORRECTED)
    outcome = attempt.verdict.outcome
    if outcome is Outcome.EFFECTIVE:
        return 0.0
    return 1.0 if outcome in counted else None


def _silent(attempt: Attempt, _choices: Choices) -> float | None:
    if not attempt.effective:
        return None
    return float(attempt.silent)


def _message(attempt: Attempt, choices: Choices) -> float | None:
    if not attempt.crashed:
        return None
    return attempt.value("D6" if choices.get("message") == "argument" else "D8")


def _known_help(attempt: Attempt, choices: Choices) -> float | None:
    """1 if a crash leads to documentation: its message does, or the table of known errors."""
    if not attempt.crashed or attempt.failure is None:
        return None
    wanted = choices.get("help", "message")
    named = wanted != "table" and bool(help_in_message(attempt.failure, attempt.own_names))
    return float(named or (wanted != "message" and known_error(attempt.failure) is not None))


_PARTS = tuple(Part)
RUN = "debugdiff run"
"""The command that fills the store."""
_METRICS = "debugdiff metrics"

MEASURES: dict[str, Measure] = {
    each.id: each
    for each in (
        Measure(
            id="size",
            title="size of the source",
            unit="case",
            by_ratio=True,
            of_program=_size,
            axes={"size": tuple(_SIZES), "part": _PARTS, "rows": ("as written", _SHUFFLED)},
            command=_METRICS,
            narrow="size shows readability only if shorter programs are read faster",
        ),
        Measure(
            id="complexity",
            title="cognitive complexity",
            unit="case",
            of_program=_complexity,
            axes={"complexity": ("sum", "most complex function"), "part": _PARTS},
            command=_METRICS,
        ),
        Measure(
            id="places",
            title="bugs that can be made in a program",
            unit="case",
            by_ratio=True,
            of_program=_places,
            axes={"bugs": ("effective", "written", "silent"), "per": ("program", "line")},
            command=RUN,
            needs_recall=True,
            narrow="only bugs of the catalogue are counted, not all that people make",
        ),
        Measure(
            id="prevented",
            title="share of bugs that cannot happen",
            unit="bug",
            is_share=True,
            of_attempt=_prevented,
            axes={"prevented": ("put right, too", "cannot be written")},
            command=RUN,
            narrow="whoever wrote the list of bugs decides how many of them a framework prevents",
        ),
        Measure(
            id="silent",
            title="share of bugs that nothing reports",
            unit="bug",
            is_share=True,
            of_attempt=_silent,
            axes={},
            command=RUN,
        ),
        Measure(
            id="first-line",
            title="share of crashes whose guilty line is read first",
            unit="bug",
            is_share=True,
            of_attempt=_first_line,
            axes={
                "reading": (
                    "innermost own frame",
                    "any own frame",
                    "no step of data flow away",
                )
            },
            command=RUN,
            narrow="rules of reading a traceback take the place of readers",
        ),
        Measure(
            id="message",
            title="what the message says, 0 to 9",
            unit="bug",
            of_attempt=_message,
            axes={"message": ("content", "argument")},
            command=RUN,
        ),
        Measure(
            id="known-help",
            title="share of crashes whose message leads to documentation",
            unit="bug",
            is_share=True,
            of_attempt=_known_help,
            axes={"help": ("message", "table", "either")},
            command=RUN,
            narrow=(
                "an API or a page that is named need not help with this bug, and the table holds"
                " what one group looked up, not all that a search would find"
            ),
        ),
        Measure(
            id="print",
            title="share of interim values that a print shows as numbers",
            unit="case",
            of_program=_observed("O1"),
            axes={},
            command=RUN,
        ),
        Measure(
            id="reach",
            title="share of interim values that some statement reaches",
            unit="case",
            of_program=_observed("O2"),
            axes={},
            command=RUN,
        ),
    )
}
"""By the name that a claim gives."""


def _of_definition(axis: str) -> Callable[[Measure], tuple[str, ...]]:
    return lambda measure: tuple(measure.axes.get(axis, ()))


AXES: dict[str, Callable[[Measure], tuple[str, ...]]] = {
    "style": lambda _measure: tuple(each for each in Style if each is not Style.SCRIPT),
    **{axis: _of_definition(axis) for measure in MEASURES.values() for axis in measure.axes},
}
"""What may vary, and the levels that an axis has for a measure."""
