"""What is asked for and makes no sense, told before anything is measured."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from debugdiff.corpora.catalogue import describe, file_paths, read_file
from debugdiff.errors import CaseError, DebugdiffError
from debugdiff.plan import MODES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.campaign.request import RunRequest
    from debugdiff.model import Case, Stack


def require_sense(request: RunRequest) -> None:
    """Refuse a request that cannot be carried out as it stands.

    Raises:
        DebugdiffError: `bad-timeout` or `nothing-selected`.
        CaseError: `case-name-twice`.
    """
    _require_names(request.cases)
    if request.seconds is not None and not (math.isfinite(request.seconds) and request.seconds > 0):
        raise DebugdiffError(
            f"A trial cannot have a limit of {request.seconds} seconds.",
            hint="Give --timeout a number of seconds above zero, such as 3600.",
            slug="bad-timeout",
        )
    programs = [each for case in request.cases for each in case.implementations]
    if programs and not request.implementations:
        kinds = dict.fromkeys(f"{each.framework} {each.style}" for each in programs)
        raise DebugdiffError(
            "No program of these cases has the framework and the style that you chose.",
            hint=f"There are: {', '.join(kinds)}.",
            slug="nothing-selected",
        )


def require_trials(request: RunRequest, stacks: Iterable[Stack]) -> None:
    """Refuse stacks and modes that leave no trial at all.

    Raises:
        DebugdiffError: `nothing-selected`.
    """
    chosen = tuple(stacks)
    if not request.implementations:
        return
    for framework in dict.fromkeys(each.framework for each in request.implementations):
        fitting = [stack for stack in chosen if stack.framework is framework]
        modes = dict.fromkeys(mode for stack in fitting for mode in MODES[stack])
        if any(mode in modes for mode in request.modes) or (fitting and not request.modes):
            return
    raise DebugdiffError(
        "The stacks and modes that you chose run none of these programs.",
        hint="Modes are: "
        + "; ".join(f"{stack}: {', '.join(MODES[stack])}" for stack in chosen)
        + ". A stack runs the programs of its own framework.",
        slug="nothing-selected",
    )


def require_data(corpora: Iterable[str]) -> None:
    """Look at the files of installed corpora before every program stumbles over the same one.

    Raises:
        DataError: a file is missing or is not the one that was measured.
    """
    for name in sorted(corpora):
        if describe(name).package and describe(name).installed:
            for path in file_paths(name):
                read_file(name, path)


def _require_names(cases: tuple[Case, ...]) -> None:
    """Trials and tables name a case by its name alone."""
    known: dict[str, Case] = {}
    for case in cases:
        other = known.setdefault(case.name, case)
        if other is not case:
            raise CaseError(
                f"Two cases are called `{case.name}`: in {other.folder} and in {case.folder}.",
                hint="Run them one at a time, or rename one of them.",
                slug="case-name-twice",
            )
