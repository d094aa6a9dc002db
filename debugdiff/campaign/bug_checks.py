"""What `bugs check` verifies, a line per check: patterns, examples, places, and what happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.bug_effects import effects
from debugdiff.campaign.bug_places import InjectedProgram, place_checks
from debugdiff.campaign.checks import CheckLine, check_line
from debugdiff.campaign.running import run
from debugdiff.errors import BugError
from debugdiff.inject import check_examples, inject, validate_rules
from debugdiff.model import Instrument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.model import Bug, Implementation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A bug that was tried on every program: its checks so far, and the programs that it fits."""

    bug: Bug
    lines: tuple[CheckLine, ...]
    fits: frozenset[str]


def check_bugs(
    request: RunRequest, *, executed: bool = True, progress: Progress | None = None
) -> tuple[CheckLine, ...]:
    """Check every bug of a request on every program of it.

    Patterns and examples are checked, and where the bug fits. Then, unless `executed` is off, the
    programs that it fits are run with and without it, as far as they have no record yet.
    """
    written = [_written(bug, request.implementations) for bug in request.bugs]
    if not executed:
        return tuple(line for each in written for line in each.lines)
    ran = _run([each for each in written if each.fits], request, progress)
    return tuple(line for each in written for line in (*each.lines, *ran.get(each.bug.id, ())))


# --- what is written ---------------------------------------------------------------------------


def _written(bug: Bug, implementations: Sequence[Implementation]) -> _Written:
    try:
        validate_rules(bug)
        examples = check_examples(bug)
        injections = [InjectedProgram(program, inject(program, bug)) for program in implementations]
    except BugError as error:
        return _Written(
            bug=bug,
            lines=(check_line(bug.id, "patterns", [_message(error)], ""),),
            fits=frozenset(),
        )
    lines = [check_line(bug.id, "examples", examples, f"{len(bug.examples)} transform")]
    lines += place_checks(bug, injections)
    fits = frozenset(one.program.key for one in injections if one.fits)
    return _Written(bug=bug, lines=tuple(lines), fits=fits)


def _message(error: BugError) -> str:
    """With the place that the hint shows, if it shows one."""
    return f"{error.message}\n{error.hint}" if "^" in error.hint else error.message


# --- what happens ------------------------------------------------------------------------------


def _run(
    written: Sequence[_Written], request: RunRequest, progress: Progress | None
) -> dict[str, tuple[CheckLine, ...]]:
    """The checks that need a run, by bug. Only programs that some bug fits are run."""
    if not written:
        return {}
    wanted = frozenset[str]().union(*(each.fits for each in written))
    cases = [
        replace(case, implementations=tuple(x for x in case.implementations if x.key in wanted))
        for case in request.cases
    ]
    narrow = replace(
        request,
        cases=tuple(case for case in cases if case.implementations),
        bugs=tuple(each.bug for each in written),
        instruments=(Instrument.NONE, Instrument.LAYERS),
    )
    report = run(narrow, progress=progress)
    return {each.bug.id: effects(each.bug, report) for each in written}
