"""debugdiff measures, by experiment, how readable and how debuggable deep-learning programs are.

Importing it loads no framework and changes nothing. In a notebook, at a prompt or in a script:

    debugdiff.explain()       which lines to suspect, after an exception
    debugdiff.install()       the same for the exception that ends a script
    debugdiff.explaining()    the same for a block, as a note on the exception
    %load_ext debugdiff       `%explain`, `%explain on` and `%explain off` in IPython

The commands as functions, with typed results:

    debugdiff.run(...)        a campaign: bugs in programs, scored
    debugdiff.trace(...)      the values of every layer of a script
    debugdiff.diff(...)       where two scripts diverge
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; `typing` is not needed otherwise
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any

    from debugdiff.live.answer import Answer
    from debugdiff.live.runs import diff, run, trace

__version__ = "0.1.0"
__all__ = ["diff", "explain", "explaining", "install", "run", "trace", "uninstall"]


def explain(error: BaseException | None = None) -> Answer:
    """Say which lines to suspect of an exception; nothing is run again.

    Args:
        error: the exception; `None`: the one that is being handled, else the last one that reached
            the prompt, the notebook or the debugger.

    Returns:
        An answer that shows itself in a notebook or at a prompt; elsewhere `print` it. Without an
        exception it says so in a sentence.
    """
    from debugdiff.live.hooks import answer_to
    from debugdiff.live.last import last_error

    return answer_to(error if error is not None else last_error())


def install() -> None:
    """Explain the exception that ends the program, below Python's traceback on stderr."""
    from debugdiff.live import hooks

    hooks.install()


def uninstall() -> None:
    """Take `install` back."""
    from debugdiff.live import hooks

    hooks.uninstall()


def explaining() -> AbstractContextManager[None]:
    """A block in which an exception gets its explanation as a note; its message stays as it is."""
    from debugdiff.live import hooks

    return hooks.explaining()


def __getattr__(name: str) -> Any:
    """The commands as functions: what they import is loaded when one is asked for."""
    if name in {"diff", "run", "trace"}:
        from debugdiff.live import runs

        return getattr(runs, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext debugdiff` calls."""
    from debugdiff.live import ipython

    ipython.load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext debugdiff` calls."""
    from debugdiff.live import ipython

    ipython.unload(shell)
