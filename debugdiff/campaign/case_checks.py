"""What `cases check` verifies, a line per check."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from debugdiff import corpora
from debugdiff.campaign.checks import CheckLine, check_line
from debugdiff.campaign.executing import pool_for
from debugdiff.campaign.request import Silent
from debugdiff.campaign.running import measure
from debugdiff.model import Instrument, Mode, ParityStage, ProgramEnd, Size, TrialResult
from debugdiff.parity import check_parity
from debugdiff.programs import imported_roots
from debugdiff.report.layout import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.campaign.request import Progress, RunRequest
    from debugdiff.execute.pool import Pool
    from debugdiff.model import Case, Trial, ValueStatistics
    from debugdiff.parity import CaseParity

READING_ORDER = ("build_model", "train", "evaluate", "main")
"""The functions that every implementation defines, in this order."""

_FRAMEWORK_MODULES = {"torch", "tensorflow", "keras", "jax"}


_CLEARLY = 0.25
"""How much of the way from guessing to the declared clean figure a run must go."""

_SPARE = 2
"""How often a clean run has to fit into its budget: probes and a busy machine need room, too."""

_Runs = Mapping[str, TrialResult]
"""The result of each program, by what it is called in the table."""


def check_cases(
    request: RunRequest, *, progress: Progress | None = None, pool: Pool | None = None
) -> tuple[CheckLine, ...]:
    """Contract, data, clean runs, repeatability, budget, learning and parity of every case.

    At size `tiny` nothing is learned, and learning is not checked.

    Args:
        request: the cases, and how to run them.
        progress: is shown how far it is.
        pool: workers to run on, in place of ones of its own.
    """
    if pool is None:
        with pool_for(request) as own:
            return check_cases(request, progress=progress, pool=own)
    static = [line for case in request.cases for line in _contract(case)]
    data = [line for case in request.cases for line in _data(case, request.size)]
    watched = (Instrument.NONE, Instrument.LAYERS)
    measured = replace(request, bugs=(), fresh=True, instruments=watched)
    progress_of_both = _TwoRuns(progress or Silent())
    first, second = (_clean_runs(measured, progress_of_both, pool) for _ in range(2))
    ran = first[Instrument.NONE]
    learned = () if request.size is Size.TINY else tuple(_learning(request, ran))
    return (
        *static,
        *data,
        *_runs(ran),
        *_repeats(first, second),
        *learned,
        *_parity(request, pool),
    )


def _contract(case: Case) -> Iterator[CheckLine]:
    for broken in case.broken:
        yield check_line(f"{case.name}/{broken.name}", "parses", [broken.reason], "")
    for each in case.implementations:
        defined = _defined(each.source)
        order = [name for name in defined if name in READING_ORDER]
        problems = [] if tuple(order) == READING_ORDER else [f"found {', '.join(order) or 'none'}"]
        subject = each.key
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


def _data(case: Case, size: Size) -> Iterator[CheckLine]:
    """A stand-in is enough to run on, and not to learn the declared figures from."""
    if not case.corpora:
        return
    sources = [corpora.describe(name) for name in case.corpora]
    problems = [
        f"{each.name} is a generated stand-in: pip install 'debugdiff[data]' brings the real text"
        for each in sources
        if not each.installed
    ]
    real = [f"{each.name}: {each.package} {each.version}" for each in sources if each.installed]
    tolerated = size is Size.TINY
    yield check_line(
        case.name, "data", [] if tolerated else problems, ", ".join((*problems, *real))
    )


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


def _clean_runs(request: RunRequest, progress: Progress, pool: Pool) -> Mapping[Instrument, _Runs]:
    measured = measure(request, progress=progress, pool=pool)
    return {
        instrument: {
            _subject(each.trial): each
            for each in measured.results
            if each.trial.instrument is instrument
        }
        for instrument in request.instruments
    }


def _subject(trial: Trial) -> str:
    """The program and what it ran on; mode and seed where they are not the usual ones."""
    conditions: list[str] = [trial.stack_name]
    if trial.mode is not Mode.DEFAULT:
        conditions.append(trial.mode)
    if trial.seed:
        conditions.append(f"seed {trial.seed}")
    return f"{trial.case}/{trial.implementation} ({', '.join(conditions)})"


def _runs(results: _Runs) -> Iterator[CheckLine]:
    for subject, result in sorted(results.items()):
        record = result.record
        problems = []
        if record.program is not ProgramEnd.OK:
            problems.append(record.ending)
        problems += [f"warns: {_first_line(each.message)}" for each in record.warnings[:3]]
        metrics = ", ".join(
            f"{name} {value:.3f}" for name, value in record.metrics.items() if value
        )
        yield check_line(subject, "clean run", problems, f"{metrics}, {record.seconds:.1f} s")
        yield _within_budget(subject, result)


def _first_line(message: str) -> str:
    return message.strip().partition("\n")[0]


def _within_budget(subject: str, result: TrialResult) -> CheckLine:
    seconds, budget = result.record.counted_seconds, result.trial.budget.seconds
    detail = f"{seconds:.1f} of {budget:g} s"
    problems = [f"{detail}: less than half is left"] if seconds * _SPARE > budget else []
    return check_line(subject, "budget", problems, detail)


def _repeats(
    first: Mapping[Instrument, _Runs], second: Mapping[Instrument, _Runs]
) -> Iterator[CheckLine]:
    """Two runs give the same metrics, and the same tensor to the bit wherever a probe looks."""
    for subject, result in sorted(first[Instrument.NONE].items()):
        once, twice = result.record.metrics, second[Instrument.NONE][subject].record.metrics
        problems = [] if once == twice else [f"{dict(once)} and then {dict(twice)}"]
        values = [runs[Instrument.LAYERS].get(subject) for runs in (first, second)]
        read, again = (each.record.values if each else () for each in values)
        problems += _first_difference(read, again)
        detail = f"two runs, {count_of(len(read), 'tensor')} equal to the bit"
        yield check_line(subject, "same seed, same numbers", problems, detail)


def _first_difference(
    once: Sequence[ValueStatistics], twice: Sequence[ValueStatistics]
) -> Iterator[str]:
    if len(once) != len(twice):
        yield f"{len(once)} values read and then {len(twice)}"
    for one, other in zip(once, twice, strict=False):
        if one.digest != other.digest:
            yield f"{one.kind} of {one.site} differs from step {one.step} on"
            return


# --- learning and parity ---------------------------------------------------------------------


def _learning(request: RunRequest, results: _Runs) -> Iterator[CheckLine]:
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
    values = ", ".join("nothing" if value is None else f"{value:.3f}" for value in reached)
    detail = f"{case.metric} {values}; without a model {case.majority:g}"
    fails = any(value is None or value <= needed for value in reached)
    problems = [f"{detail}; more than {needed:.3f} is needed"] if fails else []
    return check_line(subject, "learns", problems, detail)


def _parity(request: RunRequest, pool: Pool) -> Iterator[CheckLine]:
    """One model in every program, and the declared number of parameters."""
    chosen = set(request.implementations)
    cases = [
        replace(case, implementations=tuple(x for x in case.implementations if x in chosen))
        for case in request.cases
    ]
    looked_at = [case for case in cases if case.declared]
    found = check_parity(looked_at, pool=pool)
    for case, parity in zip(looked_at, found, strict=True):
        yield from _stability(case, parity)
        if len(case.implementations) > 1:
            yield _one_model(parity)
            yield _parameters(case, parity)


def _stability(case: Case, parity: CaseParity) -> Iterator[CheckLine]:
    """No figure of a program hangs on the last digit of what its model gives."""
    for each in case.implementations:
        lines = parity.stability.get(each.name, ())
        problems = [
            f"{line.site} moves when the model's outputs move by rounding ({line.detail})"
            for line in lines
            if not line.passed
        ]
        detail = ", ".join(line.site for line in lines) or "not tried: `evaluate` calls no layer"
        yield check_line(f"{case.name}/{each.name}", "stable metrics", problems, detail)


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
