"""Bugs x programs as a heat map: when each bug shows itself in each program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from debugdiff.model import Framework
from debugdiff.report.debuggability import shows, shows_with_stage
from debugdiff.report.html.document import fill
from debugdiff.report.names import SENTINEL, SILENT
from debugdiff.report.places import place_name, several_conditions
from debugdiff.report.quiet import TIMED_OUT
from debugdiff.report.said import said
from debugdiff.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from markupsafe import Markup

    from debugdiff.model import Attempt, Bug, Condition, Report

    Attempts = Mapping[tuple[Condition, str], Sequence[Attempt]]
    """By condition over seeds and bug: the seeds share a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What a cell may show: the words, a sign for a narrow cell, and what it means."""

    name: str
    words: str
    sign: str
    meaning: str


LEVELS = (
    Level(
        name="prevented",
        words="prevented",
        sign="P",
        meaning="the bug cannot be written in the framework, or the framework corrects it",
    ),
    Level(
        name="build", words="build", sign="B", meaning="an error or a new warning before training"
    ),
    Level(name="first", words="first step", sign="1", meaning="in the first step of training"),
    Level(name="later", words="later step", sign="L", meaning="in a later step, or in evaluation"),
    Level(
        name="check",
        words=SENTINEL,
        sign="C",
        meaning="silent, but a published check of the values fires",
    ),
    Level(
        name="silent",
        words=SILENT,
        sign="S",
        meaning="it runs to its end without a message, and its results are different",
    ),
    Level(name="endless", words=TIMED_OUT, sign="T", meaning="still running at its time limit"),
    Level(name="mixed", words="differs", sign="~", meaning="not the same with every seed"),
    Level(
        name="nothing",
        words="no effect",
        sign="=",
        meaning="the bug changes nothing here, which earns no credit",
    ),
    Level(name="unknown", words="not judged", sign="?", meaning="not measured, or not judged"),
    Level(name="unfit", words="no place", sign="", meaning="this program has no place for the bug"),
)
_BY_WORDS = {level.words: level.name for level in LEVELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A bug in a program; `case` is the number of its case."""

    case: int
    level: str
    words: str
    said: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A bug; `differs` has the numbers of the cases in which the frameworks differ."""

    bug: Bug
    address: str
    differs: str
    cells: tuple[Cell, ...]


def address(bug: str, case: str = "", program: str = "") -> str:
    """The link to a bug's page, to one of its cases, or to one of its programs."""
    category, _, name = bug.partition("/")
    parts = (category, name, case, program)
    return "/".join(("#bug", *(quote(visible_line(each), safe="") for each in parts if each)))


def matrix(report: Report) -> Markup:
    """The page: filters, the heat map, and what its colours mean."""
    numbers = {case.name: number for number, case in enumerate(report.cases)}
    places = tuple(dict.fromkeys(each.condition.over_seeds for each in report.attempts))
    rows = tuple(_rows(report, places, numbers))
    used = {cell.level for row in rows for cell in row.cells}
    named = several_conditions(report)
    return fill(
        "matrix.html",
        rows=rows,
        cases=[
            (numbers[case.name], case.name, sum(each.case == case.name for each in places))
            for case in report.cases
        ],
        columns=[(numbers[each.case], place_name(each, named=named).plain) for each in places],
        categories=sorted({row.bug.category for row in rows}),
        levels=[level for level in LEVELS if level.name in used],
    )


def _rows(report: Report, places: Sequence[Condition], numbers: Mapping[str, int]) -> Iterator[Row]:
    attempts = _by_place(report)
    for bug in report.bugs:
        of_bug = {place: attempts.get((place, bug.id), ()) for place in places}
        if not any(each.tried for seeds in of_bug.values() for each in seeds):
            continue
        cells = tuple(_cell(bug, place, seeds, numbers) for place, seeds in of_bug.items())
        differs = (number for case, number in numbers.items() if _differs(of_bug, case))
        yield Row(
            bug=bug, address=address(bug.id), differs=" ".join(map(str, differs)), cells=cells
        )


def _by_place(report: Report) -> Attempts:
    found: dict[tuple[Condition, str], list[Attempt]] = {}
    for attempt in report.attempts:
        found.setdefault((attempt.condition.over_seeds, attempt.bug.id), []).append(attempt)
    return found


def _cell(bug: Bug, place: Condition, seeds: Sequence[Attempt], numbers: Mapping[str, int]) -> Cell:
    tried = [each for each in seeds if each.tried]
    words = "/".join(dict.fromkeys(shows_with_stage(each).plain for each in tried))
    return Cell(
        case=numbers[place.case],
        level=level_of(seeds),
        words=words or "no place",
        said=said(tried[0], when=False) if tried else "",
        address=address(bug.id, place.case, place.implementation) if tried else "",
    )


def level_of(seeds: Sequence[Attempt]) -> str:
    """The name of the level that some attempts show, which differ by their seed alone."""
    words = {shows(each).plain for each in seeds if each.tried}
    if not words:
        return "unfit"
    return _BY_WORDS.get(words.pop(), "unknown") if len(words) == 1 else "mixed"


def _differs(of_bug: Mapping[Condition, Sequence[Attempt]], case: str) -> bool:
    """Whether programs of one framework show a bug when those of the other do not."""
    seen: dict[Framework, set[str]] = {framework: set() for framework in Framework}
    for place, seeds in of_bug.items():
        level = level_of(seeds)
        if place.case == case and level not in {"unfit", "unknown"}:
            seen[place.stack.framework].add(level)
    first, second = seen.values()
    return bool(first and second and first != second)
