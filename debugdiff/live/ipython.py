"""`%load_ext debugdiff`: `%explain` after a crash, `%explain on` for every crash, `%%explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.live import explained_cells
from debugdiff.live.hooks import answer_to
from debugdiff.live.last import last_error
from debugdiff.worker.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.live.answer import Answer

_USAGE = "Use `%explain`, `%explain on`, `%explain off`, or `%%explain` above the code of a cell."
_ON: dict[int, Patches] = {}
"""What `%explain on` has changed in a session, by its id."""


def load(shell: Any) -> None:
    """Give an IPython session the magics `%explain` and `%%explain`."""
    shell.register_magic_function(lambda line: explain_magic(shell, line), "line", "explain")
    explained_cells.load(shell, explains_all=lambda: id(shell) in _ON)


def unload(shell: Any) -> None:
    """Take it back."""
    _off(shell)
    explained_cells.unload(shell)
    shell.magics_manager.magics["line"].pop("explain", None)


def explain_magic(shell: Any, line: str) -> Answer | None:
    """The answer to the last exception of the session; with `on` and `off` it says what it did."""
    match line.strip():
        case "":
            return answer_to(last_error())
        case "on":
            _on(shell)
        case "off":
            _off(shell)
        case _:
            print(_USAGE)
    return None


def _on(shell: Any) -> None:
    from debugdiff.live.explaining import TRACES  # noqa: PLC0415 - costs 0.3 s

    TRACES.watch()
    if id(shell) not in _ON:
        _ON[id(shell)] = Patches(temporary=True)
        _ON[id(shell)].replace(shell, "showtraceback", _with_explanation)
    print("Every exception is explained from now on; `%explain off` stops this.")


def _off(shell: Any) -> None:
    patches = _ON.pop(id(shell), None)
    if patches is not None:
        patches.close()
        print("Exceptions are no longer explained.")


def _with_explanation(before: Callable[..., Any]) -> Callable[..., Any]:
    def showtraceback(*arguments: Any, **settings: Any) -> Any:
        shown = before(*arguments, **settings)
        error = last_error()
        if isinstance(error, Exception):
            explained_cells.show(lambda: answer_to(error))
        return shown

    return showtraceback
