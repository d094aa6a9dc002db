"""The process that runs one program, from its first line to the record of its end."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.machinery
import os
import signal
import site
import sys
import tempfile
import types
from typing import TYPE_CHECKING, Any, NoReturn

from debugdiff.worker.process.describing import ANYTHING, OriginalNames, describe
from debugdiff.worker.process.entry import RESULT, Entry, compile_entry
from debugdiff.worker.process.exit_status import exit_status
from debugdiff.worker.process.frameworks import one_thread, seed_libraries, switch_mode
from debugdiff.worker.process.observer import Observer
from debugdiff.worker.rows import order_rows_by_seed

if TYPE_CHECKING:
    from types import FrameType

    from debugdiff.model import Job
    from debugdiff.worker.process.result_channel import ResultWriter
    from debugdiff.worker.workplace import Workplace

_DEPTH_PROBE = """
def deeper(depth):
    try:
        return deeper(depth + 1)
    except RecursionError:
        return depth
depth = deeper(1)
"""
_MISSING_IN_PLAIN_RUN = 1
"""The frame of the program's own `<module>`."""


def run_program(job: Job, workplace: Workplace, channel: ResultWriter) -> NoReturn:
    """Run the job's program in this process, write the outcome, and leave. Never returns."""
    _settle(job, workplace)
    observer = Observer(job, workplace, channel)
    report_on_deadline(job.id, observer, channel)
    if not job.bare:
        switch_mode(job.stack, job.mode)
    observer.watch()
    channel.write_outcome(_execute(job, workplace, observer, channel))
    _leave(0)


def _settle(job: Job, workplace: Workplace) -> None:
    """Make this process look like that of a plain `python program.py` in the working folder."""
    os.chdir(workplace.work)
    os.environ["TMPDIR"] = str(workplace.scratch)
    tempfile.tempdir = None
    sys.argv = [job.program, *job.arguments]
    sys.path.insert(_position_on_path(), str(workplace.work))
    if not job.bare:
        seed_libraries(job.seed)
        one_thread(job.stack)


def _position_on_path() -> int:
    """Before everything that was installed, behind the standard library.

    A plain run puts the program's folder first, where a `random.py` shadows the standard library
    for whoever has not imported it yet: in a warm process that would depend on what the host had
    loaded. Behind the standard library it never does, and `import dataset` still finds the case's
    own file and not an installed package of that name.
    """
    folders = [*site.getsitepackages(), site.getusersitepackages()]
    installed = {os.path.realpath(path) for path in folders}
    positions = (at for at, path in enumerate(sys.path) if os.path.realpath(path) in installed)
    return next(positions, len(sys.path))


def _execute(job: Job, workplace: Workplace, observer: Observer, channel: ResultWriter) -> str:
    path = str(workplace.work / job.program)
    namespace = fresh_main(path, job.module)
    error: BaseException | None = None
    names = OriginalNames()
    allow_for_frames_below()
    channel.begin()
    observer.begin(None)
    try:
        entry = compile_entry(job.files[job.program], path, contract=job.contract)
        observer.begin(entry.module)
        if job.rows_by_seed:
            order_rows_by_seed(job.seed, observer.remark)
        _run(entry, job, namespace)
    except ANYTHING as raised:
        error = raised
    if channel.is_forked:
        _leave(exit_status(error, names, reported=False))
    sys.settrace(None)
    with names:
        return describe(job.id, lambda: observer.of_end(error, namespace.get(RESULT)), channel.room)


def _run(entry: Entry, job: Job, namespace: dict[str, Any]) -> None:
    exec(entry.module, namespace)  # noqa: S102  (running the program is the purpose)
    if entry.call is not None:
        namespace.update(Entry.arguments(job.seed, job.size.value))
        exec(entry.call, namespace)  # noqa: S102


def fresh_main(path: str, name: str = "") -> dict[str, Any]:
    """A new `__main__` as Python itself would have made it for the file.

    Args:
        path: of the file.
        name: of the module, if it runs as `python -m NAME`.
    """
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__builtins__ = sys.modules["builtins"]  # type: ignore[attr-defined]
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    if name:
        module.__spec__ = importlib.machinery.ModuleSpec(name, module.__loader__, origin=path)
        module.__package__ = name.rpartition(".")[0]
    sys.modules["__main__"] = module
    return vars(module)


def allow_for_frames_below() -> None:
    """A recursion breaks at the depth at which it would have broken in a plain run.

    The depth is tried out, since calls made by C count as well, in some versions of Python.
    """
    namespace: dict[str, Any] = {}
    exec(_DEPTH_PROBE, namespace)  # noqa: S102  (called as the program will be)
    missing = sys.getrecursionlimit() - namespace["depth"]
    sys.setrecursionlimit(sys.getrecursionlimit() + missing - _MISSING_IN_PLAIN_RUN)


def report_on_deadline(trial: str, observer: Observer, channel: ResultWriter) -> None:
    """On `SIGUSR1`, dump the stack from C, then write an interim record from Python.

    The dump works even where Python cannot run any more; the rest comes when the main thread gets
    back to Python code, and is missing when it never does.
    """

    def write_interim_record(_signal: int, frame: FrameType | None) -> None:
        with names:
            record = describe(trial, lambda: observer.of_interruption(frame), channel.room)
            channel.write_interim(record)

    names = OriginalNames()
    signal.signal(signal.SIGUSR1, write_interim_record)
    faulthandler.enable(channel.stack)
    faulthandler.register(signal.SIGUSR1, channel.stack, all_threads=True, chain=True)


def _leave(status: int) -> NoReturn:
    """Without the interpreter's own shutdown: threads that never end must not hold it up."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(status)
