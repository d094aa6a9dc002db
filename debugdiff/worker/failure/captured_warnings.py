"""Warnings of a run: Python's, and what frameworks log as warnings, with stage and step."""

from __future__ import annotations

import functools
import logging
import sys
import warnings
from typing import TYPE_CHECKING, Any

from debugdiff.bounds import plain_text
from debugdiff.model import CapturedWarning
from debugdiff.worker.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from debugdiff.model import Stage
    from debugdiff.worker.workplace import Workplace

_LIMIT = 100
_LOGGERS = frozenset({"absl", "tensorflow", "keras", "torch", "jax"})


class CapturedWarnings:
    """Keeps each warning once, up to a limit; every one is still printed as it would have been.

    Args:
        stage_and_step: those of the program whose innermost frame is given.
    """

    def __init__(
        self, workplace: Workplace, stage_and_step: Callable[[FrameType], tuple[Stage, int]]
    ) -> None:
        self._workplace = workplace
        self._stage_and_step = stage_and_step
        self._kept: dict[tuple[str, str, str, int], CapturedWarning] = {}

    @property
    def kept(self) -> tuple[CapturedWarning, ...]:
        """The warnings so far, in the order in which they came first."""
        return tuple(self._kept.values())

    def watch(self, patches: Patches | None = None) -> None:
        """Listen to Python's warnings, by Python's own filters, and to the frameworks' loggers."""
        patches = patches or Patches()
        patches.replace(warnings, "showwarning", self._with_warning)
        self._listen_to_loggers(patches)

    def _with_warning(self, show: Callable[..., None]) -> Callable[..., None]:
        def showwarning(  # noqa: PLR0913, PLR0917  (Python's own signature)
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: Any = None,
            line: str | None = None,
        ) -> None:
            if file is None:
                self._keep(category.__name__, message, filename, lineno)
            show(message, category, filename, lineno, file, line)

        return showwarning

    def _listen_to_loggers(self, patches: Patches) -> None:
        """Through the factory of log records: no logger gets a handler that it did not have."""
        make = logging.getLogRecordFactory()

        def factory(*arguments: Any, **keywords: Any) -> logging.LogRecord:
            record = make(*arguments, **keywords)
            if record.levelno >= logging.WARNING and record.name.partition(".")[0] in _LOGGERS:
                category = f"{record.name}.{record.levelname}"
                self._keep(category, _LogMessage(record), record.pathname, record.lineno)
            return record

        patches.undo_with(functools.partial(logging.setLogRecordFactory, make))
        logging.setLogRecordFactory(factory)

    def _keep(self, category: str, message: object, file: str, line: int) -> None:
        text = self._workplace.as_seen_by_user(_text(message))
        key = (category, text, self._workplace.as_seen_by_user(file), line)
        if key in self._kept or len(self._kept) >= _LIMIT:
            return
        stage, step = self._stage_and_step(sys._getframe(2))  # noqa: SLF001
        self._kept[key] = CapturedWarning(
            category=category, message=text, file=key[2], line=line, stage=stage, step=step
        )


class _LogMessage:
    """A log record as a message."""

    def __init__(self, record: logging.LogRecord) -> None:
        self._record = record

    def __str__(self) -> str:
        return self._record.getMessage()


def _text(message: object) -> str:
    """A warning's text, whatever its own `__str__` does."""
    try:
        return plain_text(str(message))
    except Exception as broken:  # noqa: BLE001  (a user's own warning class)
        return f"<no text: {type(broken).__name__}>"
