"""How a run shows how far it is: a bar on a terminal, plain lines elsewhere, on stderr."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from debugdiff.cli.console import stderr_console
from debugdiff.model import Instrument, Mode, ProgramEnd, WorkerEnd
from debugdiff.report.layout import count_of
from debugdiff.visible import visible_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress as Bar

    from debugdiff.campaign import Progress
    from debugdiff.model import TrialResult
    from debugdiff.report.text import Console

LINE_SECONDS = 10.0
"""Where there is no terminal, a line at most this often."""


@contextmanager
def progress_for(*, quiet: bool, verbose: bool) -> Iterator[Progress]:
    """The progress that fits stderr: nothing but messages, a bar, or lines."""
    console = stderr_console()
    if quiet or not console.is_terminal:
        yield Lines(console, quiet=quiet, verbose=verbose)
        return
    with _bar(console) as bar:
        yield OnTerminal(bar, verbose=verbose)


@contextmanager
def steps_for(total: int, what: str, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A function to call with the name of each step that is done: a bar, or a line now and then.

    Args:
        total: how many steps there are.
        what: what is counted, such as `programs checked`.
        quiet: whether nothing is to be shown.
    """
    console = stderr_console()
    if quiet:
        yield lambda _name: None
    elif console.is_terminal:
        with _bar(console) as bar:
            task = bar.add_task(what, total=total)
            yield lambda _name: bar.advance(task)
    else:
        yield _StepLines(console, total, what).advance


class _StepLines:
    """A line when it starts, and one at most every ten seconds."""

    def __init__(self, console: Console, total: int, what: str) -> None:
        self._console, self._total, self._what = console, total, what
        self._done, self._said = 0, time.monotonic()
        console.print(f"0 of {total} {what}.", markup=False)

    def advance(self, name: str) -> None:
        """One step more."""
        self._done += 1
        if self._done == self._total or time.monotonic() - self._said > LINE_SECONDS:
            self._said = time.monotonic()
            line = f"{self._done} of {self._total} {self._what}, the last one {name}."
            self._console.print(visible_line(line), markup=False)


def _bar(console: Console) -> Bar:
    from rich import progress  # noqa: PLC0415 - not needed where there is no terminal

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        console=console,
        transient=True,
    )


class OnTerminal:
    """A bar that leaves no trace when it is done."""

    def __init__(self, bar: Bar, *, verbose: bool) -> None:
        self._bar = bar
        self._verbose = verbose
        self._task = bar.add_task("planning", total=None)
        self._total = 0

    def start(self, total: int, reused: int) -> None:
        """Show how many trials may have to run."""
        self._total = total
        self._bar.reset(self._task)
        description = f"trials ({reused} reused)" if reused else "trials"
        self._bar.update(self._task, description=description, total=total)

    def advance(self, result: TrialResult) -> None:
        """One step on."""
        self._bar.advance(self._task)
        if self._verbose:
            self._bar.console.print(line_of(result), markup=False)

    def skip(self, count: int) -> None:
        """Fewer trials are to come."""
        self._total -= count
        self._bar.update(self._task, total=self._total)

    def message(self, text: str) -> None:
        """A sentence above the bar."""
        self._bar.console.print(text, markup=False)


class Lines:
    """A line now and then, for logs; `quiet` keeps only messages."""

    def __init__(self, console: Console, *, quiet: bool, verbose: bool) -> None:
        self._console = console
        self._quiet = quiet
        self._verbose = verbose
        self._total = 0
        self._done = 0
        self._said = time.monotonic()

    def start(self, total: int, reused: int) -> None:
        """Say what is to come."""
        self._total, self._done = total, 0
        if not self._quiet:
            self.message(f"{count_of(total, 'trial')} to run, {reused} reused.")

    def advance(self, result: TrialResult) -> None:
        """A line per trial if verbose, else one every ten seconds on how far it is."""
        self._done += 1
        if self._quiet:
            return
        if self._verbose:
            self.message(line_of(result))
        elif time.monotonic() - self._said > LINE_SECONDS:
            self._said = time.monotonic()
            self.message(f"{self._done} of {self._total} trials done.")

    def skip(self, count: int) -> None:
        """Fewer trials are to come."""
        self._total -= count

    def message(self, text: str) -> None:
        """A line."""
        self._console.print(text, markup=False)


def line_of(result: TrialResult) -> str:
    """One trial in a line, for `--verbose`: how it ended first, so that endings line up."""
    trial, record = result.trial, result.record
    conditions = (trial.stack_name, trial.mode, trial.instrument, f"seed {trial.seed}")
    unusual = [fact for fact in conditions if fact not in {Mode.DEFAULT, Instrument.NONE}]
    return visible_line(
        f"{trial.id[:8]} {record.seconds:5.1f} s  {_ending(result):<20}"
        f"  {trial.case} {trial.implementation} {trial.bug or 'clean'} ({', '.join(unusual)})"
    )


def _ending(result: TrialResult) -> str:
    record = result.record
    if record.worker is not WorkerEnd.FINISHED:
        return record.worker
    if record.program is ProgramEnd.RAISED and record.failure:
        return record.failure.type.rpartition(".")[2]
    return record.program
