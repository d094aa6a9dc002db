"""Process families: who dies with whom, what a child may use, and how all of it is ended.

A program may start children, and put them into sessions of their own where `killpg` does not reach.
A supervisor is therefore a child subreaper: whatever its program leaves behind becomes its own
child. Both are Linux calls; elsewhere the process group is all there is.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import resource
import signal
import sys
import time
from typing import TYPE_CHECKING

from debugdiff.worker.process.process_table import family

if TYPE_CHECKING:
    from collections.abc import Collection

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PTRACE_DETACH = 17  # linux/ptrace.h
_FILE_SIZE = 2 * 2**30
_ROOM = 2**30
_ENDING_SECONDS = 5.0
_LINUX = sys.platform == "linux"


def die_with_parent(parent: int, *, by: signal.Signals = signal.SIGKILL) -> None:
    """Get a signal when the process `parent` dies, even if it is dead already."""
    if _LINUX:
        _prctl(_PR_SET_PDEATHSIG, by)
    if os.getppid() != parent:
        os.kill(os.getpid(), by)


def become_subreaper() -> None:
    """Adopt every orphan among this process's descendants."""
    if _LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def limit_resources(memory: int) -> None:
    """Bound this process's address space (bytes; 0 is no bound), its files and its core dumps.

    Only the soft limit of the address space is set, so that `raise_memory_limit` leaves room to
    say what happened when the program has used all of it.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower_limit(resource.RLIMIT_FSIZE, _FILE_SIZE)
    if memory:
        _lower_limit(resource.RLIMIT_AS, memory)


def raise_memory_limit() -> None:
    """Give this process room to say what happened, but not all: a text may have no end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        room = soft + _ROOM if hard == resource.RLIM_INFINITY else min(soft + _ROOM, hard)
        resource.setrlimit(resource.RLIMIT_AS, (room, hard))


def peak_memory_of_children() -> int:
    """Peak resident set, in bytes, of the largest child that this process has waited for."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak * 1024 if _LINUX else peak


def end_descendants(group: int | None = None) -> bool:
    """Kill every descendant of this process; whether all are gone.

    Args:
        group: a process group to kill where there is no `/proc` to find them by. (Elsewhere it is
            left alone: its number may be another's once its processes are gone.)
    """
    give_up = time.monotonic() + _ENDING_SECONDS
    while True:
        if group is not None and not _LINUX:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        living = descendants(os.getpid())
        kill(*living)
        if not living or time.monotonic() > give_up:
            return not living
        time.sleep(0.002)


def end_family(ancestor: int) -> None:
    """Kill a process after all its descendants, which it adopts again as long as it lives."""
    give_up = time.monotonic() + _ENDING_SECONDS
    while (living := descendants(ancestor)) and time.monotonic() < give_up:
        kill(*living)
        time.sleep(0.002)
    kill(ancestor)


def end_strays(known: Collection[int]) -> None:
    """Kill the descendants of this process that are neither of `known` nor descend from them."""
    families = {process for ancestor in known for process in (ancestor, *descendants(ancestor))}
    kill(*(process for process in descendants(os.getpid()) if process not in families))


def kill(*processes: int) -> None:
    """Send `SIGKILL` to each that is still there."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def exit_code(process: int, status: int) -> int | None:
    """The exit code that a wait for a child has brought, negative for a signal; `None`: it lives.

    One that has itself traced by its parent (`PTRACE_TRACEME`) stops at every signal: it is let go.
    """
    if not os.WIFSTOPPED(status):
        return os.waitstatus_to_exitcode(status)
    if _LINUX:
        received = os.WSTOPSIG(status)
        passed_on = 0 if received == signal.SIGTRAP else received
        _libc().ptrace(_PTRACE_DETACH, process, None, ctypes.c_void_p(passed_on))
    return None


def reap() -> None:
    """Take the exit status of every dead child, so that no zombie is left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descendants(ancestor: int) -> tuple[int, ...]:
    """The living descendants of a process, from `/proc`; none where there is no `/proc`."""
    return tuple(process.id for process in family(ancestor) if process.state not in "ZX")


def _lower_limit(kind: int, soft: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _prctl(option: int, value: int) -> None:
    if _libc().prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
