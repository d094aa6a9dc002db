"""`%%explain`: a cell that runs under the probes, as it would run without them.

The cell itself is executed by IPython, and its first line is a comment there: so its lines, its
variables, its value, `await` and its traceback are those of any cell. What begins and ends the
probes are the events that IPython raises before and after it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from debugdiff.live.answer import Answer
from debugdiff.live.hooks import failed_to_explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.live.cell import CellWatch

MAGIC = "%%explain"
_LOADED: dict[int, ExplainedCells] = {}


def load(shell: Any, explains_all: Callable[[], bool]) -> None:
    """Give an IPython session the cell magic.

    Args:
        shell: the session.
        explains_all: whether it shows the explanation of every exception anyway.
    """
    if id(shell) not in _LOADED:
        _LOADED[id(shell)] = ExplainedCells(shell, explains_all)


def unload(shell: Any) -> None:
    """Take it back."""
    cells = _LOADED.pop(id(shell), None)
    if cells is not None:
        cells.leave()


def show(make: Callable[[], Answer]) -> None:
    """Show an answer as the session does, with colours where it can; never raises."""
    display: Any = importlib.import_module("IPython.display")
    try:
        display.display(make())
    except Exception as failure:  # noqa: BLE001  (a failure of ours must not hide theirs)
        print(failed_to_explain(failure))


class ExplainedCells:
    """The cells of one session that begin with the magic."""

    def __init__(self, shell: Any, explains_all: Callable[[], bool]) -> None:
        self._shell = shell
        self._explains_all = explains_all
        self._running: tuple[object, CellWatch] | None = None
        shell.register_magic_function(self._run, "cell", "explain")
        shell.input_transformers_cleanup.append(_without_magic)
        shell.events.register("pre_run_cell", self._before)
        shell.events.register("post_run_cell", self._after)

    def leave(self) -> None:
        """Have no more cells explained."""
        self._end()
        self._shell.magics_manager.magics["cell"].pop("explain", None)
        self._shell.input_transformers_cleanup.remove(_without_magic)
        self._shell.events.unregister("pre_run_cell", self._before)
        self._shell.events.unregister("post_run_cell", self._after)

    def _run(self, line: str, cell: str) -> None:
        """The magic as a function, as notebooks that became scripts call it."""
        if line.strip() or not cell.strip():
            error: Any = importlib.import_module("IPython.core.error")
            raise error.UsageError("`%%explain` stands alone on its line, above the code to run.")
        self._shell.run_cell(f"{MAGIC}\n{cell}").raise_error()

    def _before(self, info: Any) -> None:
        if self._running is not None and info.store_history:
            self._end()  # a cell that was cut off; within a cell that runs, none is stored
        if self._running is None and _is_marked(info.raw_cell):
            from debugdiff.live.cell import CellWatch  # noqa: PLC0415 - costs 0.3 s

            watch = CellWatch()
            self._running = (info, watch)
            try:
                watch.begin(self._shell)
            except Exception as failure:  # noqa: BLE001  (the cell runs all the same)
                self._end()
                print(failed_to_explain(failure))

    def _after(self, result: Any) -> None:
        if self._running is None or self._running[0] is not result.info:
            return
        watch = self._end()
        error = result.error_in_exec
        if result.error_before_exec is not None or watch is None:
            return
        if not isinstance(error, Exception):
            show(lambda: _answer_of(watch))
        elif not self._explains_all():
            show(lambda: _answer_to(error))

    def _end(self) -> CellWatch | None:
        """Undo all that the running cell is watched with."""
        watch = self._running[1] if self._running else None
        if watch is not None:
            watch.end(self._shell.user_ns)
        self._running = None
        return watch


def _answer_to(error: BaseException) -> Answer:
    """As `%explain` does, but it leaves no listener behind."""
    from debugdiff.live.explaining import explain_error  # noqa: PLC0415 - costs 0.3 s

    return Answer(found=explain_error(error))


def _answer_of(watch: CellWatch) -> Answer:
    from debugdiff.live.explaining import explain_record  # noqa: PLC0415 - costs 0.3 s

    return Answer(found=explain_record(watch.record()))


def _is_marked(cell: str) -> bool:
    """Whether the magic is among those at the beginning of a cell, such as below `%%time`."""
    lines = cell.splitlines()
    for index, line in enumerate(lines):
        if line.strip() == MAGIC:
            return bool("".join(lines[index + 1 :]).strip())
        if line.strip() and not line.startswith("%%"):
            return False
    return False


def _without_magic(lines: list[str]) -> list[str]:
    """The cell with a comment in place of the magic; another magic below it takes the rest.

    What is wrong stays as it is: then IPython calls the magic, which says so.
    """
    if not lines or lines[0].strip() != MAGIC or not "".join(lines[1:]).strip():
        return lines
    transforms: Any = importlib.import_module("IPython.core.inputtransformer2")
    return [f"# {MAGIC}\n", *transforms.cell_magic(lines[1:])]
