"""What `cases check` and `bugs check` verify, a line per check."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.campaign.request import Silent
from debugdiff.campaign.running import run
from debugdiff.errors import BugError
from debugdiff.inject import check_examples, inject, validate_rules
from debugdiff.model import Instrument, Mode, Mutant, ProgramEnd
from debugdiff.programs import imported_roots

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.model import (
        Bug,
        Case,
        Framework,
        Implementation,
        NotApplicable,
        Trial,
        TrialResult,
    )

READING_ORDER = ("build_model", "train", "evaluate", "main")
"""The functions that every implementation defines, in this order."""

_FRAMEWORK_MODULES = {"torch", "tensorflow", "keras", "jax"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """The result of one check. `detail` says what was seen."""

    subject: str
    check: str
    passed: bool
    detail: str


def check_cases(request: RunRequest, *, progress: Progress | None = None) -> tuple[CheckLine, ...]:
    """Contract, clean runs and repeatability of every case of the request."""
    static = [line for case in request.cases for line in _contract(case)]
    measured = replace(request, bugs=(), fresh=True, instruments=(Instrument.NONE,))
    told = _TwoRuns(progress or Silent())
    first, second = (_clean_runs(measured, told) for _ in range(2))
    return (*static, *_runs(first), *_repeats(first, second))


def check_bugs(bugs: Sequence[Bug], cases: Sequence[Case]) -> tuple[CheckLine, ...]:
    """Patterns, examples and applicability of every bug; nothing is executed."""
    implementations = [each for case in cases for each in case.implementations]
    return tuple(line for bug in bugs for line in _bug(bug, implementations))


def _contract(case: Case) -> Iterator[CheckLine]:
    for broken in case.broken:
        yield _line(f"{case.name}/{broken.name}", "parses", [broken.reason], "")
    for each in case.implementations:
        defined = _defined(each.source)
        order = [name for name in defined if name in READING_ORDER]
        problems = [] if tuple(order) == READING_ORDER else [f"found {', '.join(order) or 'none'}"]
        yield _line(f"{case.name}/{each.name}", "contract", problems, f"{', '.join(READING_ORDER)}")
    problems = _frameworks_in_data(case.helpers.get("dataset.py", ""))
    yield _line(case.name, "data without a framework", problems, "dataset.py")


def _defined(source: str) -> list[str]:
    body = ast.parse(source).body
    return [node.name for node in body if isinstance(node, ast.FunctionDef)]


def _frameworks_in_data(source: str) -> list[str]:
    try:
        frameworks = _FRAMEWORK_MODULES & imported_roots(ast.parse(source))
    except SyntaxError as error:
        return [f"dataset.py does not parse: line {error.lineno}: {error.msg}"]
    return [f"dataset.py imports {', '.join(sorted(frameworks))}"] if frameworks else []


class _TwoRuns:
    """Tells of two runs of the same trials as of one."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._began = False

    def start(self, total: int, reused: int) -> None:
        if not self._began:
            self._progress.start(total=2 * total, reused=reused)
        self._began = True

    def advance(self, result: TrialResult) -> None:
        self._progress.advance(result)

    def skip(self, count: int) -> None:
        self._progress.skip(count)

    def message(self, text: str) -> None:
        self._progress.message(text)


def _clean_runs(request: RunRequest, progress: Progress) -> dict[str, TrialResult]:
    report = run(request, progress=progress)
    return {_subject(each.trial): each for each in report.results}


def _subject(trial: Trial) -> str:
    """The program and what it ran on; mode and seed where they are not the usual ones."""
    conditions: list[str] = [trial.stack]
    if trial.mode is not Mode.DEFAULT:
        conditions.append(trial.mode)
    if trial.seed:
        conditions.append(f"seed {trial.seed}")
    return f"{trial.case}/{trial.implementation} ({', '.join(conditions)})"


def _runs(results: dict[str, TrialResult]) -> Iterator[CheckLine]:
    for subject, result in sorted(results.items()):
        record = result.record
        problems = []
        if record.program is not ProgramEnd.OK:
            problems.append(record.ending)
        problems += [f"warns: {each.message.splitlines()[0]}" for each in record.warnings[:3]]
        metrics = ", ".join(
            f"{name} {value:.3f}" for name, value in record.metrics.items() if value
        )
        yield _line(subject, "clean run", problems, f"{metrics}, {record.seconds:.1f} s")


def _repeats(first: dict[str, TrialResult], second: dict[str, TrialResult]) -> Iterator[CheckLine]:
    for subject, result in sorted(first.items()):
        once, twice = result.record.metrics, second[subject].record.metrics
        problems = [] if once == twice else [f"{dict(once)} and then {dict(twice)}"]
        yield _line(subject, "same seed, same numbers", problems, "two runs, equal metrics")


def _bug(bug: Bug, implementations: Sequence[Implementation]) -> Iterator[CheckLine]:
    try:
        validate_rules(bug)
        yield _line(bug.id, "examples", check_examples(bug), f"{len(bug.examples)} transform")
        results = [inject(each, bug) for each in implementations]
    except BugError as error:
        yield _line(bug.id, "patterns", [error.message], "")
        return
    for framework in sorted({each.framework for each in implementations}):
        mine = [
            result
            for result, each in zip(results, implementations, strict=True)
            if each.framework is framework
        ]
        yield _applies(bug, framework, mine)


def _applies(
    bug: Bug, framework: Framework, results: Sequence[Mutant | NotApplicable]
) -> CheckLine:
    mutants = [each for each in results if isinstance(each, Mutant)]
    if not mutants and framework in bug.not_expressible:
        return _line(bug.id, framework, [], f"not expressible: {bug.not_expressible[framework]}")
    problems = [] if mutants else ["fits no implementation"]
    return _line(bug.id, framework, problems, f"{len(mutants)} of {len(results)} implementations")


def _line(subject: str, check: str, problems: Sequence[str], detail: str) -> CheckLine:
    return CheckLine(
        subject=subject, check=check, passed=not problems, detail="; ".join(problems) or detail
    )
