"""What a program may change: its own folders. Landlock of the Linux kernel, by its system calls.

It is given up by the process itself, before the program runs, for good and with all its children;
no right is needed for it. See https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Mode, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.model import Job
    from debugdiff.worker.workplace import Workplace

LEVEL = "DEBUGDIFF_WORKER_SANDBOX"
"""The variable that holds the level, for the processes of the worker."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # asm-generic/unistd.h
_ASK_VERSION, _PATH_BENEATH = 1, 1  # linux/landlock.h, as all below
_TO_A_FILE = 1 << 1
_IN_A_FOLDER = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_TCP = 0b11
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11
_VERSION_OF_REFER, _VERSION_OF_TRUNCATE, _VERSION_OF_TCP, _VERSION_OF_SCOPES = 2, 3, 4, 6
_NO_NEW_PRIVILEGES = 38  # linux/prctl.h
_CAPABILITY_VERSION = 0x20080522  # linux/capability.h, as the numbers below
_CAPABILITIES = (16, 17, 19, 21, 22, 25, 27, 38, 39)
"""Modules, raw devices, tracing, administration, reboot, clock, nodes, perfmon and BPF."""
_CACHES_OF_CODE = ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "shm")
"""Those of `/dev` that programs write to; locks of `multiprocessing` lie in the last one."""


class _Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scopes")]


class _PathBeneath(ctypes.Structure):
    """`struct landlock_path_beneath_attr`."""

    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def landlock_version() -> int:
    """Of the interface of this kernel; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(_system_call(_CREATE_RULESET, None, 0, _ASK_VERSION), 0)


def describe_sandbox() -> str:
    """What `write` stops on this system, as a clause."""
    version = landlock_version()
    if not version:
        return "nothing: the kernel has no Landlock"
    parts = ["writing outside of a trial's folders"]
    parts += ["TCP"] if version >= _VERSION_OF_TCP else []
    parts += ["signals to other processes"] if version >= _VERSION_OF_SCOPES else []
    return ", ".join(parts)


def confine_program(job: Job, workplace: Workplace) -> None:
    """Keep the program of this process to the trial's folders, if the host was started for that.

    The mode `compiled` is left out: its trials share the compiler's own cache.
    """
    wanted = os.environ.pop(LEVEL, Sandbox.OFF) == Sandbox.WRITE
    if wanted and job.mode is not Mode.COMPILED:
        # Compiled code that one trial leaves must not be run by the next one.
        for name in _CACHES_OF_CODE:
            os.environ[name] = str(workplace.scratch / name.lower())
        kept = [Path(job.keep)] if job.keep else []
        confine([workplace.root / "work", workplace.scratch, *kept])


def confine(writable: Iterable[Path]) -> None:
    """Let this process change nothing but what is in these folders, nor reach out of itself.

    As far as the kernel can do it: where it has no Landlock, nothing happens.

    Raises:
        OSError: the kernel has it, and refuses.
    """
    version = landlock_version()
    if not version:
        return
    rights = _rights(version)
    ruleset = _new_ruleset(version, rights)
    devices = [f"/dev/{name}" for name in _DEVICES]
    for path in (*map(str, writable), *devices):
        with contextlib.suppress(FileNotFoundError):
            _allow(ruleset, path, rights)
    library = ctypes.CDLL(None, use_errno=True)
    _checked(library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _give_up_rights_over_others(library)
    _checked(_system_call(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _give_up_rights_over_others(library: ctypes.CDLL) -> None:
    """What lets root look into every process, and change the system itself."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: the low bits, then the high
    _checked(library.capget(header, sets))
    for capability in _CAPABILITIES:
        word, bit = divmod(capability, 32)
        for at in range(3 * word, 3 * word + 3):
            sets[at] &= ~(1 << bit)
    _checked(library.capset(header, sets))


def _rights(version: int) -> int:
    """All ways to change a file that this version knows."""
    rights = _TO_A_FILE | _IN_A_FOLDER
    rights |= _REFER if version >= _VERSION_OF_REFER else 0
    return rights | (_TRUNCATE if version >= _VERSION_OF_TRUNCATE else 0)


def _new_ruleset(version: int, rights: int) -> int:
    attributes = _Ruleset(
        files=rights,
        network=_TCP if version >= _VERSION_OF_TCP else 0,
        scopes=_SIGNALS_AND_ABSTRACT_SOCKETS if version >= _VERSION_OF_SCOPES else 0,
    )
    known = 1 + (version >= _VERSION_OF_TCP) + (version >= _VERSION_OF_SCOPES)
    size = known * ctypes.sizeof(ctypes.c_uint64)
    return _checked(_system_call(_CREATE_RULESET, ctypes.byref(attributes), size, 0))


def _allow(ruleset: int, path: str, rights: int) -> None:
    """A file takes only the rights that a file can have."""
    folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            rights &= _TO_A_FILE | _TRUNCATE
        rule = _PathBeneath(allowed=rights, folder=folder)
        _checked(_system_call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(folder)


def _system_call(number: int, *arguments: object) -> int:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    plain = [ctypes.c_long(it) if isinstance(it, int) else it for it in arguments]
    return int(call(ctypes.c_long(number), *plain))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
