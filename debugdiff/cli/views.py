"""Lists: bugs, checks, findings, stores, parts of a campaign; as tables and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.model import Framework
from debugdiff.report.layout import (
    BAD,
    GOOD,
    LOUD,
    NOTHING,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    count_of,
    indented,
    quiet,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from debugdiff.campaign import RunRequest
    from debugdiff.campaign.checks import CheckLine
    from debugdiff.campaign.doctor import DoctorLine
    from debugdiff.campaign.running import CampaignResults
    from debugdiff.model import Bug
    from debugdiff.report import Page
    from debugdiff.store.merging import Merged
    from debugdiff.store.repair import StoreState

SCHEMA_VERSION = 1


def document(name: str, items: Sequence[Any]) -> str:
    return _object(**{name: list(items)})


# --- bugs --------------------------------------------------------------------------------------


def bugs(items: Sequence[Bug], page: Page) -> str:
    """One row per bug: its title, and what it is expected to do in each framework."""
    columns = (
        Column(header="bug", flexible=24),
        Column(header="title", flexible=24),
        *(Column(header=framework) for framework in Framework),
        Column(header="difficulty", justify="right"),
    )
    grid = Grid(columns=columns, blocks=(Block(rows=tuple(map(_bug_row, items))),))
    return page.write(grid, indented(quiet(count_of(len(items), "bug"))))


def _bug_row(bug: Bug) -> Row:
    return (
        Text(bug.id, style=STRONG),
        Text(bug.title),
        *(_expected_symptom(bug, framework) for framework in Framework),
        Text(str(bug.difficulty)),
    )


def _expected_symptom(bug: Bug, framework: Framework) -> Text:
    if framework in bug.not_expressible:
        return Text("prevented", style=GOOD)
    symptom = bug.symptom.get(framework)
    return Text(symptom) if symptom else NOTHING


def bugs_json(items: Sequence[Bug]) -> str:
    """The bugs with everything that their TOML says."""
    return document("bugs", items)


# --- checks and the doctor ---------------------------------------------------------------------

_CHECK_COLUMNS = (
    Column(header="subject", flexible=20),
    Column(header="check", flexible=12),
    Column(header="result"),
    Column(header="seen", flexible=24),
)
_DOCTOR_COLUMNS = (
    Column(header="what", flexible=16),
    Column(header=""),
    Column(header="found", flexible=24),
    Column(header="to install it", flexible=20),
)


def checks(lines: Sequence[CheckLine], page: Page) -> str:
    """One row per check, and the count of those that failed."""
    failed = sum(not line.passed for line in lines)
    summary = f"{count_of(len(lines), 'check')}, {failed} failed."
    return page.write(
        Grid(columns=_CHECK_COLUMNS, blocks=(Block(rows=tuple(map(_check, lines))),)),
        indented(Text(summary, style=BAD if failed else GOOD)),
    )


def _check(line: CheckLine) -> Row:
    result = Text("passed", style=GOOD) if line.passed else Text("FAILED", style=f"bold {BAD}")
    return (Text(line.subject), Text(line.check), result, Text(line.detail))


def checks_json(lines: Sequence[CheckLine]) -> str:
    """The checks as they are."""
    return document("checks", lines)


def doctor(lines: Sequence[DoctorLine], page: Page) -> str:
    """One row per thing that was looked for, and whether anything needed is missing."""
    missing = [line.name for line in lines if line.needed and not line.found]
    summary = (
        f"Missing: {', '.join(missing)}." if missing else "Everything that is needed is installed."
    )
    return page.write(
        Grid(columns=_DOCTOR_COLUMNS, blocks=(Block(rows=tuple(map(_finding, lines))),)),
        indented(Text(summary, style=BAD if missing else GOOD)),
    )


def _finding(line: DoctorLine) -> Row:
    missing = Text("missing", style=LOUD) if line.needed else Text("missing", style=QUIET)
    state = Text("ok", style=GOOD) if line.found else missing
    detail = "" if line.detail == state.plain else line.detail
    return (Text(line.name), state, Text(detail), Text(line.hint))


def doctor_json(lines: Sequence[DoctorLine]) -> str:
    """The findings as they are."""
    return document("findings", lines)


# --- the store ---------------------------------------------------------------------------------


def store(path: Path, state: StoreState, page: Page) -> str:
    """What a store holds, and a line for each thing that is wrong with it."""
    cached = count_of(state.cached, "value")
    holds = f"{count_of(state.trials, 'finished trial')} and {cached} of the cache can be read."
    lost = f"{count_of(state.damaged, 'row')} cannot be read."
    problems = [*([lost] if state.damaged else []), *state.problems]
    return page.write(
        Text.assemble((str(path), STRONG)),
        indented(Text(holds)),
        *(indented(Text(problem, style=BAD)) for problem in problems),
        *([] if problems else [indented(Text("Nothing is wrong.", style=GOOD))]),
    )


def store_json(path: Path, state: StoreState) -> str:
    """The same for a program."""
    return _object(store=path, state=state)


def merged(path: Path, result: Merged, page: Page) -> str:
    """What a merge added to a store, and a line for each thing that is not as it should be."""
    known = f"{count_of(result.known, 'trial')} already there, with the same outcome"
    problems = [
        *(
            f"{trial} ends differently in another store; the first record is kept."
            for trial in result.different
        ),
        *([f"{count_of(result.damaged, 'row')} cannot be read."] if result.damaged else []),
        *result.problems,
    ]
    return page.write(
        Text.assemble((str(path), STRONG)),
        indented(Text(f"{count_of(result.added, 'trial')} added, {known}.")),
        *(indented(Text(problem, style=BAD)) for problem in problems),
    )


def merged_json(path: Path, result: Merged) -> str:
    """The same for a program."""
    return _object(store=path, merged=result)


# --- a part of a campaign ------------------------------------------------------------------------


def part(request: RunRequest, measured: CampaignResults, page: Page) -> str:
    """How many trials of a part have a record now, and what to do with the store."""
    reused = sum(result.reused for result in measured.results)
    counts = (
        f"Part {request.shard}: {count_of(len(measured.results), 'finished trial')} in"
        f" {request.store}, {reused} of them from an earlier run."
    )
    reasons = [f"{trial} was not run: {reason}" for trial, reason in measured.not_run.items()]
    return page.write(
        Text(counts),
        *(indented(Text(reason, style=BAD)) for reason in reasons),
        quiet(
            "When all parts are done: debugdiff store merge ALL PART..., then the same command with"
            " --store ALL and without --shard."
        ),
    )


def part_json(request: RunRequest, measured: CampaignResults) -> str:
    """The same for a program."""
    return _object(
        shard=str(request.shard),
        store=request.store,
        finished=[result.trial.id for result in measured.results],
        reused=sum(result.reused for result in measured.results),
        not_run=dict(measured.not_run),
    )


def _object(**content: object) -> str:
    return to_json({"schema_version": SCHEMA_VERSION, **content}, indent=2) + "\n"
