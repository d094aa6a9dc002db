"""`%load_ext debugdiff`: `%explain` after a crash, and `%explain on` for every crash."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from debugdiff.live.hooks import answer_to, failed_to_explain
from debugdiff.live.last import last_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from debugdiff.live.answer import Answer

_USAGE = "Use `%explain`, `%explain on` or `%explain off`."
_SHOWN_BEFORE: dict[int, Callable[..., Any]] = {}
"""How a session showed tracebacks before `%explain on`, by its id."""


def load(shell: Any) -> None:
    """Give an IPython session the magic `%explain`."""
    shell.register_magic_function(lambda line: explain_magic(shell, line), "line", "explain")


def unload(shell: Any) -> None:
    """Take it back."""
    _off(shell)
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
    if id(shell) not in _SHOWN_BEFORE:
        _SHOWN_BEFORE[id(shell)] = shell.showtraceback
        shell.showtraceback = _with_explanation(shell.showtraceback)
    print("Every exception is explained from now on; `%explain off` stops this.")


def _off(shell: Any) -> None:
    before = _SHOWN_BEFORE.pop(id(shell), None)
    if before is not None:
        shell.showtraceback = before
        print("Exceptions are no longer explained.")


def _display(answer: Answer) -> None:
    """As the notebook shows it: HTML where it can."""
    display: Any = importlib.import_module("IPython.display")
    display.display(answer)


def _with_explanation(before: Callable[..., Any]) -> Callable[..., Any]:
    def showtraceback(*arguments: Any, **settings: Any) -> Any:
        shown = before(*arguments, **settings)
        error = last_error()
        if isinstance(error, Exception):
            try:
                _display(answer_to(error))
            except Exception as failure:  # noqa: BLE001  (a failure of ours must not hide theirs)
                print(failed_to_explain(failure))
        return shown

    return showtraceback
