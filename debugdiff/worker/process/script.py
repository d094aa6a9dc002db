"""The process that runs a person's own script.

`python -P -m debugdiff.worker.process.script ROOT PARENT [STACK] [live]`: the job lies below the
folder `ROOT`; `PARENT` is the process that waits for it.

It is to the script as if Python had been called with it: its folder on the path, its arguments, its
working folder, its standard input, its exit status, its threads and what it does at exit. Nothing
is seeded, limited or imported that the script did not ask for, unless the job says so.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from debugdiff.model import Stack
from debugdiff.worker.process.families import die_with_parent, lift_memory_limit, limit_resources
from debugdiff.worker.process.program import (
    allow_for_frames_below,
    fresh_main,
    is_clean_exit,
    listen_for_deadline,
)
from debugdiff.worker.process.result_channel import Outbox
from debugdiff.worker.process.script_observer import ScriptWitness
from debugdiff.worker.process.script_workplace import LIVE, ScriptPlace
from debugdiff.worker.wire import decode_job, encode, write_atomically

if TYPE_CHECKING:
    from debugdiff.model import Job

_INTERRUPTED = 130
_LOADED_AT_START = frozenset(sys.builtin_module_names) | {
    *("__main__", "_collections_abc", "_distutils_hack", "_sitebuiltins", "abc", "codecs"),
    *("encodings", "genericpath", "io", "os", "posixpath", "site", "sitecustomize", "stat"),
    *("usercustomize", "zipimport", "debugdiff"),
}
"""What is there before the first line of any script, so that no file of its folder replaces it."""


def main(arguments: list[str]) -> NoReturn:
    """Run the script of the job that lies below the folder `ROOT`, and leave with its status."""
    root = Path(arguments[0])
    die_with_parent(int(arguments[1]))
    job = decode_job(Outbox(folder=root / "outbox").job.read_text(encoding="utf-8"))
    given = next((Stack(each) for each in arguments[2:] if each != LIVE), None)
    if LIVE in arguments:
        _print_line_by_line()
    place = ScriptPlace.of(root, job.program)
    _settle(job, place)
    outbox = Outbox(folder=place.outbox)
    witness = ScriptWitness(job, place, given=given)
    _prepare_for_the_end(job, witness, outbox)
    witness.watch()
    sys.exit(_execute(job, witness, outbox))


def _print_line_by_line() -> None:
    """As on a terminal, which the person who watches is at the end of."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _settle(job: Job, place: ScriptPlace) -> None:
    sys.argv = [job.program, *job.arguments]
    sys.path.insert(0, str(place.work))
    _forget_shadowed(place.work)
    if job.budget.memory:
        limit_resources(job.budget.memory)


def _forget_shadowed(folder: Path) -> None:
    """A file of the person's that is called like a module gets imported, as in a plain run.

    Otherwise `random.py` beside the script would do its harm in a plain run alone.
    """
    loaded = {name.partition(".")[0] for name in sys.modules} - _LOADED_AT_START
    for name in loaded:
        if (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file():
            for each in [key for key in sys.modules if key.partition(".")[0] == name]:
                del sys.modules[each]


def _prepare_for_the_end(job: Job, witness: ScriptWitness, outbox: Outbox) -> None:
    """Keep the stack of a fatal signal, and tell where the script is when its time is up."""
    if job.budget.seconds:
        listen_for_deadline(witness, outbox)
    else:
        faulthandler.enable(outbox.stack.open("w"))


def _execute(job: Job, witness: ScriptWitness, outbox: Outbox) -> int:
    """The exit status that Python would have given the script."""
    process = os.getpid()
    error = _run(job, witness, outbox)
    if os.getpid() != process:
        return _status(error, said=False)  # a fork of the script's own fell out of it
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    lift_memory_limit()
    is_clean = error is None or is_clean_exit(error)
    record = witness.of_result(None) if is_clean or error is None else witness.of_error(error)
    write_atomically(outbox.outcome, encode(record))
    return _status(error, said=True)


def _run(job: Job, witness: ScriptWitness, outbox: Outbox) -> BaseException | None:
    path = str(Path(job.program).absolute())
    namespace = fresh_main(path)
    allow_for_frames_below()
    outbox.started.touch()
    witness.begin(None)
    error = _outcome_of(path, namespace)
    return _outcome_of_threads() or error


def _outcome_of(path: str, namespace: dict[str, Any]) -> BaseException | None:
    try:
        code = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        exec(code, namespace)  # noqa: S102  (running the script is the purpose)
    except BaseException as raised:  # noqa: BLE001  (whatever a script ends with is its record)
        return raised
    return None


def _outcome_of_threads() -> BaseException | None:
    """Python waits for the threads of a program when its last line has run, and so does this."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
    except BaseException as raised:  # noqa: BLE001  (the person may interrupt the waiting)
        return raised
    return None


def _status(error: BaseException | None, *, said: bool) -> int:
    """The exit status for what a script ended with, by Python's own rules.

    The traceback is for whoever asked for this run to print; the script's own hook is called.
    """
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        return _status_of_exit(error)
    if not said or sys.excepthook is not sys.__excepthook__:
        sys.excepthook(type(error), error, error.__traceback__)
    return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def _status_of_exit(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    with contextlib.suppress(Exception):
        sys.stderr.write(f"{error.code}\n")
    return 1


if __name__ == "__main__":
    main(sys.argv[1:])
