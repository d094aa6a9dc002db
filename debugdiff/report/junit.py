"""JUnit XML, for a CI. A bug in a program is a test, which passes if something notices it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from debugdiff.model import Mode, Outcome, WorkerEnd
from debugdiff.report.paths import near_paths
from debugdiff.report.quiet import TIMED_OUT
from debugdiff.report.said import said
from debugdiff.score.reveal import noticed
from debugdiff.visible import shortened, uncoloured, visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from debugdiff.model import Attempt, Condition, ProgramRun, Record, Report
    from debugdiff.report import Page, Table

_LONGEST_LINE = 500
_LONGEST_TEXT = 20_000


class Problem(StrEnum):
    """What kept a test from passing; the value is the name of its element."""

    FAILURE = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class JUnitTest:
    """One test of a suite.

    Attributes:
        seconds: what it took, if that is known.
        problem: why it did not pass; `None` if it did.
        kind, message, text: of the problem: a word, a line, and all of it.
    """

    name: str
    seconds: float | None = None
    problem: Problem | None = None
    kind: str = ""
    message: str = ""
    text: str = ""


def junit(suites: Mapping[str, Sequence[JUnitTest]]) -> str:
    """Suites by name as XML 1.0, which has no characters that a terminal obeys."""
    root = ET.Element("testsuites")
    for name, tests in suites.items():
        counts = {f"{each}s": _count(tests, each) for each in (Problem.FAILURE, Problem.ERROR)}
        counts["skipped"] = _count(tests, Problem.SKIPPED)
        facts = {"name": _line(name), "tests": str(len(tests)), **counts}
        suite = ET.SubElement(root, "testsuite", facts)
        for test in tests:
            _add_test(suite, name, test)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, "unicode")}\n'


def _count(tests: Sequence[JUnitTest], problem: Problem) -> str:
    return str(sum(test.problem is problem for test in tests))


def _add_test(suite: ET.Element, name: str, test: JUnitTest) -> None:
    facts = {"classname": _line(name), "name": _line(test.name)}
    if test.seconds is not None:
        facts["time"] = f"{test.seconds:.3f}"
    case = ET.SubElement(suite, "testcase", facts)
    if test.problem is not None:
        said_of_it = {"message": _line(test.message)}
        if test.problem is not Problem.SKIPPED:
            said_of_it["type"] = _line(test.kind)
        found = ET.SubElement(case, test.problem, said_of_it)
        found.text = shortened(_shown(test.text), _LONGEST_TEXT) or None


def _line(text: str) -> str:
    return shortened(visible_line(_shown(text)), _LONGEST_LINE)


def _shown(text: str) -> str:
    return near_paths(visible(uncoloured(text)))


# --- a report ------------------------------------------------------------------------------------


def render(report: Report, page: Page, tables: Collection[Table] = ()) -> str:
    """A suite per program and condition, whatever page and tables: its clean run, then its bugs."""
    del page, tables
    suites: dict[str, list[JUnitTest]] = defaultdict(list)
    for run in report.runs:
        if run.record is not None:
            suites[_suite(run.condition)].append(_clean_run(run, run.record))
    for attempt in report.attempts:
        suites[_suite(attempt.condition)].append(_bug(attempt))
    return junit(suites)


def _suite(at: Condition) -> str:
    mode = "" if at.mode is Mode.DEFAULT else f", mode {at.mode}"
    return f"{at.case}/{at.implementation} on {at.stack_name}{mode}, seed {at.seed}"


def _clean_run(run: ProgramRun, record: Record) -> JUnitTest:
    if run.ran_through:
        return JUnitTest(name="clean run", seconds=record.seconds)
    return JUnitTest(
        name="clean run",
        seconds=record.seconds,
        problem=Problem.ERROR,
        kind="clean-run",
        message=record.ending,
        text=record.failure.text if record.failure else "",
    )


def _bug(attempt: Attempt) -> JUnitTest:
    problem, kind = _problem_of(attempt)
    words = said(attempt, when=True) if attempt.effective else attempt.verdict.reason
    return JUnitTest(
        name=f"{attempt.bug.id}: {attempt.bug.title}",
        seconds=attempt.record.seconds if attempt.record else None,
        problem=problem,
        kind=kind,
        message=words if problem else "",
        text=attempt.verdict.reason if problem is Problem.FAILURE else "",
    )


def _problem_of(attempt: Attempt) -> tuple[Problem | None, str]:
    """A bug that has no effect, or no place, tests nothing; one that is prevented is noticed."""
    if attempt.prevented:
        return None, ""
    if attempt.verdict.outcome is Outcome.UNMEASURED:
        return Problem.ERROR, "unmeasured"
    if not attempt.effective:
        return Problem.SKIPPED, ""
    if attempt.record is not None and attempt.record.worker is WorkerEnd.TIMEOUT:
        return Problem.FAILURE, TIMED_OUT
    seen = noticed(attempt)
    if seen is None:
        return Problem.ERROR, "not judged"
    return (None, "") if seen else (Problem.FAILURE, "silent")
