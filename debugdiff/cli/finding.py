"""Which trial `debugdiff show` is asked for: by the beginning of its id, or by names."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff import campaign
from debugdiff.choosing import find_cases
from debugdiff.cli.options import ModeChoice
from debugdiff.config import default_store
from debugdiff.errors import DebugdiffError
from debugdiff.report.show import Subject, subject_of_pair, subject_of_trial
from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.campaign import RunRequest
    from debugdiff.cli.options import Selection
    from debugdiff.model import Case, Trial


def find_subject(words: Sequence[str], selection: Selection) -> Subject:
    """What to show.

    Raises:
        DebugdiffError: no such trial, several of them, or none in the store yet.
    """
    match len(words):
        case 1:
            return _by_id(words[0], selection)
        case 2:
            return _by_names(words[0], None, words[1], selection)
        case 3:
            return _by_names(words[0], words[1], words[2], selection)
    raise DebugdiffError(
        f"{len(words)} words do not name a trial.",
        hint="Give the beginning of an id, CASE IMPLEMENTATION, or CASE BUG IMPLEMENTATION.",
        slug="trial-unknown",
    )


def _by_id(prefix: str, selection: Selection) -> Subject:
    path = selection.store or default_store()
    _require_store(path)
    with Store(path) as store:
        trial = store.find_trial(prefix)
    report = campaign.stored(_request_of(trial, selection))
    subject = subject_of_trial(report, trial.id)
    if subject is None:
        raise DebugdiffError(
            f"The trial {trial.id[:10]} is stored, but its program or settings have changed since.",
            hint=f"Run it again: debugdiff run {trial.case}",
            slug="trial-outdated",
        )
    return subject


def _request_of(trial: Trial, selection: Selection) -> RunRequest:
    """The smallest campaign that holds a trial."""
    narrow = replace(
        selection,
        case=[_where(trial)],
        bug=[trial.bug] if trial.bug else None,
        stack=[trial.stack_name],
        mode=[ModeChoice(trial.mode)],
        size=trial.size,
        seed=[trial.seed],
        timeout=trial.budget.seconds,
        memory=str(trial.budget.memory),
    )
    return _with_one_bug(narrow.request(), trial.bug)


def _with_one_bug(request: RunRequest, bug: str | None) -> RunRequest:
    return request if bug else replace(request, bugs=())


def _where(trial: Trial) -> str:
    """The folder of a trial's case, or the script that is all there is of it."""
    script = Path(trial.folder) / f"{trial.implementation}.py"
    return str(script) if trial.case == trial.implementation else trial.folder


def _require_store(path: Path) -> None:
    if not path.exists():
        raise DebugdiffError(
            f"There is no store at {path} yet.",
            hint="`debugdiff run` makes one; `--store FILE` names another.",
            slug="store-missing",
        )


def _by_names(case_name: str, bug: str | None, name: str, selection: Selection) -> Subject:
    (case,) = find_cases([case_name])
    _require_implementation(case, name)
    narrow = replace(selection, case=[case_name], bug=[bug] if bug else None)
    request = _with_one_bug(narrow.request(), bug)
    _require_store(request.store)
    report = campaign.stored(request)
    subject = subject_of_pair(report, name, bug)
    if subject is None:
        raise DebugdiffError(
            f"The store has no trial of {case.name} {bug or 'clean'} {name} yet.",
            hint=f"Run it: debugdiff run {case_name}" + (f" --bug {bug}" if bug else ""),
            slug="trial-unknown",
        )
    return subject


def _require_implementation(case: Case, name: str) -> None:
    names = [implementation.name for implementation in case.implementations]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        meant = f"Did you mean {near[0]}? " if near else ""
        raise DebugdiffError(
            f"The case {case.name} has no implementation `{name}`.",
            hint=f"{meant}It has: {', '.join(names)}.",
            slug="implementation-unknown",
        )
