"""Two reports side by side: whether each fault is reported better, worse or not at all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from debugdiff.changes.normal import normal
from debugdiff.errors import DebugdiffError
from debugdiff.model import Mode, Outcome, ProgramEnd, WorkerEnd
from debugdiff.score import METRICS, Better
from debugdiff.toml_tables import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from debugdiff.changes.reading import SavedFailure, SavedOutcome, SavedReport, SavedTrial

FIGURES = ("D1", "D3.best", "D4", "D5.reachable", "D6", "D7", "D8")
"""The scores of how a crash is reported; each has a better direction."""
_ESCAPE = "\x1b"
_EXACT = 1e-9

Name = tuple[str, str, str, Mode, int, str | None]
"""Case, program, bug, mode and seed; the stack, unless each side has one of its own."""


class Kind(StrEnum):
    """What became of a fault between the two reports; the marks are asv's where it has one."""

    SILENT = "newly silent"
    REPORTED = "newly reported"
    WORSE = "worse"
    BETTER = "better"
    MIXED = "better and worse"
    TEXT = "text only"
    SAME = "the same"
    VARIES = "varies by itself"
    NOT_COMPARABLE = "not comparable"

    @property
    def mark(self) -> str:
        """One character for it."""
        return _MARKS[self]


_MARKS = {
    Kind.SILENT: "!",
    Kind.REPORTED: "*",
    Kind.WORSE: "+",
    Kind.BETTER: "-",
    Kind.MIXED: "±",
    Kind.TEXT: "~",
    Kind.SAME: " ",
    Kind.VARIES: "?",
    Kind.NOT_COMPARABLE: "x",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """How a fault showed itself on one side.

    Attributes:
        outcome: what became of the bug.
        type: the exception's; empty where none ended the program.
        message: those of all exceptions of the chain, as they were printed.
        figures: the scores of FIGURES; those that could not be judged are left out.
        facts: what has no direction: frames, hidden frames, characters, escape sequences.
    """

    outcome: Outcome
    type: str
    message: str
    figures: Mapping[str, float]
    facts: Mapping[str, int]

    @property
    def is_silent(self) -> bool:
        """Whether the fault had an effect, and no exception reported it."""
        return self.outcome is Outcome.EFFECTIVE and not self.type

    @property
    def compared(self) -> tuple[object, ...]:
        """All that is compared, without what varies from run to run."""
        return (self.outcome, self.type, normal(self.message), dict(self.figures))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One bug in one program: how it was reported before and after.

    Attributes:
        differing: the figures that differ, with both values.
        reason: why the two cannot be compared; else empty.
    """

    case: str
    implementation: str
    bug: str
    mode: Mode
    seed: int
    kind: Kind
    before: Sighting
    after: Sighting
    differing: Mapping[str, tuple[float, float]]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All of them, with the versions of both sides."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    changes: tuple[Change, ...]

    @property
    def counts(self) -> Counter[Kind]:
        """How many there are of each kind."""
        return Counter(change.kind for change in self.changes)


@dataclass(frozen=True)
class _Side:
    """One side: its report, the same run once more if there is one, and the stack that counts."""

    report: SavedReport
    again: SavedReport | None
    stack: str | None

    def require_stack(self) -> None:
        """Refuse a stack that the report does not have."""
        known = dict.fromkeys(outcome.stack for outcome in self.report.outcomes)
        if self.stack is not None and self.stack not in known:
            raise DebugdiffError(
                f"The report has no bug on the stack `{self.stack}`.",
                hint=suggestion(self.stack, known, "") + f" It has: {', '.join(known) or 'none'}.",
                slug="nothing-in-common",
            )

    @cached_property
    def sightings(self) -> dict[Name, Sighting]:
        return dict(_sightings(self.report, self.stack))

    @cached_property
    def varying(self) -> set[Name]:
        """What differs when the same is run again."""
        if self.again is None:
            return set()
        again = dict(_sightings(self.again, self.stack))
        return {
            name
            for name, sighting in self.sightings.items()
            if name in again and again[name].compared != sighting.compared
        }


def compare_reports(
    before: Sequence[SavedReport],
    after: Sequence[SavedReport],
    *,
    stacks: tuple[str | None, str | None] = (None, None),
) -> Changes:
    """Compare how two reports tell of the same bugs in the same programs.

    Args:
        before: one report, or two of the same run: what differs between these two varies by
            itself, and is no change.
        after: the same for the other side.
        stacks: the stack that counts on each side; by default the same one on both.

    Raises:
        DebugdiffError: the reports have no bug and program in common, or one lacks its stack.
    """
    left, right = (
        _Side(reports[0], reports[1] if len(reports) > 1 else None, stack)
        for reports, stack in zip((before, after), stacks, strict=True)
    )
    for side in (left, right):
        side.require_stack()
    names = [name for name in left.sightings if _was_run(name, left, right)]
    if not names:
        raise DebugdiffError(
            "The two reports have no bug and program in common that was run.",
            hint="Run the same cases and bugs twice. For two stacks of one report:"
            " --stack-before and --stack-after.",
            slug="nothing-in-common",
        )
    return Changes(
        before=left.report.environment.of(left.stack),
        after=right.report.environment.of(right.stack),
        changes=tuple(_change(name, left, right) for name in names),
    )


_NOT_RUN = frozenset({Outcome.NOT_APPLICABLE, Outcome.NOT_EXPRESSIBLE, Outcome.UNMEASURED})


def _was_run(name: Name, left: _Side, right: _Side) -> bool:
    """Whether both sides have the bug in the program, and one of them a run of it."""
    after = right.sightings.get(name)
    return after is not None and not {left.sightings[name].outcome, after.outcome} <= _NOT_RUN


def _sightings(report: SavedReport, stack: str | None) -> Iterator[tuple[Name, Sighting]]:
    trials = {trial.id: trial for trial in report.trials}
    figures: dict[str, dict[str, float]] = {}
    for score in report.scores:
        if score.metric in FIGURES and score.value is not None:
            figures.setdefault(score.trial, {})[score.metric] = score.value
    for outcome in report.outcomes:
        if stack is None or outcome.stack == stack:
            name = (*outcome.name, None if stack else outcome.stack)
            trial = trials.get(outcome.trial)
            yield name, _sighting(outcome, trial, figures.get(outcome.trial, {}))


def _sighting(
    outcome: SavedOutcome, trial: SavedTrial | None, figures: Mapping[str, float]
) -> Sighting:
    failure = trial.failure if trial else None
    died = trial is not None and trial.worker is not WorkerEnd.FINISHED
    ended = f"({trial.worker})" if trial and died else ""
    raised = trial is not None and trial.program is ProgramEnd.RAISED
    return Sighting(
        outcome=outcome.outcome,
        type=failure.type if failure and raised else ended,
        message="\n".join(_messages(failure)) if failure and raised else "",
        figures=figures,
        facts=_facts(failure) if failure else {},
    )


def _messages(failure: SavedFailure) -> Sequence[str]:
    return [each.message for each in failure.chain] or [failure.message]


def _facts(failure: SavedFailure) -> dict[str, int]:
    return {
        "frames": len(failure.frames),
        "hidden frames": failure.hidden_frames,
        "characters": len(failure.text),
        "escape sequences": failure.text.count(_ESCAPE),
    }


def _change(name: Name, left: _Side, right: _Side) -> Change:
    before, after = left.sightings[name], right.sightings[name]
    case, implementation, bug, mode, seed, _ = name
    kind, reason = _kind(before, after)
    if kind not in {Kind.SAME, Kind.NOT_COMPARABLE} and name in left.varying | right.varying:
        kind, reason = Kind.VARIES, "two runs of one side differ as well"
    return Change(
        case=case,
        implementation=implementation,
        bug=bug,
        mode=mode,
        seed=seed,
        kind=kind,
        before=before,
        after=after,
        differing=_differing(before, after),
        reason=reason,
    )


def _kind(before: Sighting, after: Sighting) -> tuple[Kind, str]:
    if before.outcome is not after.outcome:
        return Kind.NOT_COMPARABLE, f"the outcome is {before.outcome}, then {after.outcome}"
    if before.outcome is not Outcome.EFFECTIVE:
        return Kind.SAME, ""
    if before.is_silent is not after.is_silent:
        return (Kind.SILENT if after.is_silent else Kind.REPORTED), ""
    return _of_figures(before, after), ""


def _of_figures(before: Sighting, after: Sighting) -> Kind:
    signs = {_sign(name, *values) for name, values in _differing(before, after).items()}
    match signs:
        case _ if signs == {1}:
            return Kind.BETTER
        case _ if signs == {-1}:
            return Kind.WORSE
        case _ if signs:
            return Kind.MIXED
    same = (before.type, normal(before.message)) == (after.type, normal(after.message))
    return Kind.SAME if same else Kind.TEXT


def _differing(before: Sighting, after: Sighting) -> dict[str, tuple[float, float]]:
    """The figures that both sides have, and that differ."""
    return {
        name: (before.figures[name], after.figures[name])
        for name in FIGURES
        if name in before.figures
        and name in after.figures
        and abs(before.figures[name] - after.figures[name]) > _EXACT
    }


def _sign(name: str, before: float, after: float) -> int:
    """1 if it got better, -1 if worse."""
    more = METRICS[name].better is Better.MORE
    return 1 if (after > before) is more else -1
