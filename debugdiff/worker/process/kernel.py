"""Calls of the kernel by their numbers, and what it answers."""

from __future__ import annotations

import ctypes
import os


def system_call(number: int, *arguments: object) -> int:
    """Call the kernel; -1 with `errno` set where it refuses."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    plain = [ctypes.c_long(it) if isinstance(it, int) else it for it in arguments]
    return int(call(ctypes.c_long(number), *plain))


def checked(result: int) -> int:
    """The result of a call.

    Raises:
        OSError: the kernel refused.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
