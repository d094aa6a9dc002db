"""What a program is kept from: the process gives it up itself, before the program runs."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.model import Sandbox
from debugdiff.worker.process.kernel import checked
from debugdiff.worker.process.landlock import (
    SIGNALS_SINCE,
    TCP_SINCE,
    landlock_version,
    restrict,
)
from debugdiff.worker.process.system_calls import can_filter, filter_calls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Job
    from debugdiff.worker.workplace import Workplace

_CACHES_OF_CODE = ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR")
NOTHING = "nothing: the kernel has neither Landlock nor filters of system calls"
LEVEL = "DEBUGDIFF_WORKER_SANDBOX"
"""The variable that holds the level, for the processes of the worker."""
ISOLATED = "DEBUGDIFF_WORKER_ISOLATED"
"""The one that says that they have no network, and a `/dev/shm` of their own."""

_NO_NEW_PRIVILEGES = 38  # linux/prctl.h
_CAPABILITY_VERSION = 0x20080522  # linux/capability.h, as the numbers below
_RIGHTS_OVER_FILES = 0b11011
"""To change owners, to read and write whatever the mode says, and to change modes."""
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "shm")
"""Those of `/dev` that programs use; locks of `multiprocessing` lie in the last one."""
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives"),
    *("/etc/localtime", "/etc/timezone", "/etc/locale.alias", "/etc/nsswitch.conf"),
    *("/etc/passwd", "/etc/group", "/etc/os-release", "/etc/mime.types", "/etc/python3"),
    *("/sys/devices", "/sys/fs/cgroup", "/sys/kernel/mm", "/sys/class", "/sys/bus"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg"),
    *("/proc/uptime", "/proc/version", "/proc/filesystems", "/proc/sys"),
)
"""What the C library, compilers and frameworks read of a system: nothing of it is secret."""
_NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/services", "/etc/ssl")


def stopped(level: Sandbox, *, network: bool = False, isolated: bool = False) -> tuple[str, ...]:
    """What is kept from programs on this system, as phrases.

    Args:
        level: the one that was asked for.
        network: whether the case needs one.
        isolated: whether programs run in namespaces without one.
    """
    if level is Sandbox.OFF:
        return ()
    version, filters = landlock_version(), can_filter()
    parts = ["writing outside of a trial's folders", "terminals and disks"] if version else []
    parts += ["reading your files"] if version and level is Sandbox.STRICT else []
    if isolated:
        parts += ["changing permissions and times of your files"]
        parts += ["every network", "shared memory of others"]
    elif (filters or version >= TCP_SINCE) and not network:
        parts += ["TCP"]
    parts += ["signals to other processes"] if version >= SIGNALS_SINCE else []
    if filters:
        parts += ["limits and priorities of other processes", "keys and queues of the kernel"]
    return tuple(parts)


def describe_sandbox(level: Sandbox, *, isolated: bool = False) -> str:
    """What a level stops on this system, as a clause."""
    return ", ".join(stopped(level, isolated=isolated)) or NOTHING


def level_here() -> Sandbox:
    """The level that this process of the worker was started for."""
    return Sandbox(os.environ.get(LEVEL, Sandbox.OFF))


def confinement_here(*, network: bool) -> dict[str, Any]:
    """What the programs of this process are kept from, as fields of a record."""
    level, isolated = level_here(), ISOLATED in os.environ
    return {
        "sandbox": level,
        "stopped": stopped(level, network=network, isolated=isolated),
    }


def confine_program(job: Job, workplace: Workplace) -> None:
    """Keep the program of this process to the trial's folders, if the host was started for that.

    Raises:
        OSError: the kernel could do it, and refuses.
    """
    level = level_here()
    for name in (LEVEL, ISOLATED):
        os.environ.pop(name, None)
    if level is Sandbox.OFF:
        return
    os.environ["TMPDIR"] = str(workplace.scratch)  # frameworks ask for it while they are imported
    for name in _CACHES_OF_CODE:
        os.environ[name] = str(workplace.compiled / name.lower())
    if sys.platform == "linux":
        _confine(job, workplace, level)


def _confine(job: Job, workplace: Workplace, level: Sandbox) -> None:
    """Give up as much as this kernel knows how to."""
    library = ctypes.CDLL(None, use_errno=True)
    checked(library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _keep_only_rights_over_files(library)
    if landlock_version():
        strict = level is Sandbox.STRICT
        restrict(
            writable=map(str, _writable(job, workplace)),
            readable=map(str, _readable(job, workplace) if strict else _all_but_devices()),
            listing=not strict,
            network=job.network,
        )
    if can_filter():
        filter_calls(network=job.network)


def _writable(job: Job, workplace: Workplace) -> Iterator[Path]:
    yield workplace.root / "work"
    yield workplace.scratch
    yield from map(Path, job.writable)
    if job.keep:
        yield Path(job.keep)
    yield from (Path("/dev") / name for name in _DEVICES)


def _all_but_devices() -> Iterator[Path]:
    """Everything, but for terminals, disks, keyboards and the kernel's log."""
    return (path for path in Path("/").iterdir() if path.name != "dev")


def _readable(job: Job, workplace: Workplace) -> Iterator[Path]:
    """The interpreter, its libraries and the system's, and what belongs to the trial."""
    yield from map(Path, (*_SYSTEM, *(_NETWORK if job.network else ())))
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    for name in (sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, *libraries):
        if name:
            yield Path(name)
    if "KERAS_HOME" in os.environ:
        yield Path(os.environ["KERAS_HOME"]) / "keras.json"
    yield from map(Path, job.readable)
    # Files that are too large to be copied are links to the user's own.
    yield from (path.resolve() for path in workplace.work.rglob("*") if path.is_symlink())


def _keep_only_rights_over_files(library: ctypes.CDLL) -> None:
    """Of root's rights: the others change the system, and reach into every process."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: the low bits, then the high
    checked(library.capget(header, sets))
    for at, rights in enumerate(sets):
        sets[at] = rights & _RIGHTS_OVER_FILES if at < len(sets) // 2 else 0
    checked(library.capset(header, sets))
