"""From one run of a script to its explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.programs import Folder
from debugdiff.sentinels import alarms
from debugdiff.suspects import suspects_of_crash
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.crash import complaint_of
from debugdiff.suspects.silent import suspects_of_silence
from debugdiff.visible import encodable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Alarm, ScriptRun
    from debugdiff.suspects.results import Suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What there is to say of a run.

    Attributes:
        sources: the script and every file of its folder that it imports, relative name to text.
        expected, actual: the sizes that the message complains about.
        alarms: sentinels that fired; of a crash, those of the steps before it.
    """

    run: ScriptRun
    sources: Mapping[str, str]
    suspects: tuple[Suspect, ...]
    expected: tuple[int, ...] = ()
    actual: tuple[int, ...] = ()
    alarms: tuple[Alarm, ...] = ()


def explanation_of(
    run: ScriptRun, sources: Mapping[str, str] | None = None, main: str = ""
) -> Explanation:
    """Explain a run: a crash from its traceback, a silent run from sentinels and its text.

    Args:
        run: its record names the files as they are called in `sources`.
        sources: the user's files, relative name to text; `None`: those of the script.
        main: the one that ran, if `sources` are given.
    """
    if sources is None:
        sources, main = sources_of(run), encodable(run.path.name)
    record = run.record
    fired = alarms(record.values, record.settings)
    if record.failure is None:
        suspects = suspects_of_silence(
            sources, main, alarms=fired, places=record.places, warnings=record.warnings
        )
        return Explanation(run=run, sources=sources, suspects=suspects, alarms=fired)
    complaint = complaint_of(record.failure)
    return Explanation(
        run=run,
        sources=sources,
        suspects=suspects_of_crash(sources, main, record.failure, record.post_mortem),
        expected=() if complaint.kind is Kind.BROADCAST else complaint.expected,
        actual=complaint.actual,
        alarms=fired,
    )


def sources_of(run: ScriptRun) -> Mapping[str, str]:
    """The script and the files of its folder that it imports, itself or through another."""
    folder = Folder(run.path.parent)
    program = folder.program(run.path.name)
    return {encodable(each.name): each.source for each in (program, *folder.reached(program))}
