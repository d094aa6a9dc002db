"""The stack of an exception before a traceback filter takes its frames out."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.worker.failure.exception_fields import field, is_kind
from debugdiff.worker.failure.frames import belongs_to_worker, without_worker_frames
from debugdiff.worker.failure.stages import Call, call_of, hint_of
from debugdiff.worker.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType, TracebackType

    from debugdiff.worker.workplace import Workplace

FILTERS = ("keras.src.utils.traceback_utils", "tensorflow.python.util.traceback_utils")
"""The modules that take frames out of a traceback before the user sees it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A frame with the line it had reached."""

    frame: FrameType
    line: int


class UnfilteredTraces:
    """Keeps the whole stack of the last exception that went through a traceback filter.

    Keras and TensorFlow call a module-level function for what to keep of a traceback. It has
    returned before the exception goes on, so a function put in its place stands in no trace.
    """

    def __init__(self) -> None:
        self._error: BaseException | None = None
        self._steps: tuple[Step, ...] = ()
        self._watched: set[str] = set()

    def watch(self, patches: Patches | None = None) -> None:
        """Listen to the filters of the frameworks that are loaded, each once."""
        patches = patches or Patches()
        for name in FILTERS:
            if name in sys.modules and name not in self._watched:
                self._watched.add(name)
                patches.undo_with(functools.partial(self._watched.discard, name))
                patches.replace(sys.modules[name], "_process_traceback_frames", self._with_note)

    def of(self, error: BaseException) -> tuple[Step, ...]:
        """The whole stack of an exception, outermost first; filtered or not."""
        if _follows(error, self._error):
            return self._steps
        return tuple(_program_steps(field(error, "__traceback__")))

    def _with_note(self, keep: Any) -> Any:
        def process(traceback: TracebackType | None) -> Any:
            self._note(sys.exc_info()[1], traceback)
            return keep(traceback)

        return process

    def _note(self, error: BaseException | None, traceback: TracebackType | None) -> None:
        """The filter nearest to the failure sees all of it; later ones see what is left."""
        if error is None or traceback is None:
            return
        if not _follows(error, self._error):
            outer = live_steps(traceback.tb_frame.f_back)
            self._steps = (*outer, *_program_steps(traceback))
        self._error = error


def live_steps(frame: FrameType | None) -> tuple[Step, ...]:
    """The stack that ends in `frame`, outermost first, from the program's first frame on."""
    steps = []
    while frame is not None:
        steps.append(Step(frame, frame.f_lineno))
        frame = frame.f_back
    return tuple(_without_worker(steps[::-1]))


def calls_of(steps: Sequence[Step], workplace: Workplace) -> tuple[Call, ...]:
    """The frames, as far as the stage depends on them."""
    return tuple(
        call_of(
            step.frame.f_code.co_filename,
            step.frame.f_code.co_name,
            step.line,
            workplace,
            hint=hint_of(step.frame),
        )
        for step in steps
    )


def program_traceback(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback without the worker's frames at its beginning."""
    while traceback is not None and belongs_to_worker(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    return traceback


def leave_out_worker_frames(error: BaseException) -> None:
    """Take the probes' own frames out of the traceback of an exception, and of its chain."""
    for link in _chain_of(error):
        BaseException.with_traceback(link, without_worker_frames(field(link, "__traceback__")))


def _chain_of(error: BaseException | None) -> list[BaseException]:
    """An exception, and all that it came from."""
    chain: list[BaseException] = []
    waiting = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and all(link is not known for known in chain):
            chain.append(link)
            waiting += [field(link, "__cause__"), field(link, "__context__")]
            waiting += field(link, "exceptions") if is_kind(link, BaseExceptionGroup) else ()
    return chain


def _program_steps(traceback: TracebackType | None) -> Iterator[Step]:
    traceback = program_traceback(traceback)
    while traceback is not None:
        yield Step(traceback.tb_frame, traceback.tb_lineno)
        traceback = traceback.tb_next


def _without_worker(steps: list[Step]) -> list[Step]:
    first = next(
        (at for at, step in enumerate(steps) if not _is_of_worker(step)),
        len(steps),
    )
    return steps[first:]


def _is_of_worker(step: Step) -> bool:
    return belongs_to_worker(step.frame.f_code.co_filename)


def _follows(error: BaseException, earlier: BaseException | None) -> bool:
    """Whether `error` is `earlier`, or was raised while that was being handled."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        if current is earlier:
            return True
        seen.add(id(current))
        cause, context = field(current, "__cause__"), field(current, "__context__")
        current = context if cause is None else cause
    return False
