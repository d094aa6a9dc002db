"""Cells of a notebook that `await` outside of a function: one event loop runs them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine


class Awaiting:
    """The loop of a notebook, made when the first cell needs it, so that a script has none."""

    def __init__(self) -> None:
        self._loop: Any = None

    def finish(self, cell: Coroutine[Any, Any, object]) -> None:
        """Run a cell to its end, and raise what it raises."""
        if self._loop is None:
            import asyncio  # noqa: PLC0415  (the script's own imports come first)

            self._loop = asyncio.new_event_loop()
        error = self._loop.run_until_complete(_outcome_of(cell))
        if error is not None:
            raise error


async def _outcome_of(cell: Coroutine[Any, Any, object]) -> BaseException | None:
    """What it ended with: raised, it would carry the frames of the loop."""
    try:
        await cell
    except BaseException as error:  # noqa: BLE001  (the caller raises it)
        return error
    return None
