"""How long a report of 10,000 trials takes to write, and in how much memory: `reports.md`.

The trials are those of `tests/report_samples.py`, many times over: each under another name, with
other figures in its reasons, in its traceback and in its interim values, so that nothing but what
real trials share is the same. Each format is written in a process of its own. The aim for HTML is
10 s and 500 MB, for a table 3 s.
"""

from __future__ import annotations

import itertools
import platform
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from notes import write_page
from report_samples import report

from debugdiff.report import Format, Page, render

if TYPE_CHECKING:
    from debugdiff.model import Attempt, Report, TrialResult

TRIALS = 10_000
FORMATS = (Format.TABLE, Format.JSON, Format.MARKDOWN, Format.JUNIT, Format.HTML)
PAGE = Path(__file__).parent / "reports.md"
_STEPS = 9


def main() -> None:
    """Measure every format, or one that is named, and write the page."""
    if len(sys.argv) > 1:
        print(measure(Format(sys.argv[1])))
        return
    rows = [
        subprocess.run(
            [sys.executable, __file__, each], capture_output=True, text=True, check=True
        ).stdout.strip()
        for each in FORMATS
    ]
    head = "| format | processor seconds | peak MB | size, MB |\n|---|--:|--:|--:|"
    text = f"# Reports of {TRIALS:,} trials\n\n{platform.platform()}, Python"
    text += f" {platform.python_version()}.\n\n{head}\n" + "\n".join(rows) + "\n"
    write_page(PAGE, text)
    print(text)


def measure(wanted: Format) -> str:
    """A row of the table: one format."""
    of = many(TRIALS)
    before = _peak()
    start = time.process_time()
    text = render(of, wanted, Page())
    seconds = time.process_time() - start
    size = len(text.encode()) / 1e6
    return (
        f"| {wanted} | {seconds:.1f} | {_peak():.0f}, {before:.0f} of it the trials | {size:.1f} |"
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def many(trials: int) -> Report:
    """A report with at least so many trials."""
    of = report()
    times = -(-trials // sum(len(each.trials) for each in of.attempts))
    bugs = tuple(replace(bug, id=f"{bug.id}-{n}") for n in range(times) for bug in of.bugs)
    programs = tuple(
        replace(
            program,
            attempts=tuple(_another(each, n) for n in range(times) for each in program.attempts),
        )
        for program in of.programs
    )
    return replace(of, bugs=bugs, programs=programs)


def _another(attempt: Attempt, number: int) -> Attempt:
    """The same attempt of another bug, with figures of its own and ten scores more."""
    more = tuple(
        replace(
            each, metric=f"{each.metric}.{detail}", explanation=f"{number % 40 + detail} of them"
        )
        for each in attempt.scores[:5]
        for detail in range(4)
    )
    scores = (
        replace(each, explanation=f"{each.explanation} It is number {number}.")
        for each in attempt.scores
    )
    return replace(
        attempt,
        bug=replace(attempt.bug, id=f"{attempt.bug.id}-{number}"),
        scores=(*scores, *more),
        trials={by: _with_values(each, number) for by, each in attempt.trials.items()},
    )


def _with_values(result: TrialResult, number: int) -> TrialResult:
    """The same with readings of several steps, which no other trial has."""
    record = result.record
    failure = record.failure
    if failure is not None:
        failure = replace(failure, text=f"{failure.text.rstrip()} ({number})\n")
    values = tuple(
        replace(each, step=step, mean_absolute=0.1 * step + number / 1e4, digest=f"{number}")
        for each, step in itertools.product(record.values, range(_STEPS))
    )
    return replace(result, record=replace(record, values=values, failure=failure))


if __name__ == "__main__":
    main()
