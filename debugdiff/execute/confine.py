"""`python confine.py FOLDER COMMAND...`: run a command that can write below FOLDER alone.

To be started in user and mount namespaces of its own, by `unshare`: all other files become
read-only there, and the right to undo that is given up. It needs Linux 5.12, the standard library
and nothing else, and fails where the system cannot do it: then the command is not run.
"""

from __future__ import annotations

import ctypes
import os
import sys

_BIND, _RECURSIVE_BIND, _NO_SETUID, _NO_DEVICES = 0x1000, 0x4000, 0x2, 0x4  # sys/mount.h
_MOUNT_SETATTR, _HERE, _RECURSIVE, _READ_ONLY = 442, -100, 0x8000, 0x1  # linux/mount.h
_DROP_FROM_BOUNDS, _NO_NEW_PRIVILEGES, _MOST_CAPABILITIES = 24, 38, 64  # linux/prctl.h
_CAPABILITY_VERSION = 0x20080522  # linux/capability.h
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - locks of `multiprocessing` lie there

_library = ctypes.CDLL(None, use_errno=True)


class _Attributes(ctypes.Structure):
    """`struct mount_attr`."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "users")]


def main(writable: str, command: list[str]) -> None:
    """Give up writing elsewhere, then become the command.

    Raises:
        OSError: the system cannot do that.
    """
    _mount(writable, writable, None, _BIND | _RECURSIVE_BIND)
    _change("/", _Attributes(set=_READ_ONLY), _RECURSIVE)
    _change(writable, _Attributes(clear=_READ_ONLY), 0)
    if os.path.isdir(_SHARED_MEMORY) and not writable.startswith(_SHARED_MEMORY):  # noqa: PTH112
        _mount("none", _SHARED_MEMORY, "tmpfs", _NO_SETUID | _NO_DEVICES)
    _give_up_rights()
    os.execvp(command[0], command)  # noqa: S606 - it is ours


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    texts = (source.encode(), target.encode(), kind.encode() if kind else None)
    _check(_library.mount(*texts, ctypes.c_ulong(flags), None))


def _change(path: str, attributes: _Attributes, flags: int) -> None:
    size = ctypes.c_size_t(ctypes.sizeof(attributes))
    where = (ctypes.c_long(_HERE), path.encode(), ctypes.c_uint(flags))
    _check(_library.syscall(_MOUNT_SETATTR, *where, ctypes.byref(attributes), size))


def _give_up_rights() -> None:
    """Who may mount could make all writable again."""
    _check(_library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    for capability in range(_MOST_CAPABILITIES):
        _library.prctl(_DROP_FROM_BOUNDS, capability, 0, 0, 0)  # one that is not known here fails
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _check(_library.capset(header, (ctypes.c_uint32 * 6)()))


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
