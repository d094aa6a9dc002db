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
LEVEL = "DEBUGDIFF_WORKER_SANDBOX"
"""The variable that holds the level, for the processes of the worker."""
ISOLATED = "DEBUGDIFF_WORKER_ISOLATED"
"""The one that says that they have no network, and a `/dev/shm` of their own."""

_NO_NEW_PRIVILEGES = 38  # linux/prctl.h
_CAPABILITY_VERSION = 0x20080522  # linux/capability.h, as the numbers below
_CAPABILITIES = (16, 17, 19, 21, 22, 25, 27, 38, 39)
"""Modules, raw devices, tracing, administration, reboot, clock, nodes, perfmon and BPF."""
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "shm")
"""Those of `/dev` that programs write to; locks of `multiprocessing` lie in the last one."""
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
    version = landlock_version()
    if level is Sandbox.OFF or not version:
        return ()
    parts = ["writing outside of a trial's folders"]
    parts += ["reading your files"] if level is Sandbox.STRICT else []
    if isolated:
        parts += ["changing permissions and times of your files"]
        parts += ["every network", "shared memory of others"]
    elif version >= TCP_SINCE and not network:
        parts += ["TCP"]
    parts += ["signals to other processes"] if version >= SIGNALS_SINCE else []
    parts += ["limits and priorities of other processes"] if can_filter() else []
    return tuple(parts)


def describe_sandbox(level: Sandbox, *, isolated: bool = False) -> str:
    """What a level stops on this system, as a clause."""
    return ", ".join(stopped(level, isolated=isolated)) or "nothing: the kernel has no Landlock"


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
    if landlock_version():
        _confine(job, workplace, level)


def _confine(job: Job, workplace: Workplace, level: Sandbox) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    checked(library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _give_up_rights_over_others(library)
    readable = map(str, _readable(job, workplace)) if level is Sandbox.STRICT else None
    restrict(writable=map(str, _writable(job, workplace)), readable=readable, network=job.network)
    if can_filter():
        filter_calls(network=job.network)


def _writable(job: Job, workplace: Workplace) -> Iterator[Path]:
    yield workplace.root / "work"
    yield workplace.scratch
    yield from map(Path, job.writable)
    if job.keep:
        yield Path(job.keep)
    yield from (Path("/dev") / name for name in _DEVICES)


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


def _give_up_rights_over_others(library: ctypes.CDLL) -> None:
    """What lets root look into every process, and change the system itself."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable: the low bits, then the high
    checked(library.capget(header, sets))
    for capability in _CAPABILITIES:
        word, bit = divmod(capability, 32)
        for at in range(3 * word, 3 * word + 3):
            sets[at] &= ~(1 << bit)
    checked(library.capset(header, sets))
