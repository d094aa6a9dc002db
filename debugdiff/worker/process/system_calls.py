"""A filter of system calls: what Landlock leaves open, and this process gives up for good.

It looks at numbers alone, as the kernel's filters do (seccomp, with classic BPF), and so refuses
kinds of calls: those that change limits, priority or processors of another process, sockets of
every family but local ones and UDP, and `io_uring`, whose operations no filter sees. See
https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from typing import TYPE_CHECKING

from debugdiff.worker.process.kernel import checked, system_call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NUMBERS: Mapping[str, tuple[int, Mapping[str, int]]] = {
    "x86_64": (
        0xC000003E,  # AUDIT_ARCH_X86_64, linux/audit.h
        {
            "socket": 41,
            "setpriority": 141,
            "sched_setparam": 142,
            "sched_setscheduler": 144,
            "sched_setaffinity": 203,
            "ioprio_set": 251,
            "prlimit64": 302,
            "sched_setattr": 314,
            "seccomp": 317,
            "io_uring_setup": 425,
        },
    ),
    "aarch64": (
        0xC00000B7,  # AUDIT_ARCH_AARCH64
        {
            "ioprio_set": 30,
            "sched_setparam": 118,
            "sched_setscheduler": 119,
            "sched_setaffinity": 122,
            "setpriority": 140,
            "socket": 198,
            "prlimit64": 261,
            "sched_setattr": 274,
            "seccomp": 277,
            "io_uring_setup": 425,
        },
    ),
}
"""By machine: how the kernel calls it, and the numbers of system calls there."""

_LOAD, _EQUAL, _NOT_LESS, _MASK, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06  # linux/bpf_common.h
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000  # SECCOMP_RET_*, linux/seccomp.h, as the two below
_SET_FILTER, _ALL_THREADS = 1, 1
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # struct seccomp_data: low halves come first
_OTHER_INTERFACE = 0x40000000  # x32: the same calls under other numbers
_OF_ANOTHER = (
    *("prlimit64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler"),
)
"""Calls whose first argument is a process, 0 for oneself."""
_LOCAL, _NETLINK, _INTERNET, _TYPE, _DATAGRAM = 1, 16, (2, 10), 0xF, 2  # linux/socket.h

Instruction = tuple[int, int, int, int]
"""Code, how far to jump if true and if false, operand."""


def can_filter() -> bool:
    """Whether this machine's system calls are known."""
    return sys.platform == "linux" and platform.machine() in _NUMBERS


def filter_calls(*, network: bool) -> None:
    """Give up, in all threads and with all children. Needs `PR_SET_NO_NEW_PRIVS`.

    Args:
        network: whether sockets of every kind stay.

    Raises:
        OSError: the kernel refuses.
    """
    architecture, numbers = _NUMBERS[platform.machine()]
    code = b"".join(
        struct.pack("HBBI", *each) for each in _program(architecture, numbers, network=network)
    )
    text = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(text))
    pointer = ctypes.create_string_buffer(program, len(program))
    if checked(system_call(numbers["seccomp"], _SET_FILTER, _ALL_THREADS, pointer)):
        raise OSError(errno.EAGAIN, "another thread has a filter of its own")


def _program(
    architecture: int, numbers: Mapping[str, int], *, network: bool
) -> Sequence[Instruction]:
    """One block for each call that is looked at; all others pass."""
    blocks = {
        **dict.fromkeys(_OF_ANOTHER, _only({0: 0})),
        "setpriority": _only({0: 0, 1: 0}),  # PRIO_PROCESS, and oneself
        "ioprio_set": _only({0: 1, 1: 0}),  # IOPRIO_WHO_PROCESS, and oneself
        "io_uring_setup": [_refuse(errno.EPERM)],
        **({} if network else {"socket": _local_sockets()}),
    }
    return [
        _load(_ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        _refuse(errno.ENOSYS),
        _load(_NUMBER),
        (_NOT_LESS, 0, 1, _OTHER_INTERFACE),
        _refuse(errno.ENOSYS),
        *(
            instruction
            for name, block in blocks.items()
            for instruction in ((_EQUAL, 0, len(block), numbers[name]), *block)
        ),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _only(wanted: Mapping[int, int]) -> list[Instruction]:
    """Refused unless the arguments are these."""
    checks = [
        instruction
        for argument, value in wanted.items()
        for instruction in (_argument(argument), (_EQUAL, 1, 0, value), _refuse(errno.EPERM))
    ]
    return [*checks, (_RETURN, 0, 0, _ALLOW)]


def _local_sockets() -> list[Instruction]:
    """Local ones, questions to the kernel, and datagrams of the internet."""
    return [
        _argument(0),
        (_EQUAL, 6, 0, _LOCAL),
        (_EQUAL, 5, 0, _NETLINK),
        (_EQUAL, 1, 0, _INTERNET[0]),
        (_EQUAL, 0, 4, _INTERNET[1]),
        _argument(1),
        (_MASK, 0, 0, _TYPE),
        (_EQUAL, 0, 1, _DATAGRAM),
        (_RETURN, 0, 0, _ALLOW),
        _refuse(errno.EACCES),
    ]


def _argument(number: int) -> Instruction:
    return _load(_ARGUMENTS + 8 * number)


def _load(offset: int) -> Instruction:
    return (_LOAD, 0, 0, offset)


def _refuse(number: int) -> Instruction:
    return (_RETURN, 0, 0, _REFUSE | number)
