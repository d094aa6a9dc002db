"""The process that runs a user's own script.

`python -P -m debugdiff.worker.process.script ENDS PARENT [STACK] [live]`: `ENDS` are its ends of
the result channel, and `PARENT` is the process that waits for it.

It is to the script as if Python had been called with it: its folder on the path, its arguments, its
working folder, its standard input, its exit status, its threads and what it does at exit. Nothing
is seeded, limited or imported that the script did not ask for, unless the job says so.
"""

from __future__ import annotations
import __future__

import ast
import contextlib
import faulthandler
import importlib
import linecache
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from debugdiff.model import Stack
from debugdiff.notebooks import SUFFIX, read_notebook
from debugdiff.worker.process.awaiting import Awaiting
from debugdiff.worker.process.describing import ANYTHING, OriginalNames, describe
from debugdiff.worker.process.exit_status import exit_status
from debugdiff.worker.process.families import die_with_parent, limit_resources
from debugdiff.worker.process.program import (
    allow_for_frames_below,
    fresh_main,
    report_on_deadline,
)
from debugdiff.worker.process.result_channel import ProgramEnds, ResultWriter
from debugdiff.worker.process.script_observer import ScriptObserver
from debugdiff.worker.process.script_workplace import LIVE, ScriptWorkplace
from debugdiff.worker.wire import decode_job

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from debugdiff.model import Job

_FUTURES = sum(getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
"""What one cell imports from `__future__` holds in the next ones, as in IPython."""
_LOADED_AT_START = frozenset(sys.builtin_module_names) | {
    *("__main__", "_collections_abc", "_distutils_hack", "_sitebuiltins", "abc", "codecs"),
    *("encodings", "genericpath", "io", "os", "posixpath", "site", "sitecustomize", "stat"),
    *("usercustomize", "zipimport", "debugdiff"),
}
"""What is there before the first line of any script, so that no file of its folder replaces it."""


def main(arguments: list[str]) -> NoReturn:
    """Run the script of the job that the channel holds, and leave with its status."""
    ends = ProgramEnds.of(arguments[0])
    die_with_parent(int(arguments[1]))
    job = decode_job(ends.read_job())
    channel = ResultWriter(ends)
    given = next((Stack(argument) for argument in arguments[2:] if argument != LIVE), None)
    if LIVE in arguments:
        _print_line_by_line()
    workplace = ScriptWorkplace.of(job.program)
    _settle(job, workplace)
    observer = ScriptObserver(job, workplace, channel, given=given)
    _prepare_for_the_end(job, observer, channel)
    observer.watch()
    sys.exit(_execute(job, observer, channel))


def _print_line_by_line() -> None:
    """As on a terminal, since the user is watching."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _settle(job: Job, workplace: ScriptWorkplace) -> None:
    sys.argv = [job.program, *job.arguments]
    folder = Path.cwd() if job.module else workplace.work
    sys.path.insert(0, str(folder))
    _forget_shadowed_modules(folder)
    if job.budget.memory:
        limit_resources(job.budget.memory)


def _forget_shadowed_modules(folder: Path) -> None:
    """A file of the user's with the name of a module gets imported, as in a plain run.

    Otherwise `random.py` beside the script would do its harm in a plain run alone.
    """
    loaded = {name.partition(".")[0] for name in sys.modules} - _LOADED_AT_START
    for name in loaded:
        if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
            for module in [key for key in sys.modules if key.partition(".")[0] == name]:
                del sys.modules[module]


def _prepare_for_the_end(job: Job, observer: ScriptObserver, channel: ResultWriter) -> None:
    """Keep the stack of a fatal signal, and report where the script is at its deadline."""
    if job.budget.seconds:
        report_on_deadline(job.id, observer, channel)
    else:
        faulthandler.enable(channel.stack)


def _execute(job: Job, observer: ScriptObserver, channel: ResultWriter) -> int:
    """The exit status that Python would have given the script."""
    names = OriginalNames()
    error = _run(job, observer, channel)
    if channel.is_forked:  # a fork of the script's own fell out of it
        return exit_status(error, names, reported=False)
    with names:
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        channel.write_outcome(describe(job.id, lambda: observer.of_end(error), channel.room))
    return exit_status(error, names, reported=True)


def _run(job: Job, observer: ScriptObserver, channel: ResultWriter) -> BaseException | None:
    path = str(Path(job.program).absolute())
    namespace = fresh_main(path, job.module)
    allow_for_frames_below()
    channel.begin()
    observer.begin(None)
    error = _outcome_of(path, namespace)
    return _outcome_of_threads() or error


def _outcome_of(path: str, namespace: dict[str, Any]) -> BaseException | None:
    try:
        if namespace["__package__"]:
            importlib.import_module(namespace["__package__"])
        pieces = _compiled(path)
        awaiting = Awaiting()
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        for code in pieces:
            coroutine = eval(code, namespace)  # noqa: S307  (running the script is the purpose)
            if coroutine is not None:
                awaiting.finish(coroutine)
    except ANYTHING as raised:
        return raised
    return None


def _compiled(path: str) -> Iterator[CodeType]:
    """The script; of a notebook each cell when its turn has come, called as notebooks call it."""
    content = Path(path).read_bytes()
    if not path.endswith(SUFFIX):
        yield compile(content, path, "exec", dont_inherit=True)
        return
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for cell in read_notebook(content).cells:
        lines = cell.text.splitlines(keepends=True)
        linecache.cache[cell.label] = (len(cell.text), None, lines, cell.label)
        code = compile(cell.text, cell.label, "exec", flags=flags, dont_inherit=True)
        flags |= code.co_flags & _FUTURES
        yield code


def _outcome_of_threads() -> BaseException | None:
    """Python waits for the threads of a program when its last line has run, and so does this."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
    except ANYTHING as raised:
        return raised
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
