"""The watch mode: what is saved is checked, and keys do the rest."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import select
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.teach import views
from debugdiff.teach.lesson import Lesson
from debugdiff.teach.screen import Screen
from debugdiff.teach.states import state_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import RenderableType

    from debugdiff.model import Sandbox
    from debugdiff.teach.workspace import Listed, Workspace

_POLL_SECONDS = 0.1
_IDLE_SECONDS = 1.0
_REFRESH = 8
_MOST_KEYS = 1024
_ENTER, _ESCAPE, _BACKSPACE = ("\r", "\n"), "\x1b", ("\x7f", "\b")
_RUNS_NOTHING = frozenset({"hint", "guess", "undo", "reset", "list"})
_DOWN, _UP = "↓", "↑"
_SCROLL = {" ": 1, _DOWN: 1, "b": -1, _UP: -1}
_SEQUENCE = re.compile(r"\x1b[\[O][0-9;]*[A-Za-z~]")
_SEQUENCES = {"\x1b[B": _DOWN, "\x1b[6~": _DOWN, "\x1b[A": _UP, "\x1b[5~": _UP}
"""What a terminal sends for arrows and for whole pages."""
_PROMPTS = {"g": "line: ", "w": "I think that "}


def watch(workspace: Workspace, sandbox: Sandbox) -> None:
    """Watch a learner's folder until `q`; its programs run in a sandbox of that level.

    Raises:
        DebugdiffError: `watch-terminal` without a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise DebugdiffError(
            "Watching needs a terminal.",
            hint="Without one, use debugdiff teach check, hint, guess, why, undo, list, next.",
            slug="watch-terminal",
        )
    from rich.live import Live  # noqa: PLC0415 - not needed for `--help`

    from debugdiff.report.text import Console  # noqa: PLC0415

    console = Console(highlight=False, emoji=False, markup=False)
    opening = Live(
        "Opening the course ...", console=console, screen=True, refresh_per_second=_REFRESH
    )
    with (
        _keys() as read_keys,
        opening as live,
        Lesson(workspace=workspace, sandbox=sandbox) as lesson,
    ):
        watcher = Watcher(lesson=lesson, screen=Screen(rows=lesson.rows()))
        watcher.begin()
        while watcher.goes_on:
            watcher.look()
            for key in read_keys(_POLL_SECONDS):
                watcher.press(key)
            live.update(watcher.screen)


@contextlib.contextmanager
def _keys() -> Iterator[Callable[[float], str]]:
    """Keys as they are pressed; the terminal is put back as it was."""
    import termios  # noqa: PLC0415 - not on every system, and not for `--help`
    import tty  # noqa: PLC0415

    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)

    def read_keys(seconds: float) -> str:
        """All that was pressed: past Python's buffer, which `select` does not see."""
        ready, _, _ = select.select([descriptor], [], [], seconds)
        text = os.read(descriptor, _MOST_KEYS).decode(errors="ignore") if ready else ""
        return single_keys(text)

    tty.setcbreak(descriptor)
    try:
        yield read_keys
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def single_keys(text: str) -> str:
    """One character per key: what a terminal sends for arrows is several, and so for others."""
    return _SEQUENCE.sub(lambda found: _SEQUENCES.get(found[0], ""), text)


@dataclass(kw_only=True)
class Watcher:
    """What goes on in the watch mode: the present exercise, and one task at a time.

    Tasks run in a thread of their own, since a check takes a moment; keys only order them. What
    runs no program is done at once if nothing is waiting.
    """

    lesson: Lesson
    screen: Screen
    goes_on: bool = True
    listed: Listed | None = None
    _seen: str = ""
    _is_ready: bool = False
    _typed: str | None = None
    _asking: str = ""
    _tasks: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)

    def begin(self) -> None:
        """Open the present exercise, warm its host up, and work in a thread of its own."""
        self.open(self.lesson.current())
        threading.Thread(target=self._work, daemon=True).start()

    def open(self, listed: Listed) -> None:
        """Go to an exercise, and check it as it stands."""
        self.listed = listed
        self._seen = self._state()
        self.screen.open(self.lesson.workspace.outline(listed))
        self._is_ready = False
        self._tasks.put(lambda: self._quietly("start", self.lesson.warm_up))
        self._order("c")

    def look(self) -> None:
        """Check what was saved since the last look."""
        state = self._state()
        if state and state != self._seen:
            self._seen = state
            self._order("c")

    def press(self, key: str) -> None:
        """Do what a key asks for, or take it as part of what is being typed."""
        if self._typed is not None:
            self._type(key)
        elif key in _PROMPTS:
            self._asking, self._typed = key, ""
            self.screen.prompt = _PROMPTS[key]
        elif key == "q":
            self.goes_on = False
        else:
            self._order(key)

    # --- typing ----------------------------------------------------------------------------------

    def _type(self, key: str) -> None:
        assert self._typed is not None
        if key == _ESCAPE:
            self._typed, self.screen.prompt = None, ""
        elif key in _ENTER:
            text, self._typed, self.screen.prompt = self._typed, None, ""
            self._answer(text.strip())
        elif key not in (_DOWN, _UP):
            self._typed = self._typed[:-1] if key in _BACKSPACE else self._typed + key
            self.screen.prompt = _PROMPTS[self._asking] + self._typed

    def _answer(self, text: str) -> None:
        if self._asking == "g" and text:
            self._do("guess", lambda: self._guess(text))
        elif text:
            self.lesson.suppose(self._present, text)
            self.screen.note = f"Noted: {text}"

    def _guess(self, text: str) -> Iterable[RenderableType]:
        if not text.isdecimal():
            return [f"`{text}` is not a line number."]
        return views.guess_parts(self.lesson.guess(self._present, int(text)))

    # --- ordering --------------------------------------------------------------------------------

    @property
    def _present(self) -> Listed:
        assert self.listed is not None
        return self.listed

    def _order(self, key: str) -> None:
        lesson, listed = self.lesson, self._present
        orders: dict[str, tuple[str, Callable[[], Iterable[RenderableType]]]] = {
            "c": ("check", self._check),
            "h": ("hint", lambda: views.hint_parts(lesson.hint(listed))),
            "t": ("trace", lambda: views.trace_parts(lesson.trace(listed))),
            "d": ("diff", lambda: views.parting_parts(lesson.diff(listed))),
            "y": ("why", lambda: views.why_parts(lesson.why(listed))),
            "u": ("undo", self._undo),
            "r": ("reset", self._reset),
            "l": ("list", lambda: views.list_parts(lesson.rows())),
            "n": ("next", self._next),
        }
        if key in orders:
            self._do(*orders[key])
        elif key in _SCROLL:
            self.screen.scroll(_SCROLL[key])
        elif key.isprintable():
            self.screen.note = f"`{key}` does nothing: the keys are listed below."

    def _do(self, name: str, make: Callable[[], Iterable[RenderableType]]) -> None:
        def task() -> None:
            self.screen.busy, self.screen.waiting = name, max(self.screen.waiting - 1, 0)
            try:
                self.screen.show(*make())
            except DebugdiffError as error:
                self.screen.show(error.message, error.hint)
            except Exception as error:  # noqa: BLE001 - the screen stays, whatever fails
                if self.goes_on:  # else the hosts were taken away from under it
                    self.screen.show(f"{name} failed: {type(error).__name__}: {error}")
                return
            finally:
                self.screen.busy = ""
            self.screen.rows = self.lesson.rows()

        if name in _RUNS_NOTHING and not self.screen.busy and self._tasks.empty():
            task()
        else:
            self.screen.waiting += 1
            self._tasks.put(task)

    def _quietly(self, name: str, prepare: Callable[[Listed], None]) -> None:
        """Do what has nothing to show. If it fails, the check that needs it says so."""
        self.screen.busy = name
        with contextlib.suppress(Exception):
            prepare(self._present)
        self.screen.busy = ""

    def work_off(self) -> None:
        """Do here and now what was ordered."""
        while not self._tasks.empty():
            self._tasks.get()()

    def _work(self) -> None:
        while self.goes_on:
            try:
                self._tasks.get(timeout=_IDLE_SECONDS)()
            except queue.Empty:
                self.use_idle_time()

    def use_idle_time(self) -> None:
        """Run what a fix in another way is compared with: once for each exercise."""
        if not self._is_ready:
            self._is_ready = True
            self._quietly("", self.lesson.get_ready)

    # --- tasks -----------------------------------------------------------------------------------

    def _check(self) -> Iterable[RenderableType]:
        result = self.lesson.check(
            self._present, on_public=lambda record: self.screen.show(*views.first_parts(record))
        )
        keys = "y: how this fault can be found. n: the next exercise."
        self.screen.note = keys if result.verdict.is_fixed else ""
        return views.check_parts(result)

    def _undo(self) -> Iterable[RenderableType]:
        state = self.lesson.undo(self._present)
        return ["One step back."] if state else ["This is the program as you were given it."]

    def _reset(self) -> Iterable[RenderableType]:
        self.lesson.reset(self._present)
        return ["The program is back as you were given it; u brings yours back."]

    def _next(self) -> Iterable[RenderableType]:
        following = self.lesson.next_unsolved(self._present)
        if following is None:
            return ["Every exercise of this course is solved."]
        self.open(following)
        return []

    def _state(self) -> str:
        try:
            return state_of(self.lesson.workspace.files(self._present))
        except (DebugdiffError, OSError):
            time.sleep(_POLL_SECONDS)  # a save is going on, or the folder is being moved
            return ""
