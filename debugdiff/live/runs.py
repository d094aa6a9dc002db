"""The commands `run`, `trace` and `diff` as functions, with what they print as typed results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff import campaign
from debugdiff.choosing import find_bugs, find_cases
from debugdiff.config import default_store
from debugdiff.errors import DebugdiffError
from debugdiff.model import Mode, ProbeChoice, Size, Stack
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


def run_cases(  # noqa: PLR0913 - each is a choice of the user's
    cases: Iterable[str | PathLike[str]],
    *,
    bugs: Iterable[str],
    stacks: Iterable[str],
    modes: Iterable[str],
    size: str,
    seeds: Iterable[int],
    jobs: int,
    store: str | PathLike[str] | None,
) -> Report:
    """See `debugdiff.run`."""
    request = campaign.RunRequest(
        cases=find_cases([str(case) for case in cases]),
        bugs=find_bugs(list(bugs)),
        store=Path(store) if store is not None else default_store(),
        stacks=tuple(_choice(Stack, name) for name in stacks),
        modes=tuple(_choice(Mode, name) for name in modes),
        size=_choice(Size, size),
        seeds=tuple(seeds),
        jobs=jobs,
    )
    return campaign.run(request)


def trace_script(  # noqa: PLR0913 - each is a choice of the user's
    script: str | PathLike[str],
    arguments: Sequence[str],
    *,
    stack: str | None,
    mode: str,
    steps: int | None,
    every: int | None,
    sites: Iterable[str],
    seconds: float | None,
) -> Trace:
    """See `debugdiff.trace`."""
    choice = ProbeChoice(steps=steps, every=every, sites=tuple(sites), digests=False)
    return trace_of(run_script(_request(script, arguments, stack, mode, seconds, choice)))


def diff_two(  # noqa: PLR0913 - each is a choice of the user's
    good: str | PathLike[str],
    bad: str | PathLike[str],
    arguments: Sequence[str],
    *,
    stack: str | None,
    mode: str,
    steps: int | None,
    sites: Iterable[str],
    seconds: float | None,
) -> RunDiff:
    """See `debugdiff.diff`."""
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
