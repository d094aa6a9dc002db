"""What `explain`, `trace` and `diff` find in the user's own files: each with its file and line."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from debugdiff.files import name_of
from debugdiff.report.explain import source_line
from debugdiff.report.paths import near_paths
from debugdiff.visible import shortened, uncoloured, visible_line
from debugdiff.worker.failure.source_lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from debugdiff.model import Alarm, Failure, SitePlace
    from debugdiff.run_diff import RunDiff, SuspectSite
    from debugdiff.score.tracing import Trace, TraceRow
    from debugdiff.suspects.explaining import Explanation

SUSPECTS = 8
"""Suspects that are handed on; the JSON has all of them."""
SITES = 10
"""The same for sites that differ."""
DIVERGENCE = "divergence"
_CELL = re.compile(r"In\[\d+\]")
_LONGEST = 300
_FLOW = 20
"""Frames of the user's that lead to an exception, the last ones."""


class Level(StrEnum):
    """How serious a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of a file of the user's.

    Attributes:
        file: its path from the current folder.
        cell: the cell of the notebook that the line counts in; empty for a file.
        line, column: from 1.
        code: the line itself; empty if it is gone.
        about: what it has to do with the finding; empty for the finding's own place.
    """

    file: str
    line: int
    column: int = 1
    cell: str = ""
    code: str = ""
    about: str = ""

    @property
    def name(self) -> str:
        """The file, and the cell in it."""
        return visible_line(f"{self.file}:{self.cell}" if self.cell else self.file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong, or may be, at a line.

    Attributes:
        rule: what found it: a rule, a check, or the type of an exception.
        about: what the rule looks for, or who published it.
        message: a sentence on one line.
        rank: how likely it is, 0 to 100; `None` where nothing ranks it.
        flow: the lines of the user's that led there, the outermost first.
        related: lines that belong to it, such as the same one of the other program.
    """

    level: Level
    rule: str
    about: str
    message: str
    place: Place
    rank: float | None = None
    flow: tuple[Place, ...] = ()
    related: tuple[Place, ...] = ()


def _sentence(text: str) -> str:
    first = uncoloured(text).strip().partition("\n")[0]
    return shortened(visible_line(near_paths(first)), _LONGEST)


def near_path(path: str) -> str:
    """The path of a file from the current folder."""
    try:
        return os.path.relpath(path)
    except ValueError:  # on another drive
        return path


@dataclass(frozen=True, slots=True)
class Files:
    """Where files that a run names are: a log names them as another machine did.

    Attributes:
        main: the script, or the notebook whose cells are named by their numbers.
        known: of files, the names in the program's folder, and where they are.
    """

    main: Path
    known: Mapping[str, str] = field(default_factory=dict)

    def place(
        self, file: str, line: int, column: int = 1, code: str = "", about: str = ""
    ) -> Place:
        cell = file if _CELL.fullmatch(file) else ""
        name = name_of(file, self.known)
        path = str(self.main) if cell else self.known[name] if name else file
        return Place(
            file=near_path(path),
            cell=cell,
            line=max(line, 1),
            column=column,
            code=code,
            about=about,
        )

    def start(self) -> Place:
        """The first line of the script: of what has no line of its own."""
        return self.place(str(self.main), 1)


def _crash(failure: Failure | None, files: Files) -> Iterator[Finding]:
    """The exception at the innermost line of the user's; nothing if it has none of theirs."""
    flow = tuple(
        files.place(frame.file, frame.line, (frame.column or 0) + 1, frame.code)
        for frame in (failure.own_frames[-_FLOW:] if failure else ())
    )
    if failure and flow:
        yield Finding(
            level=Level.ERROR,
            rule=failure.type,
            about="The exception that ended the program.",
            message=_sentence(failure.message) or failure.type,
            place=flow[-1],
            flow=flow,
        )


# --- explain -------------------------------------------------------------------------------------


def of_explanation(found: Explanation) -> tuple[Finding, ...]:
    """The exception first, then the suspects."""
    files = Files(found.run.path, found.paths)
    return (*_crash(found.run.record.failure, files), *_suspects(found, files))


def _suspects(found: Explanation, files: Files) -> Iterator[Finding]:
    for suspect in found.suspects[:SUSPECTS]:
        code = source_line(suspect, found)
        column = len(code) - len(code.lstrip()) + 1
        yield Finding(
            level=Level.WARNING,
            rule=suspect.rule,
            about="A rule on text and shapes suspects the line; it may be wrong.",
            message=_sentence(suspect.reason),
            place=files.place(suspect.file, suspect.line, column, code.strip()),
            rank=round(100 * suspect.score, 1),
        )


# --- trace ---------------------------------------------------------------------------------------


def of_trace(trace: Trace) -> tuple[Finding, ...]:
    """The exception first, then each check that fires, once per line."""
    files = Files(trace.run.path)
    alarms: dict[tuple[str, str, int], Finding] = {}
    for row in trace.rows:
        for alarm in row.alarms:
            found = _alarm(alarm, row, files)
            alarms.setdefault((alarm.sentinel, found.place.name, found.place.line), found)
    return (*_crash(trace.run.record.failure, files), *alarms.values())


def _alarm(alarm: Alarm, row: TraceRow, files: Files) -> Finding:
    figures = f"{alarm.value:.3g}, threshold {alarm.threshold:.3g}"
    text = f"{alarm.site}, from step {alarm.step}: {alarm.meaning} ({figures})"
    return Finding(
        level=Level.WARNING,
        rule=alarm.sentinel,
        about=f"A published check of values: {alarm.source}",
        message=_sentence(text),
        place=_site(row.place, files) or files.start(),
    )


def _site(place: SitePlace | None, files: Files, about: str = "") -> Place | None:
    """The line that calls a layer, else the one that makes it."""
    line = (place.called or place.made) if place else None
    if line is None:
        return None
    code = line_of(line.file, line.line)
    column = len(code) - len(code.lstrip()) + 1
    return files.place(line.file, line.line, column, code.strip(), about)


# --- diff ----------------------------------------------------------------------------------------


def of_diff(found: RunDiff, good: Path, bad: Path) -> tuple[Finding, ...]:
    """Where two runs diverge, in the bad program, then the sites that differ after that."""
    return tuple(_differing(suspect, good, bad) for suspect in found.suspects[:SITES])


def _differing(suspect: SuspectSite, good: Path, bad: Path) -> Finding:
    files = Files(bad)
    first = suspect.rank == 1
    words = "the runs diverge at" if first else "a later difference at"
    other = _site(suspect.good, Files(good), "The same site in the program that works.")
    return Finding(
        level=Level.ERROR if first else Level.NOTE,
        rule=DIVERGENCE,
        about="The values of two runs differ by more than the tolerance of their dtype.",
        message=_sentence(f"{words} {suspect.site}, in step {suspect.step}: {suspect.reason}"),
        place=_site(suspect.bad, files) or files.start(),
        related=(other,) if other else (),
    )
