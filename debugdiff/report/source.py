"""Source with the defect marked, and what the bug changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from debugdiff.report.layout import BAD, GOOD, QUIET, STRONG, Verbatim, heading, legend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import RenderableType

    from debugdiff.model import Mutant, Span, TrialResult

CONTEXT = 3
"""Lines shown on either side of a marked one."""

DEFECT, USE, ACCEPT, RAISED = "defect", "use", "also", "here"
_STYLES = {DEFECT: f"bold {BAD}", USE: "bold yellow", ACCEPT: "cyan", RAISED: STRONG}
_MARK_WIDTH = max(map(len, _STYLES))
_CHANGES = {"-": BAD, "+": GOOD}

_LEGEND = (
    "*defect*: what was changed. *use*: where that bites. *also*: an equally good place for the"
    " fix. *here*: a line that the traceback names."
)


def difference(mutant: Mutant | None) -> Iterator[RenderableType]:
    """The bug as a unified diff from the clean program; nothing of a clean run."""
    if mutant is None:
        return
    yield heading("What the bug changed")
    for line in mutant.diff.splitlines():
        yield Verbatim(text=Text(f"  {line}", style=_CHANGES.get(line[:1], QUIET)))


def source(text: str, mutant: Mutant | None, result: TrialResult) -> Iterator[RenderableType]:
    """The program around its marked lines; nothing if no line of it is of interest."""
    marks = _marks(mutant, result)
    if not text or not marks:
        return
    yield heading("Source")
    yield Verbatim(text=_listing(text.splitlines(), marks))
    yield legend(_LEGEND)


def _marks(mutant: Mutant | None, result: TrialResult) -> Mapping[int, str]:
    """The strongest mark of each line."""
    marks = dict.fromkeys(traced_lines(result), RAISED)
    if mutant is not None:
        marks |= dict.fromkeys(_lines(mutant.accept), ACCEPT)
        marks |= dict.fromkeys(_lines(mutant.use), USE)
        marks |= dict.fromkeys(_lines(mutant.defect), DEFECT)
    return marks


def traced_lines(result: TrialResult) -> Iterator[int]:
    """Lines of the program itself that its traceback, or its time-out, names."""
    failure = result.record.failure
    frames = failure.frames if failure else result.record.stuck
    name = f"/{result.trial.implementation}.py"
    return (each.line for each in frames if f"/{each.file}".replace("\\", "/").endswith(name))


def _lines(spans: Iterable[Span]) -> Iterator[int]:
    return (line for span in spans for line in span.lines)


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
