"""When a watched line ran for the first time (D2): tracing of the few functions that hold one."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType, FrameType

    from debugdiff.worker.probes.steps import Clock

_AUTOGRAPH = "__autograph_generated_file"
_CONVERTED = "tf__"


class WatchedLines:
    """Notes the optimizer step during which one of some lines first ran.

    A trace function slows every call down and shows in no traceback, but a trial about exceptions
    never has one: only the instrument `layers` does. AutoGraph runs a copy of a function instead of
    the function; entering the copy counts for all its lines.

    Args:
        file: the program's file.
        lines: the watched lines.
    """

    def __init__(self, file: str, lines: Iterable[int], clock: Clock) -> None:
        self._file = file
        self._lines = frozenset(lines)
        self._clock = clock
        self._holders: frozenset[str] = frozenset()
        self.step: int | None = None

    def watch(self, module: CodeType) -> None:
        """Begin; `module` is the program's code, which tells the functions that hold a line."""
        if self._lines:
            self._holders = frozenset(
                code.co_name for code in _codes(module) if self._lines & _lines_of(code)
            )
            threading.settrace(self._enter)
            sys.settrace(self._enter)

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> Any:
        if self.step is not None:
            sys.settrace(None)
            return None
        code = frame.f_code
        if code.co_filename == self._file and self._lines & _lines_of(code):
            return self._at_line
        if _AUTOGRAPH in code.co_filename and self._is_copy(code.co_name):
            self._note()
        return None

    def _is_copy(self, name: str) -> bool:
        return name.startswith(_CONVERTED) and name.removeprefix(_CONVERTED) in self._holders

    def _at_line(self, frame: FrameType, event: str, _argument: object) -> Any:
        if self.step is not None:
            return None
        if event == "line" and frame.f_lineno in self._lines:
            self._note()
        return self._at_line

    def _note(self) -> None:
        if self.step is None:
            self.step = self._clock.step


def _codes(code: CodeType) -> list[CodeType]:
    """A code object and all those inside it."""
    inside = [each for each in code.co_consts if isinstance(each, type(code))]
    return [code, *(found for each in inside for found in _codes(each))]


def _lines_of(code: CodeType) -> frozenset[int]:
    return frozenset(line for _, _, line in code.co_lines() if line is not None)
