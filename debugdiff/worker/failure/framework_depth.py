"""How deep a framework is: the lines that it runs between the user's call and the exception."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from debugdiff.model import Depth, Owner
from debugdiff.worker.failure.exception_fields import attribute, field
from debugdiff.worker.failure.frames import is_autograph, owner_of
from debugdiff.worker.failure.tracebacks import FILTERS

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from debugdiff.worker.workplace import Workplace

_MARK = "__debugdiff_depth__"
"""Where an exception carries its depth: kept there, it holds no frame and no tensor alive."""


class DepthTracer:
    """Counts line events of framework files, and notes at each raise how many came last.

    The count begins with the last line that ran in the user's innermost frame on the failing
    stack, and ends where the exception is raised; what C or C++ runs has no lines. What the
    framework runs to import its own modules does not count: a warm process has done that before.
    A traceback filter that raises an exception in place of another one is no failing operation.
    """

    def __init__(self, workplace: Workplace) -> None:
        self._workplace = workplace
        self._owners: dict[str, Owner] = {}
        self._lines = 0
        self._marks: dict[int, int] = {}
        self._importing = False

    def watch(self) -> None:
        """Begin; `sys.settrace(None)` ends it."""
        sys.settrace(self._enter)

    def of(self, error: BaseException) -> Depth | None:
        """The depth at which an exception was raised; `None` if it was not seen being raised."""
        depth = attribute(error, _MARK)
        return depth if isinstance(depth, Depth) else None

    def _enter(self, frame: FrameType, _event: str, _argument: object) -> Any:
        owner = self._owner(frame.f_code)
        if self._importing:
            return None
        if owner is Owner.USER:
            self._marks[id(frame)] = self._lines
            return self._in_program
        if owner is not Owner.FRAMEWORK:
            return None
        if frame.f_code.co_name == "<module>":
            self._importing = True
            return self._in_import
        return self._in_framework

    def _in_program(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._marks[id(frame)] = self._lines
        elif event == "exception":
            self._note_raise(frame, argument[1])
        elif event == "return":
            self._marks.pop(id(frame), None)
        return self._in_program

    def _in_framework(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self._lines += 1
        elif event == "exception":
            self._note_raise(frame, argument[1])
        return self._in_framework

    def _in_import(self, _frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "return":
            self._importing = False
        return self._in_import

    def _note_raise(self, frame: FrameType, error: BaseException) -> None:
        """Note where an exception is first seen; it passes through every frame on its way out."""
        if attribute(error, _MARK) is None:
            replaced = attribute(field(error, "__context__"), _MARK)
            filtered = replaced and frame.f_globals.get("__name__") in FILTERS
            # A class with slots of its own may refuse it; then its depth is not known.
            with contextlib.suppress(AttributeError, TypeError):
                depth = replaced if filtered else self._depth(frame)
                BaseException.__setattr__(error, _MARK, depth)

    def _depth(self, frame: FrameType | None) -> Depth:
        lines = frames = 0
        below_program = True
        while frame is not None:
            owner = self._owner(frame.f_code)
            if owner is Owner.USER and below_program:
                lines = self._lines - self._marks.get(id(frame), self._lines)
                below_program = False
            frames += owner is Owner.FRAMEWORK
            frame = frame.f_back
        return Depth(lines=lines, frames=frames)

    def _owner(self, code: CodeType) -> Owner:
        """Whose code it is; what AutoGraph copied is the user's, as everywhere here."""
        file = code.co_filename
        owner = self._owners.get(file)
        if owner is None:
            owner = Owner.USER if is_autograph(file) else owner_of(file, self._workplace)
            self._owners[file] = owner
        return owner
