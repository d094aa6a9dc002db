"""The screen of the watch mode: the exercise, progress, the last answer, the keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Group

from debugdiff.report.layout import GOOD, LOUD, QUIET, STRONG
from debugdiff.report.text import Text
from debugdiff.teach.instructions import seen_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from debugdiff.teach.lesson import Row
    from debugdiff.teach.model import Exercise

_KEYS = (
    ("c", "check"),
    ("h", "hint"),
    ("g", "guess a line"),
    ("w", "what I think"),
    ("t", "trace"),
    ("d", "diff"),
    ("u", "undo"),
    ("r", "reset"),
    ("y", "why"),
    ("l", "list"),
    ("n", "next"),
    ("q", "quit"),
)
_BUSY = {
    "start": "starting up and running the healthy program ...",
    "check": "checking ...",
    "trace": "recording the values of every layer ...",
    "diff": "comparing with the healthy program ...",
    "why": "working out how to find the fault ...",
}


@dataclass(kw_only=True)
class Screen:
    """What is shown; tasks change it, and the next refresh shows it.

    Attributes:
        busy: the task that is going on.
        waiting: how many more were asked for.
        prompt: what is being typed.
        note: a line below the answer.
    """

    rows: Sequence[Row]
    busy: str = ""
    waiting: int = 0
    prompt: str = ""
    note: str = ""
    _exercise: Exercise | None = None
    _parts: tuple[RenderableType, ...] = field(default=())
    _first: int = 0
    _page: int = 0

    def open(self, exercise: Exercise) -> None:
        """Show another exercise."""
        self._exercise = exercise
        self._parts, self.note = (), ""

    def show(self, *parts: RenderableType) -> None:
        """Show an answer in place of the last one."""
        if parts:
            self._parts, self._first = parts, 0

    def scroll(self, pages: int) -> None:
        """Show another part of an answer that is longer than the screen."""
        self._first += pages * max(self._page - 1, 1)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Top, answer, bottom; the answer gives way where the terminal is low."""
        top = Group(*self._top())
        bottom = Group(*self._bottom())
        room = options.height or console.height
        options = options.update(height=None)  # else parts are filled up to it
        used = [console.render_lines(each, options, pad=False) for each in (top, bottom)]
        answer = console.render_lines(Group(*self._parts), options, pad=False)
        left = max(room - sum(map(len, used)) - 1, 3)
        self._page = left
        self._first = min(max(self._first, 0), max(len(answer) - left, 0))
        yield top
        shown = answer[self._first : self._first + left]
        for line in shown:
            yield from line
            yield Text()
        if len(answer) > left:
            last = self._first + len(shown)
            where = (
                f"(lines {self._first + 1} to {last} of {len(answer)}; space: next page, b: back)"
            )
            yield Text(where, style=QUIET)
        for _ in range(left - len(answer)):
            yield Text()
        yield bottom

    def _top(self) -> list[RenderableType]:
        exercise = self._exercise
        if exercise is None:
            return [Text()]
        marks = Text()
        for row in self.rows:
            style = GOOD if row.progress.solved else STRONG if row.id == exercise.id else QUIET
            marks.append("●" if row.progress.solved else "○", style=style)
            marks.append(" ")
        solved = sum(row.progress.solved for row in self.rows)
        title = f"{exercise.number}. {exercise.case.title}  "
        facts = f"{exercise.framework}, {exercise.folder}/program.py"
        return [
            Text.assemble((title, STRONG), (facts, QUIET)),
            Text.assemble(marks, (f" {solved} of {len(self.rows)}", QUIET)),
            Text(),
            Text(f"{seen_of(exercise)} {exercise.bug.story}"),
            Text(),
        ]

    def _bottom(self) -> list[RenderableType]:
        keys = Text()
        for key, name in _KEYS:
            keys.append(key, style=STRONG)
            keys.append(f" {name}   ", style=QUIET)
        if self.prompt:
            line = Text.assemble((self.prompt, STRONG), "█")
        elif self.busy:
            more = f"  ({self.waiting} more waiting)" if self.waiting else ""
            line = Text(f"{_BUSY.get(self.busy, f'{self.busy} ...')}{more}", style=LOUD)
        else:
            line = Text(self.note or "Save the program to have it checked.", style=QUIET)
        return [Text(), line, keys]
