"""debugdiff measures, by experiment, how readable and how debuggable deep-learning programs are.

Importing it loads no framework and changes nothing. In a notebook, at a prompt or in a script:

    debugdiff.explain()       which lines to suspect, after an exception
    debugdiff.install()       the same for the exception that ends a script
    debugdiff.explaining()    the same for a block, as a note on the exception
    %load_ext debugdiff       `%explain`, `%explain on` and `%explain off` in IPython

The commands as functions, with typed results:

    debugdiff.run(...)        a campaign: bugs in programs, scored
    debugdiff.trace(...)      the values of every layer of a script
    debugdiff.diff(...)       where two scripts diverge
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; `typing` is not needed otherwise
if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from os import PathLike
    from typing import Any

    from debugdiff.live.answer import Answer
    from debugdiff.model import Report
    from debugdiff.run_diff import RunDiff
    from debugdiff.score.tracing import Trace

__version__ = "0.1.0"
__all__ = ["diff", "explain", "explaining", "install", "run", "trace", "uninstall"]


def explain(error: BaseException | None = None) -> Answer:
    """Say which lines to suspect of an exception; nothing is run again.

    Args:
        error: the exception; `None`: the one that is being handled, else the last one that reached
            the prompt, the notebook or the debugger.

    Returns:
        An answer that shows itself in a notebook or at a prompt; elsewhere `print` it. Without an
        exception it says so in a sentence.
    """
    from debugdiff.live.hooks import answer_to
    from debugdiff.live.last import last_error

    return answer_to(error if error is not None else last_error())


def install() -> None:
    """Explain the exception that ends the program, below Python's traceback on stderr."""
    from debugdiff.live import hooks

    hooks.install()


def uninstall() -> None:
    """Take `install` back."""
    from debugdiff.live import hooks

    hooks.uninstall()


def explaining() -> AbstractContextManager[None]:
    """A block in which an exception gets its explanation as a note; its message stays as it is."""
    from debugdiff.live import hooks

    return hooks.explaining()


def run(  # noqa: PLR0913 - each is a choice of the user's
    *cases: str | PathLike[str],
    bugs: Iterable[str] = (),
    stacks: Iterable[str] = (),
    modes: Iterable[str] = (),
    size: str = "tiny",
    seeds: Iterable[int] = (0,),
    jobs: int = 2,
    store: str | PathLike[str] | None = None,
) -> Report:
    """Put bugs into programs, run them in a sandbox, and score what a user would see.

    Finished trials are kept in the store, and only those without a record run.

    Args:
        cases: names of shipped cases, or paths of folders and scripts; none: all shipped ones.
        bugs: ids, globs such as `shape/*`, or paths; none: all bugs.
        stacks: such as `keras-torch`; none: `pytorch` and `keras-tensorflow`.
        modes: such as `eager`; none: the default mode.
        size: of the data: `tiny`, `small` or `full`.
        seeds: one run of each program for each.
        jobs: how many programs run at a time.
        store: the file of the store; `None`: the user's own.

    Returns:
        Every trial with its scores, the indices, and the comparisons of the frameworks.

    Raises:
        debugdiff.errors.DebugdiffError: a name is not known, or a stack is not installed.
    """
    from debugdiff.live.runs import run_cases

    return run_cases(
        cases,
        bugs=bugs,
        stacks=stacks,
        modes=modes,
        size=size,
        seeds=seeds,
        jobs=jobs,
        store=store,
    )


def trace(  # noqa: PLR0913 - each is a choice of the user's
    script: str | PathLike[str],
    *arguments: str,
    stack: str | None = None,
    mode: str = "default",
    steps: int | None = None,
    every: int | None = None,
    sites: Iterable[str] = (),
    seconds: float | None = None,
) -> Trace:
    """Run a script in a process of its own, in place, and read the values of every layer.

    Args:
        script: a Python file or a notebook.
        arguments: the script's own.
        stack: such as `keras-torch`; `None`: what the script loads.
        mode: such as `eager`.
        steps: end the script after so many optimizer steps; `None`: let it end itself.
        every: read every so many-th step; `None`: the first 64, then every 16th.
        sites: globs of the layers that are read, such as `encoder.*`; none: all.
        seconds: stop it after this time on the clock; `None`: no limit.

    Returns:
        A row per layer, in the order of execution, with its values, gradients and updates by step;
        and the sentinels that fired. A crash of the script is in `run.record.failure`.

    Raises:
        debugdiff.errors.DebugdiffError: the script cannot be run.
    """
    from debugdiff.live.runs import trace_script

    return trace_script(
        script,
        arguments,
        stack=stack,
        mode=mode,
        steps=steps,
        every=every,
        sites=sites,
        seconds=seconds,
    )


def diff(  # noqa: PLR0913 - each is a choice of the user's
    good: str | PathLike[str],
    bad: str | PathLike[str],
    *arguments: str,
    stack: str | None = None,
    mode: str = "default",
    steps: int | None = None,
    sites: Iterable[str] = (),
    seconds: float | None = None,
) -> RunDiff:
    """Run two scripts one after the other, and find the first layer and step where they diverge.

    Args:
        good: the script that works.
        bad: the one that does not.
        arguments: of both scripts.
        stack: such as `keras-torch`; `None`: what each script loads.
        mode: such as `eager`.
        steps: end each script after so many optimizer steps; `None`: let it end itself.
        sites: globs of the layers that are compared, such as `encoder.*`; none: all.
        seconds: stop a script after this time on the clock; `None`: no limit.

    Returns:
        The first difference in forward values, gradients and updates, and the places to suspect.

    Raises:
        debugdiff.errors.DebugdiffError: a script cannot be run, or nothing can be compared.
    """
    from debugdiff.live.runs import diff_two

    return diff_two(
        good, bad, arguments, stack=stack, mode=mode, steps=steps, sites=sites, seconds=seconds
    )


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext debugdiff` calls."""
    from debugdiff.live import ipython

    ipython.load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext debugdiff` calls."""
    from debugdiff.live import ipython

    ipython.unload(shell)
