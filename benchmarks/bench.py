"""debugdiff's own speed, as ratios within one run: `make bench`. Writes `benchmarks/results.md`.

Machines are noisy: every figure is a ratio of two things measured side by side in this run, medians
of several where the thing is short. No test asserts any of them.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from probes import RECORDER, has_recorder, probe_costs, start_cost, step_costs

from debugdiff.bugs import shipped_bugs
from debugdiff.campaign import RunRequest, run
from debugdiff.campaign.jobs import job_of
from debugdiff.cases import find_case, shipped_cases
from debugdiff.execute import execute, stack_versions
from debugdiff.inject import inject
from debugdiff.model import Instrument, Job, Stack
from debugdiff.plan import Choice, all_steps, plan

CASES = ("gru_sentiment", "date_seq2seq", "answer_matching")
CATEGORIES = frozenset({"shape", "dtype", "loss"})
"""The bugs of the campaign, as in `make demo`: all of them would take most of an hour."""
_NOTE = """
Probes: the ratios of every step and of every tenth are of the whole program, loading and evaluation
included, and no value is left out (a record keeps 30,000; the limit is lifted for the measurement).
The rows of training steps alone leave loading and evaluation out. The recorder keeps the output of
every operation and sums up nothing; the probes sum up what every layer gives and gets, and every
parameter with its gradient and update.
"""
RESULTS = Path(__file__).parent / "results.md"
JOBS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table: what was compared, the ratio, and what it should be."""

    what: str
    measured: str
    aim: str


def main() -> None:
    """Measure, print and write the table."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store.sqlite3"
        figures = [help_start(), *cold_against_warm(), *campaign(store), rerun(store), injection()]
    figures += probes()
    table = "\n".join(f"| {each.what} | {each.measured} | {each.aim} |" for each in figures)
    text = f"# Speed\n\n{machine()}\n\n| what | measured | aim |\n|---|---|---|\n{table}\n{_NOTE}"
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


def probes() -> list[Figure]:
    """What tracing costs a script; `benchmarks/probes.py` measures it."""
    start = Figure(
        what="start of a script under `debugdiff trace`, in addition",
        measured=f"{start_cost():.2f} s",
        aim="at most 0.5 s",
    )
    found = [*probe_costs(), *step_costs()]
    costs = [Figure(what=each.what, measured=f"{each.ratio:.2f}", aim=each.aim) for each in found]
    missing = Figure(
        what=f"against a public recorder ({RECORDER})", measured="not installed", aim=""
    )
    return [start, *costs, *([] if has_recorder() else [missing])]


def machine() -> str:
    """What the figures were measured on."""
    cores = os.cpu_count()
    return (
        f"`make bench` on {cores} cores, Python {platform.python_version()}, {platform.system()}."
    )


def seconds(command: list[str]) -> float:
    """Wall seconds of a command that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def help_start() -> Figure:
    """`debugdiff --help` against a bare `import typer`, in turns."""
    ours = [sys.executable, "-m", "debugdiff", "--help"]
    bare = [sys.executable, "-c", "import typer"]
    pairs = [(seconds(ours), seconds(bare)) for _ in range(12)][2:]
    ratio = statistics.median(a / b for a, b in pairs)
    return Figure(
        what="`debugdiff --help` / `python -c 'import typer'`",
        measured=f"{ratio:.2f}",
        aim="at most 2.5",
    )


def cold_against_warm() -> list[Figure]:
    """One cold Python per trial against trials forked from a warm host, over the three cases."""
    return [
        _cold_against_warm(Stack.PYTORCH, "at least 8"),
        _cold_against_warm(Stack.KERAS_TENSORFLOW, "at least 2"),
    ]


def _cold_against_warm(stack: Stack, aim: str) -> Figure:
    warm = [job for name in CASES for job in _clean_jobs(name, stack)]
    cold = [job for name in CASES for job in _clean_jobs(name, stack)[:2]]
    timed = {}
    for is_warm, jobs in ((True, warm), (False, cold)):
        began = time.perf_counter()
        execute(jobs, slots=1, on_record=lambda _: (), warm=is_warm)
        timed[is_warm] = (time.perf_counter() - began) / len(jobs)
    return Figure(
        what=f"{stack}: cold process per trial / forked ({len(warm)} trials, host start included)",
        measured=f"{timed[False] / timed[True]:.1f} ({timed[False]:.2f} s / {timed[True]:.2f} s)",
        aim=aim,
    )


def _clean_jobs(name: str, stack: Stack) -> list[Job]:
    """Twelve seeds of the first program of a case that the stack runs."""
    case = find_case(name)
    program = next(each for each in case.implementations if each.framework is stack.framework)
    choice = Choice(versions={stack: stack_versions(stack) or {}}, seeds=tuple(range(12)))
    steps = all_steps(plan(case, program, (), choice))
    return [job_of(step) for step in steps if step.trial.instrument is Instrument.NONE]


def _request(store: Path) -> RunRequest:
    cases = tuple(find_case(name) for name in CASES)
    bugs = tuple(bug for bug in shipped_bugs() if bug.category in CATEGORIES)
    return RunRequest(cases=cases, bugs=bugs, store=store, jobs=JOBS)


def campaign(store: Path) -> list[Figure]:
    """The three cases from an empty store: what the machinery adds to the programs' own time."""
    began = time.perf_counter()
    report = run(_request(store))
    wall = time.perf_counter() - began
    own = sum(each.record.seconds for each in report.results)
    overhead = Figure(
        what=f"campaign: wall x jobs / programs' own seconds ({len(report.results)} trials)",
        measured=f"{wall * JOBS / own:.2f} ({wall:.0f} s x {JOBS} / {own:.0f} s)",
        aim="at most 1.3",
    )
    return [overhead]


def injection() -> Figure:
    """Every bug into every program, in one process, without any framework."""
    programs = [each for case in shipped_cases() for each in case.implementations]
    bugs = shipped_bugs()
    began = time.process_time()
    for program in programs:
        for bug in bugs:
            inject(program, bug)
    return Figure(
        what=f"injection: {len(bugs)} bugs into {len(programs)} programs, processor seconds",
        measured=f"{time.process_time() - began:.0f} s",
        aim="under 60 s",
    )


def rerun(store: Path) -> Figure:
    """The whole command again, unchanged: everything comes from the store."""
    command = [sys.executable, "-m", "debugdiff", "run", *CASES, "--store", str(store)]
    for bug in _request(store).bugs:
        command += ["--bug", bug.id]
    seconds(command)
    times = [seconds(command) for _ in range(5)]
    return Figure(
        what="re-running an unchanged campaign, whole command, median of 5",
        measured=f"{statistics.median(times):.2f} s",
        aim="under 2 s",
    )


if __name__ == "__main__":
    main()
