"""Source with the defect marked, and what the bug changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.layout import BAD, GOOD, QUIET, STRONG, Verbatim, heading, indented, legend
from debugdiff.report.text import Text
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from debugdiff.model import Mutant, TrialResult

CONTEXT = 3
"""Lines shown on either side of a marked one."""

DEFECT, USE, ACCEPT, RAISED = "defect", "use", "also", "here"
_STYLES = {DEFECT: f"bold {BAD}", USE: "bold yellow", ACCEPT: "cyan", RAISED: STRONG}
_MARK_WIDTH = max(map(len, _STYLES))
_CHANGES = {"-": BAD, "+": GOOD}

_MEANINGS = {
    DEFECT: "what was changed",
    USE: "where that takes effect",
    ACCEPT: "an equally good place for the fix",
    RAISED: "a line that the traceback names",
}


def difference(mutant: Mutant | None) -> Iterator[RenderableType]:
    """The bug as a unified diff from the clean program; nothing of a clean run."""
    if mutant is None:
        return
    yield heading("What the bug changed")
    for line in split_lines(mutant.diff):
        yield Verbatim(text=Text(f"  {line}", style=_CHANGES.get(line[:1], QUIET)))


def source(
    files: Mapping[str, str], program: str, mutant: Mutant | None, result: TrialResult
) -> Iterator[RenderableType]:
    """The user's files around their marked lines; nothing of those in which no line has a mark.

    Args:
        files: relative name to text, as they ran.
        program: the one that was run.
        mutant: the program with the bug in it; `None` for a clean run.
        result: the trial.
    """
    marks = {name: _marks(name, mutant, result) for name in files}
    marked = [name for name in sorted(files, key=lambda name: name != program) if marks[name]]
    if not any(files[name] for name in marked):
        return
    yield heading("Source")
    for name in marked:
        if name != program:
            yield indented(Text(name, style=STRONG))
        yield Verbatim(text=_listing(split_lines(files[name]), marks[name]))
    used = {mark for name in marked for mark in marks[name].values()}
    meanings = (f"*{mark}*: {text}." for mark, text in _MEANINGS.items() if mark in used)
    yield legend(" ".join(meanings))


def _marks(name: str, mutant: Mutant | None, result: TrialResult) -> Mapping[int, str]:
    """The strongest mark of each line of a file."""
    marks = dict.fromkeys(traced_lines(result, name), RAISED)
    if mutant is not None:
        for spans, mark in ((mutant.accept, ACCEPT), (mutant.use, USE), (mutant.defect, DEFECT)):
            here = (span for span in spans if (span.file or mutant.file) == name)
            marks |= dict.fromkeys((line for span in here for line in span.lines), mark)
    return marks


def traced_lines(result: TrialResult, name: str) -> Iterator[int]:
    """Lines of one of the user's files that the traceback, or the time-out, names."""
    failure = result.record.failure
    frames = failure.frames if failure else result.record.stuck
    return (frame.line for frame in frames if is_file(frame.file, name))


def is_file(printed: str, name: str) -> bool:
    """Whether a printed path is that of a user's file, by its name below the case's folder."""
    return f"/{printed}".replace("\\", "/").endswith(f"/{name}")


def _listing(lines: list[str], marks: Mapping[int, str]) -> Text:
    shown = sorted(
        {
            near
            for line in marks
            for near in range(line - CONTEXT, line + CONTEXT + 1)
            if 1 <= near <= len(lines)
        }
    )
    width = len(str(shown[-1])) if shown else 1
    listing = Text()
    previous = shown[0] - 1 if shown else 0
    for line in shown:
        if line != previous + 1:
            listing.append(f"{'':{_MARK_WIDTH + width + 2}}  ...\n", style=QUIET)
        listing.append_text(_line(line, lines[line - 1], marks.get(line, ""), width))
        previous = line
    listing.rstrip()
    return listing


def _line(number: int, code: str, mark: str, width: int) -> Text:
    style = _STYLES.get(mark, "")
    return Text.assemble(
        (f"  {mark:>{_MARK_WIDTH}} ", style),
        (f"{number:>{width}} │ ", QUIET),
        (f"{code}\n", style),
    )
