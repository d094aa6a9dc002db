"""Landlock of the Linux kernel, by its system calls: what this process may no longer do.

A process gives it up for good, with all its children, and needs no right for that. See
https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from typing import TYPE_CHECKING

from debugdiff.worker.process.kernel import checked, system_call

if TYPE_CHECKING:
    from collections.abc import Iterable

TCP_SINCE, SIGNALS_SINCE = 4, 6
"""Versions of the interface: Linux 6.7 and 6.12."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # asm-generic/unistd.h
_ASK_VERSION, _PATH_BENEATH = 1, 1  # linux/landlock.h, as all below
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_CHANGE_FOLDER = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_REFER_SINCE, _TRUNCATE_SINCE = 2, 3
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_TCP = 0b11
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11


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
    return max(system_call(_CREATE_RULESET, None, 0, _ASK_VERSION), 0)


def restrict(
    *,
    writable: Iterable[str],
    readable: Iterable[str],
    listing: bool = False,
    network: bool = False,
) -> None:
    """Give up the rest, as far as this kernel knows it. Needs `PR_SET_NO_NEW_PRIVS`.

    Args:
        writable: files and folders that may be changed, with all below them, and be read.
        readable: those that may be read and executed.
        listing: whether all folders may be listed, and all programs be executed.
        network: whether TCP stays.

    Raises:
        OSError: the kernel has no Landlock, or refuses.
    """
    version = landlock_version()
    read = _READ_FILE if listing else _READ
    rights = _ways_to_change(version) | read
    tcp = 0 if network or version < TCP_SINCE else _TCP
    ruleset = _new_ruleset(version, _Ruleset(files=rights, network=tcp, scopes=_scopes(version)))
    try:
        for path in writable:
            _allow(ruleset, path, rights)
        for path in readable:
            _allow(ruleset, path, read)
        checked(system_call(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


def _ways_to_change(version: int) -> int:
    rights = _WRITE_FILE | _CHANGE_FOLDER
    rights |= _REFER if version >= _REFER_SINCE else 0
    return rights | (_TRUNCATE if version >= _TRUNCATE_SINCE else 0)


def _scopes(version: int) -> int:
    return _SIGNALS_AND_ABSTRACT_SOCKETS if version >= SIGNALS_SINCE else 0


def _new_ruleset(version: int, attributes: _Ruleset) -> int:
    known = 1 + (version >= TCP_SINCE) + (version >= SIGNALS_SINCE)
    size = known * ctypes.sizeof(ctypes.c_uint64)
    return checked(system_call(_CREATE_RULESET, ctypes.byref(attributes), size, 0))


def _allow(ruleset: int, path: str, rights: int) -> None:
    """A file takes only the rights that a file can have; what cannot be reached needs none."""
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(folder).st_mode):
            rights &= _OF_A_FILE
        rule = _PathBeneath(allowed=rights, folder=folder)
        checked(system_call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(folder)
