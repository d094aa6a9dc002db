"""One bug: its story, and its programs side by side, a column for each framework."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from debugdiff.known_errors import known_error
from debugdiff.model import Framework, Mode, Stage
from debugdiff.report.debuggability import bug_grid, by_place, shows_with_stage
from debugdiff.report.html.document import document, fill, score_row
from debugdiff.report.html.elements import table
from debugdiff.report.html.matrix import address, level_of
from debugdiff.report.html.printed import output, relative
from debugdiff.report.html.readings import Readings, readings
from debugdiff.report.layout import NOTHING, count_of
from debugdiff.report.places import several_conditions
from debugdiff.report.said import said
from debugdiff.score.outcome import new_warnings
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from debugdiff.known_errors import KnownError
    from debugdiff.model import Attempt, Bug, Report

_FRAMEWORKS = {Framework.PYTORCH: "PyTorch", Framework.KERAS: "Keras"}
_CHANGES = {"-": "removed", "+": "added", "@": "quiet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program with the bug in it, and all that it gave to look at."""

    name: str
    facts: tuple[str, ...]
    level: str
    words: str
    said: str
    outcome: str
    change: tuple[tuple[str, str], ...]
    heading: str
    output: Markup
    known: KnownError | None
    warnings: tuple[tuple[str, str, str], ...]
    scores: Markup
    details: Markup
    detailed: int
    readings: tuple[Readings, ...]


def bug_pages(report: Report) -> Iterator[tuple[str, str]]:
    """The pages of every bug that was tried, by name: its story, then one for each case."""
    by_bug: dict[str, dict[str, list[Attempt]]] = defaultdict(lambda: defaultdict(list))
    for attempt in report.attempts:
        if attempt.tried:
            by_bug[attempt.bug.id][attempt.case.name].append(attempt)
    named, several = several_conditions(report), len(report.cases) > 1
    for bug in report.bugs:
        cases = by_bug.get(bug.id, {})
        if not cases:
            continue
        yield address(bug.id)[1:], story(bug, cases)
        for case, attempts in cases.items():
            title = case if several else ""
            yield address(bug.id, case)[1:], side_by_side(bug, attempts, title=title, named=named)


def bug_page(bug: Bug, attempts: Sequence[Attempt]) -> str:
    """One bug in the programs of one case as a file."""
    named = len({each.condition.over_seeds for each in attempts}) > len(
        {each.implementation.name for each in attempts}
    )
    parts = (story(bug), side_by_side(bug, attempts, named=named))
    return document(f"debugdiff show {bug.id}", Markup("\n".join(parts)))


def story(bug: Bug, cases: Iterable[str] = ()) -> Markup:
    """What the bug is, with a link to each case that has it."""
    links = tuple((case, address(bug.id, case)) for case in cases)
    return fill("story.html", bug=bug, cases=links if len(links) > 1 else ())


def side_by_side(
    bug: Bug, attempts: Sequence[Attempt], *, title: str = "", named: bool = False
) -> Markup:
    """The programs of one case, a column for each framework.

    Args:
        bug: the bug.
        attempts: in programs of the case.
        title: the case's, where there are several.
        named: whether stack and mode stand beside an implementation.
    """
    programs: dict[Framework, list[Program]] = {framework: [] for framework in Framework}
    for seeds in by_place(attempts).values():
        programs[seeds[0].implementation.framework].append(_program(seeds))
    return fill(
        "side_by_side.html",
        case=title,
        summary=table(bug_grid(bug, attempts, named=named)),
        columns=[(_FRAMEWORKS[framework], mine) for framework, mine in programs.items() if mine],
    )


def _program(seeds: Sequence[Attempt]) -> Program:
    """One program; of several seeds the first one that was measured is shown."""
    shown = next((each for each in seeds if each.record), seeds[0])
    heading, printed = _printed(shown)
    of_layers = shown.clean.layers
    scores, details = _scores(shown)
    return Program(
        name=shown.implementation.name,
        facts=tuple(_facts(seeds, shown)),
        level=level_of(seeds),
        words="/".join(dict.fromkeys(shows_with_stage(each).plain for each in seeds)),
        said=said(shown, when=False),
        outcome=f"{shown.verdict.outcome.value.replace('-', ' ')}. {shown.verdict.reason}",
        change=tuple(_change(shown)),
        heading=heading,
        output=printed,
        known=known_error(shown.failure) if shown.failure else None,
        warnings=_warnings(shown),
        scores=Markup("\n".join(scores)),
        details=Markup("\n".join(details)),
        detailed=len(details),
        readings=readings(of_layers.record if of_layers else None, shown.layers.record)
        if shown.layers
        else (),
    )


def _facts(seeds: Sequence[Attempt], shown: Attempt) -> Iterator[str]:
    """What it is, what it ran on, and where it ended."""
    program, condition, record = shown.implementation, shown.condition, shown.record
    mode = "" if condition.mode is Mode.DEFAULT else f", mode {condition.mode}"
    yield f"{program.style}, {program.training}; {condition.stack_name}{mode}"
    others = f", the first of {count_of(len(seeds), 'seed')}" if len(seeds) > 1 else ""
    yield f"seed {condition.seed}{others}"
    if record is not None:
        where = "ran to its end" if record.stage is Stage.DONE else f"in stage {record.stage}"
        yield f"{where}, after {count_of(record.step, 'optimizer step')}"


def _change(shown: Attempt) -> Iterator[tuple[str, str]]:
    """The lines of the diff, each with its class; not the names of the files above it."""
    lines = split_lines(shown.mutant.diff) if shown.mutant else []
    for line in lines:
        if not line.startswith(("---", "+++")):
            yield _CHANGES.get(line[:1], ""), line


def _printed(shown: Attempt) -> tuple[str, Markup]:
    """What the user saw: the traceback, else what stands on stderr."""
    record, folder = shown.record, shown.case.folder
    if record is None:
        return "", Markup()
    if record.failure is not None:
        return "Traceback", output(record.failure.text, shown.mutant, folder)
    if record.stderr.strip():
        return "Output on stderr", output(record.stderr, shown.mutant, folder)
    return "", Markup()


def _warnings(shown: Attempt) -> tuple[tuple[str, str, str], ...]:
    """Of each new warning the category, the message and the place."""
    if shown.record is None:
        return ()
    folder = shown.case.folder
    return tuple(
        (
            each.category,
            relative(each.message.strip(), folder),
            f"{relative(each.file, folder)}:{each.line}, {each.stage}, step {each.step}",
        )
        for each in new_warnings(shown.record, shown.clean.record)
    )


def _scores(shown: Attempt) -> tuple[list[str], list[str]]:
    """Rows of scores: those that were judged, then details and what was not."""
    rows: tuple[list[str], list[str]] = [], []
    for score in sorted(shown.scores, key=lambda score: score.metric):
        value = score.value
        is_detail = value is None or "." in score.metric or not score.metric[:1].isupper()
        digits = 0 if value is not None and value == round(value) else 2
        figure = NOTHING.plain if value is None else f"{value:.{digits}f}"
        rows[is_detail].append(score_row(score.metric, figure, score.explanation))
    return rows
