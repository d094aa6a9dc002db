"""What `cases check` verifies, a line per check."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff.campaign.checks import CheckLine, check_line
from debugdiff.campaign.request import Silent
from debugdiff.campaign.running import run
from debugdiff.model import Instrument, Mode, ParityStage, ProgramEnd, Size
from debugdiff.parity import check_parity
from debugdiff.programs import imported_roots
from debugdiff.report.layout import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.model import Case, Trial, TrialResult
    from debugdiff.parity import CaseParity

READING_ORDER = ("build_model", "train", "evaluate", "main")
"""The functions that every implementation defines, in this order."""

_FRAMEWORK_MODULES = {"torch", "tensorflow", "keras", "jax"}


_CLEARLY = 0.25
"""How much of the way from guessing to the declared clean figure a run must go."""


def check_cases(request: RunRequest, *, progress: Progress | None = None) -> tuple[CheckLine, ...]:
    """Contract, clean runs, repeatability, learning and parity of every case of the request.

    At size `tiny` nothing is learned, and learning is not checked.
    """
    static = [line for case in request.cases for line in _contract(case)]
    measured = replace(request, bugs=(), fresh=True, instruments=(Instrument.NONE,))
    told = _TwoRuns(progress or Silent())
    first, second = (_clean_runs(measured, told) for _ in range(2))
    ran = (*_runs(first), *_repeats(first, second))
    learned = () if request.size is Size.TINY else tuple(_learning(request, first))
    return (*static, *ran, *learned, *_parity(request))


def _contract(case: Case) -> Iterator[CheckLine]:
    for broken in case.broken:
        yield check_line(f"{case.name}/{broken.name}", "parses", [broken.reason], "")
    for each in case.implementations:
        defined = _defined(each.source)
        order = [name for name in defined if name in READING_ORDER]
        problems = [] if tuple(order) == READING_ORDER else [f"found {', '.join(order) or 'none'}"]
        subject = f"{case.name}/{each.name}"
        yield check_line(subject, "contract", problems, ", ".join(READING_ORDER))
    problems = _frameworks_in_data(case.helpers.get("dataset.py", ""))
    yield check_line(case.name, "data without a framework", problems, "dataset.py")


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
        yield check_line(subject, "clean run", problems, f"{metrics}, {record.seconds:.1f} s")


def _repeats(first: dict[str, TrialResult], second: dict[str, TrialResult]) -> Iterator[CheckLine]:
    for subject, result in sorted(first.items()):
        once, twice = result.record.metrics, second[subject].record.metrics
        problems = [] if once == twice else [f"{dict(once)} and then {dict(twice)}"]
        yield check_line(subject, "same seed, same numbers", problems, "two runs, equal metrics")


# --- learning and parity ---------------------------------------------------------------------


def _learning(request: RunRequest, results: dict[str, TrialResult]) -> Iterator[CheckLine]:
    """Every seed clearly beats what needs no model; without a declared figure, it beats it."""
    cases = {case.name: case for case in request.cases}
    runs: dict[str, list[TrialResult]] = {}
    for each in results.values():
        subject = _subject(replace(each.trial, seed=0))
        runs.setdefault(subject, []).append(each)
    for subject, mine in sorted(runs.items()):
        case = cases[mine[0].trial.case]
        if case.metric and case.majority is not None:
            yield _beats_guessing(case, subject, mine)


def _beats_guessing(case: Case, subject: str, results: Sequence[TrialResult]) -> CheckLine:
    assert case.majority is not None
    (program,) = (
        each for each in case.implementations if each.name == results[0].trial.implementation
    )
    clean = case.majority if program.clean is None else program.clean
    needed = case.majority + _CLEARLY * (clean - case.majority)
    reached = [each.record.metrics.get(case.metric) for each in results]
    told = ", ".join("nothing" if value is None else f"{value:.3f}" for value in reached)
    detail = f"{case.metric} {told}; without a model {case.majority:g}"
    fails = any(value is None or value <= needed for value in reached)
    problems = [f"{detail}; more than {needed:.3f} is needed"] if fails else []
    return check_line(subject, "learns", problems, detail)


def _parity(request: RunRequest) -> Iterator[CheckLine]:
    """One model in every program, and the declared number of parameters."""
    chosen = set(request.implementations)
    cases = [
        replace(case, implementations=tuple(x for x in case.implementations if x in chosen))
        for case in request.cases
    ]
    compared = [case for case in cases if case.declared and len(case.implementations) > 1]
    found = check_parity(compared, slots=request.jobs, interpreters=request.interpreters)
    for case, parity in zip(compared, found, strict=True):
        yield _one_model(parity)
        yield _parameters(case, parity)


def _one_model(parity: CaseParity) -> CheckLine:
    failures = [(pair, pair.first_failure) for pair in parity.pairs]
    problems = [
        f"{pair.left} and {pair.right} differ at {line.stage} {line.site}".rstrip()
        for pair, line in failures
        if line is not None
    ]
    forward = [line.error or 0.0 for pair in parity.pairs for line in pair.of(ParityStage.FORWARD)]
    detail = (
        f"{count_of(len(parity.pairs), 'pair')}, values within {max(forward):.0e}"
        if forward
        else " ".join(parity.unchecked)
    )
    return check_line(parity.case, "one model", problems, detail)


def _parameters(case: Case, parity: CaseParity) -> CheckLine:
    problems = [
        f"{each.name} has {parity.parameters[each.name]:,} and declares {each.parameters:,}"
        for each in case.implementations
        if each.parameters is not None
        and parity.parameters.get(each.name, each.parameters) != each.parameters
    ]
    detail = ", ".join(f"{name} {count:,}" for name, count in parity.parameters.items())
    return check_line(case.name, "parameters", problems, detail)
