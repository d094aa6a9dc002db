"""One bug as it is: what it changes in each framework, and what each framework said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.running import stored
from debugdiff.inject import inject
from debugdiff.model import Framework, Mutant, ProgramEnd
from debugdiff.score.symptom import symptom_of

if TYPE_CHECKING:
    from debugdiff.campaign.request import RunRequest
    from debugdiff.model import Attempt, Bug, Report, Symptom


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A bug in one framework.

    Attributes:
        mutant: of the first program that the bug fits; `None` if it fits none of those looked at.
        places: how many programs it fits, of how many.
        attempt: the bug in that program, which `said` stands for; `None` if the store has no
            trial of it.
    """

    framework: Framework
    mutant: Mutant | None
    places: tuple[int, int]
    attempt: Attempt | None = None

    @property
    def symptom(self) -> Symptom | None:
        """How the bug showed itself there, if it is effective."""
        return symptom_of(self.attempt) if self.attempt else None

    @property
    def said(self) -> str:
        """The last word of the framework: its exception in full, or how the run ended."""
        if self.attempt is None or self.attempt.record is None:
            return ""
        record = self.attempt.record
        if record.failure is not None:
            return f"{record.failure.type}: {record.failure.message}"
        warned = [each.message for each in record.warnings]
        if record.program is ProgramEnd.OK:
            return "\n".join(warned) or "Nothing: the program runs to its end."
        return record.ending


@dataclass(frozen=True, slots=True, kw_only=True)
class BugStory:
    """A bug and its tellings, one per framework."""

    bug: Bug
    tellings: tuple[Telling, ...]


def tell(bug: Bug, request: RunRequest) -> BugStory:
    """Put the bug into the programs of a request and look its trials up; executes nothing.

    Raises:
        BugError: the bug cannot be used.
    """
    tellings = tuple(_placed(bug, framework, request) for framework in Framework)
    mutants = {each.mutant.case for each in tellings if each.mutant}
    if not mutants or not request.store.exists():
        return BugStory(bug=bug, tellings=tellings)
    cases = tuple(case for case in request.cases if case.name in mutants)
    report = stored(replace(request, cases=cases, bugs=(bug,)))
    return BugStory(bug=bug, tellings=tuple(_with_trial(each, report) for each in tellings))


def _placed(bug: Bug, framework: Framework, request: RunRequest) -> Telling:
    programs = [each for each in request.implementations if each.framework is framework]
    results = [inject(each, bug) for each in programs]
    mutants = [each for each in results if isinstance(each, Mutant)]
    return Telling(
        framework=framework,
        mutant=mutants[0] if mutants else None,
        places=(len(mutants), len(programs)),
    )


def _with_trial(telling: Telling, report: Report) -> Telling:
    """With the trial of the very program whose change is shown."""
    if telling.mutant is None:
        return telling
    attempt = next(
        (
            each
            for each in report.attempts
            if each.implementation.key == f"{telling.mutant.case}/{telling.mutant.implementation}"
        ),
        None,
    )
    return replace(telling, attempt=attempt if attempt and attempt.record else None)
