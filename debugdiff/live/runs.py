"""The commands `run`, `trace` and `diff` as functions, with what they print as typed results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff import campaign
from debugdiff.choosing import find_bugs, find_cases
from debugdiff.config import default_store
from debugdiff.errors import DebugdiffError
from debugdiff.model import Mode, ProbeChoice, Size, Stack
from debugdiff.own_stacks import chosen_stacks, declared_stacks
from debugdiff.own_stacks.made import default_home
from debugdiff.run_diff import diff_scripts
from debugdiff.score.tracing import trace_of
from debugdiff.scripts import ScriptRequest, run_script

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import StrEnum
    from os import PathLike
    from typing import TypeVar

    from debugdiff.model import Report
    from debugdiff.run_diff import RunDiff
    from debugdiff.score.tracing import Trace

    Choice = TypeVar("Choice", bound=StrEnum)


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
        stacks: such as `keras-torch`, names of declared stacks, or globs; none: `pytorch` and
            `keras-tensorflow`.
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
    chosen = chosen_stacks(tuple(stacks), (), declared_stacks(Path.cwd()), default_home())
    request = campaign.RunRequest(
        cases=find_cases([str(case) for case in cases]),
        bugs=find_bugs(list(bugs)),
        store=Path(store) if store is not None else default_store(),
        stacks=chosen.names,
        modes=tuple(_choice(Mode, name) for name in modes),
        size=_choice(Size, size),
        seeds=tuple(seeds),
        jobs=jobs,
        interpreters=chosen.interpreters,
    )
    return campaign.run(request)


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
    choice = ProbeChoice(steps=steps, every=every, sites=tuple(sites), digests=False)
    return trace_of(run_script(_request(script, arguments, stack, mode, seconds, choice)))


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
    choice = ProbeChoice(steps=steps, sites=tuple(sites))
    requests = (_request(script, arguments, stack, mode, seconds, choice) for script in (good, bad))
    return diff_scripts(*requests)


def _request(  # noqa: PLR0913, PLR0917 - what both have
    script: str | PathLike[str],
    arguments: Sequence[str],
    stack: str | None,
    mode: str,
    seconds: float | None,
    choice: ProbeChoice,
) -> ScriptRequest:
    return ScriptRequest(
        path=Path(script),
        arguments=tuple(map(str, arguments)),
        stack=_choice(Stack, stack) if stack is not None else None,
        mode=_choice(Mode, mode),
        choice=choice,
        seconds=seconds,
    )


def _choice(kind: type[Choice], name: str) -> Choice:
    try:
        return kind(name)
    except ValueError:
        raise DebugdiffError(
            f"There is no {kind.__name__.lower()} `{name}`.",
            hint=f"Choose one of: {', '.join(kind)}.",
            slug="choice-unknown",
        ) from None
