"""Explains exceptions without being called: at the end of a script, or around a block."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from debugdiff.live.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    Hook = Callable[[type[BaseException], BaseException, TracebackType | None], Any]

_LEFT_ALONE = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""Nobody asks what is wrong with the program when it was told to stop."""

_BEFORE: list[Hook] = []
"""The hook that was there before ours; empty while ours is not installed."""


def answer_to(error: BaseException | None) -> Answer:
    """The answer to an exception; to what is none, the sentence that says so."""
    if not isinstance(error, BaseException):
        return Answer(found=None)
    from debugdiff.live.explaining import TRACES, explain_error  # noqa: PLC0415 - costs 0.3 s

    TRACES.watch()
    return Answer(found=explain_error(error))


def install() -> None:
    """Explain the exception that ends the program, below Python's traceback on stderr.

    Called twice it does no more than once; `uninstall` takes it back. What was installed before
    (by another tool) still runs first.
    """
    if not _BEFORE:
        _BEFORE.append(sys.excepthook)
        sys.excepthook = _explain_after


def uninstall() -> None:
    """Take `install` back. A hook that somebody installed after it stays."""
    if _BEFORE:
        before = _BEFORE.pop()
        if sys.excepthook is _explain_after:
            sys.excepthook = before


@contextmanager
def explaining() -> Iterator[None]:
    """Within the block, an exception gets the explanation as a note; its message stays as it is."""
    from debugdiff.live.explaining import TRACES  # noqa: PLC0415 - costs 0.3 s

    TRACES.watch()
    try:
        yield
    except Exception as error:
        text = safe_text(error)
        if text not in getattr(error, "__notes__", ()):
            error.add_note(text)
        raise


def safe_text(error: BaseException) -> str:
    """The explanation, or a sentence: a failure of ours must not hide the user's."""
    try:
        return f"debugdiff explains\n{answer_to(error).text}"
    except Exception as failure:  # noqa: BLE001
        return failed_to_explain(failure)


def failed_to_explain(failure: Exception) -> str:
    """What is said in place of an explanation."""
    return f"debugdiff could not explain this exception ({type(failure).__name__})."


def _explain_after(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    before = _BEFORE[0] if _BEFORE else sys.__excepthook__
    before(kind, error, traceback)
    if isinstance(error, _LEFT_ALONE) or sys.stderr is None:
        return
    text = safe_text(error)
    if text not in getattr(error, "__notes__", ()):  # then it was printed with the traceback
        print(f"\n{text}", file=sys.stderr)
