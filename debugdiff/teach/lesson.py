"""What a learner can do with an exercise, each noted in the log: check, hint, guess, undo, why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from debugdiff import __version__
from debugdiff.config import default_store
from debugdiff.errors import DebugdiffError
from debugdiff.model import Sandbox
from debugdiff.teach.attempts import progress_of
from debugdiff.teach.explaining import WorkedLocalisation, explain
from debugdiff.teach.judge import Judge
from debugdiff.teach.localising import Guess, judge_guess
from debugdiff.teach.model import (
    PROGRAM,
    CheckResult,
    Event,
    EventType,
    Progress,
    Verdict,
)
from debugdiff.teach.runs import not_here
from debugdiff.teach.states import state_of
from debugdiff.teach.trial import missing_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Self

    from debugdiff.model import Record
    from debugdiff.teach.model import Exercise, Parting
    from debugdiff.teach.workspace import Listed, Workspace

_LAST = "This was the last hint."
_AFTER_HINTS = {
    True: f"{_LAST} `debugdiff teach guess {PROGRAM}:LINE` says how close a line is to the fault.",
    False: _LAST,
}
"""By whether a guess is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One hint.

    Attributes:
        number: from 1.
        advice: what else helps, after the last one; a sentence or nothing.
    """

    number: int
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One exercise of a list."""

    number: int
    id: str
    folder: str
    title: str
    framework: str
    minutes: int
    progress: Progress


@dataclass(kw_only=True)
class Lesson:
    """A learner's course at work. Only `check`, `why` and what they need start a host.

    Args:
        workspace: the learner's folder.
        judge: hosts that run already; else one starts with the first check.
        sandbox: what programs are kept from on hosts of its own.
    """

    workspace: Workspace
    judge: Judge | None = None
    sandbox: Sandbox = Sandbox.WRITE
    _own: Judge | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        if self._own is not None:
            self._own.__exit__(*details)

    # --- what there is ---------------------------------------------------------------------------

    def progress(self) -> Mapping[str, Progress]:
        """By exercise, from the log."""
        return progress_of(self.workspace.log.read().events)

    def rows(self) -> tuple[Row, ...]:
        """Every exercise with its progress."""
        known = self.progress()
        return tuple(
            Row(
                number=exercise.number,
                id=exercise.id,
                folder=exercise.folder,
                title=exercise.case.title,
                framework=exercise.framework,
                minutes=exercise.minutes,
                progress=known.get(exercise.id, Progress(exercise=exercise.id)),
            )
            for exercise in map(self.workspace.outline, self.workspace.listed)
        )

    def current(self, name: str | None = None) -> Listed:
        """The exercise that is asked for, else the one that this folder is, else the next one."""
        return self.workspace.find(name) or self.next_unsolved() or self.workspace.listed[-1]

    def next_unsolved(self, after: Listed | None = None) -> Listed | None:
        """The first exercise after another that is not solved; `None` if all are."""
        known = self.progress()
        listed = self.workspace.listed
        start = listed.index(after) + 1 if after in listed else 0
        ordered = (*listed[start:], *listed[:start])
        return next(
            (each for each in ordered if each.id not in known or not known[each.id].solved), None
        )

    def following(self) -> Exercise | None:
        """The next exercise that is not solved."""
        listed = self.next_unsolved(self.workspace.find(None))
        return None if listed is None else self.workspace.exercise(listed)

    def twin(self) -> Exercise:
        """The bug of the exercise that was solved last, in the other framework: written out.

        Raises:
            DebugdiffError: `twin-missing` if nothing is solved, or the bug has no twin there.
        """
        if self.workspace.handed_out:
            raise not_here("opened in the other framework")
        events = self.workspace.log.read().events
        solved = [event.exercise for event in events if event.verdict and event.verdict.is_fixed]
        listed = self.workspace.find(solved[-1]) if solved else None
        exercise = self.workspace.exercise(listed) if listed else None
        if exercise is None or not exercise.twin:
            raise DebugdiffError(
                "The other framework has no exercise with the same bug."
                if exercise
                else "No exercise is solved yet.",
                hint="`debugdiff teach next` shows the next exercise.",
                slug="twin-missing",
            )
        self.workspace = self.workspace.with_twin(exercise)
        return self.workspace.exercise(
            self.workspace.find(exercise.twin) or self.workspace.listed[0]
        )

    # --- checking --------------------------------------------------------------------------------

    def check(
        self,
        listed: Listed,
        hypothesis: str = "",
        *,
        on_public: Callable[[Record], None] | None = None,
    ) -> CheckResult:
        """Judge what is in the exercise's folder, and note it; see `Judge.check`."""
        files = self.workspace.files(listed)
        if hypothesis:
            self.suppose(listed, hypothesis)
        result = self._judged(listed, files, on_public)
        self.workspace.log.append(
            Event(
                time="",
                order=0,
                exercise=listed.id,
                event=EventType.CHECKED,
                verdict=result.verdict,
                stage=result.stage,
                failure=result.failure.type if result.failure else "",
                new_fault=result.verdict is Verdict.NEW_FAULT,
                versions={"debugdiff": __version__, **result.versions},
            ),
            files,
        )
        return result

    def _judged(
        self,
        listed: Listed,
        files: Mapping[str, str],
        on_public: Callable[[Record], None] | None,
    ) -> CheckResult:
        """Where the reference of a hand-out is damaged, nothing is said about the program."""
        try:
            exercise = self.workspace.exercise(listed)
        except DebugdiffError as error:
            if error.slug != "reference":
                raise
            return CheckResult(
                exercise=listed.id,
                state=state_of(files),
                verdict=Verdict.NOT_JUDGED,
                reason=f"{error.message} {error.hint}",
            )
        return self._judge().check(exercise, files, on_public=on_public)

    def suppose(self, listed: Listed, hypothesis: str) -> None:
        """Note what a learner thinks is wrong."""
        self._note(listed, EventType.HYPOTHESIS, hypothesis=hypothesis)

    def _judge(self) -> Judge:
        if self.judge is None:
            self._own = self.judge = Judge(cache=default_store(), sandbox=self.sandbox).__enter__()
        return self.judge

    def _note(self, listed: Listed, event: EventType, **facts: object) -> Event:
        plain = Event(time="", order=0, exercise=listed.id, event=event)
        return self.workspace.log.append(
            replace(plain, **facts),  # type: ignore[arg-type]
            self._files_or_none(listed),
        )

    def _files_or_none(self, listed: Listed) -> Mapping[str, str] | None:
        try:
            return self.workspace.files(listed)
        except DebugdiffError:
            return None

    def trace(self, listed: Listed) -> Record:
        """What the layers of the learner's program hold, at size `tiny`."""
        exercise, files = self.workspace.exercise(listed), self.workspace.files(listed)
        self._note(listed, EventType.TRACED)
        return self._judge().trace(exercise, files)

    def diff(self, listed: Listed) -> Parting | None:
        """Where the learner's program parts from a healthy one."""
        exercise, files = self.workspace.exercise(listed), self.workspace.files(listed)
        self._note(listed, EventType.COMPARED)
        return self._judge().compare(exercise, files)

    def warm_up(self, listed: Listed) -> None:
        """Start a host and run the healthy program, before anything is asked."""
        exercise = self.workspace.exercise(listed)
        if not missing_stack(exercise):
            self._judge().warm_up(exercise)

    def get_ready(self, listed: Listed) -> None:
        """Run what a fix that is written in another way is compared with, before there is one."""
        exercise = self.workspace.exercise(listed)
        if not missing_stack(exercise):
            self._judge().get_ready(exercise)

    # --- help ------------------------------------------------------------------------------------

    def hint(self, listed: Listed) -> Hint:
        """The next hint, the last one again when all were shown."""
        exercise = self.workspace.outline(listed)
        hints = exercise.bug.hints
        shown = self.progress().get(listed.id, Progress(exercise=listed.id)).hints
        number = min(shown + 1, len(hints))
        self._note(listed, EventType.HINTED, hint=number)
        # A guess of an exercise that was handed out is noted, and says nothing.
        tells = exercise.reference is None
        advice = _AFTER_HINTS[tells] if number == len(hints) else ""
        return Hint(number=number, text=hints[number - 1], advice=advice)

    def guess(self, listed: Listed, line: int) -> Guess:
        """Say whether a line of the learner's program is the one."""
        exercise, files = self.workspace.outline(listed), self.workspace.files(listed)
        events = self.workspace.log.read().events
        ranks = [
            event.rank
            for event in events
            if event.exercise == listed.id and event.event is EventType.GUESSED
        ]
        answer = judge_guess(exercise, files, line, ranks[-1] if ranks else None)
        self._note(listed, EventType.GUESSED, guess=f"{PROGRAM}:{line}", rank=answer.rank)
        return answer

    def why(self, listed: Listed, *, anyway: bool = False) -> WorkedLocalisation:
        """The worked localisation, once the exercise is solved.

        Raises:
            DebugdiffError: `why-unsolved` if it is not, and nobody said `anyway`.
        """
        exercise = self.workspace.exercise(listed)
        if exercise.reference is not None:
            raise not_here("explained")
        progress = self.progress().get(listed.id)
        if not anyway and (progress is None or not progress.solved):
            raise DebugdiffError(
                "This exercise is not solved yet, and this would give away the answer.",
                hint="`debugdiff teach hint` gives away less; with --anyway, you get the answer.",
                slug="why-unsolved",
            )
        from debugdiff.teach.course import find_exercise  # noqa: PLC0415 - only where it is asked

        twin = find_exercise(self.workspace.source, exercise.twin)
        observed = self._judge().observe(exercise, twin)
        self._note(listed, EventType.EXPLAINED)
        return explain(exercise, observed)

    # --- undoing ---------------------------------------------------------------------------------

    def undo(self, listed: Listed) -> str | None:
        """Go back to the state before the present one; its hash, or `None` if there is none.

        States stand in the order in which they were first seen, from what was given on; right after
        a reset, the one before it is what was there then.
        """
        log, given = self.workspace.log, self.workspace.exercise(listed).given
        events = [event for event in log.read().events if event.exercise == listed.id]
        if events and events[-1].event is EventType.RESET:
            return self._undo_reset(listed, events)
        self._note(listed, EventType.OPENED)  # the present state can be had back
        states = [event.state for event in log.read().events if event.exercise == listed.id]
        order = list(dict.fromkeys((state_of(given), *filter(None, states))))
        files = self._files_or_none(listed)
        present = state_of(files) if files is not None else ""
        at = order.index(present) if present in order else len(order)
        if at == 0:
            return None
        kept = {order[0]: given}  # what was given is always there; others may be damaged
        before, older = next(
            (each, files)
            for each in reversed(order[:at])
            if (files := kept.get(each) or log.files_of(each)) is not None
        )
        self.workspace.write(listed, older)
        self._note(listed, EventType.UNDONE)
        return before

    def _undo_reset(self, listed: Listed, events: Sequence[Event]) -> str | None:
        given = events[-1].state
        before = [event.state for event in events if event.state and event.state != given]
        older = self.workspace.log.files_of(before[-1]) if before else None
        if older is None:
            return None
        self.workspace.write(listed, older)
        self._note(listed, EventType.UNDONE)
        return before[-1]

    def reset(self, listed: Listed) -> None:
        """The exercise as it was given; what was there can be had back by `undo`."""
        self._note(listed, EventType.OPENED)
        exercise = self.workspace.exercise(listed)
        self.workspace.lay_out(exercise)
        self._note(listed, EventType.RESET)
