"""A filter of system calls: what Landlock leaves open, and this process gives up for good.

It looks at numbers alone, as the kernel's filters do (seccomp, with classic BPF), and so refuses
kinds of calls: those that change limits, priority or processors of another process, sockets of
every family but local ones and UDP, keys, memory and queues that the kernel keeps for all programs
of a user, and `io_uring`, whose operations no filter sees. See
https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from typing import TYPE_CHECKING

from debugdiff.worker.process.kernel import checked, system_call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*, linux/audit.h
_NUMBERS = {  # on each of them, asm/unistd.h
    "socket": (41, 198),
    "setpriority": (141, 140),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "prlimit64": (302, 261),
    "ioprio_set": (251, 30),
    "seccomp": (317, 277),
    "io_uring_setup": (425, 425),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "semctl": (66, 191),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
}

_LOAD, _EQUAL, _NOT_LESS, _MASK, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06  # linux/bpf_common.h
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000  # SECCOMP_RET_*, linux/seccomp.h, as the two below
_SET_FILTER, _ALL_THREADS = 1, 1
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # struct seccomp_data: low halves come first
_OTHER_INTERFACE = 0x40000000  # x32: the same calls under other numbers
_OF_ANOTHER = ("prlimit64", "sched_setattr", "sched_setparam", "sched_setscheduler")
"""Calls whose first argument is a process, 0 for oneself."""
_SHARED = (
    *("add_key", "request_key", "keyctl", "shmget", "shmat", "shmctl", "mq_open", "mq_unlink"),
    *("semget", "semop", "semtimedop", "semctl", "msgget", "msgsnd", "msgrcv", "msgctl"),
)
"""Those that reach what all programs of a user share, and what stays when a program has ended."""
_IGNORED = 0
_LOCAL, _NETLINK, _INTERNET, _TYPE, _DATAGRAM = 1, 16, (2, 10), 0xF, 2  # linux/socket.h

Instruction = tuple[int, int, int, int]
"""Code, how far to jump if true and if false, operand."""


def can_filter() -> bool:
    """Whether this machine's calls are known, and its kernel (or a container) takes filters."""
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES or sys.maxsize < 2**32:
        return False
    system_call(_number_here("seccomp"), _SET_FILTER, _ALL_THREADS, None)
    return ctypes.get_errno() == errno.EFAULT  # it has looked where the filter should be


def filter_calls(*, network: bool) -> None:
    """Give up, in all threads and with all children. Needs `PR_SET_NO_NEW_PRIVS`.

    Args:
        network: whether sockets of every kind stay.

    Raises:
        OSError: the kernel refuses.
    """
    instructions = program_of(platform.machine(), os.getpid(), network=network)
    code = b"".join(struct.pack("HBBI", *each) for each in instructions)
    text = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(text))
    pointer = ctypes.create_string_buffer(program, len(program))
    if checked(system_call(_number_here("seccomp"), _SET_FILTER, _ALL_THREADS, pointer)):
        raise OSError(errno.EAGAIN, "another thread has a filter of its own")


def program_of(machine: str, own: int, *, network: bool) -> Sequence[Instruction]:
    """One block for each call that is looked at; all others pass.

    Args:
        machine: `x86_64` or `aarch64`.
        own: the process that may call itself by its number.
        network: whether sockets of every kind stay.
    """
    blocks = {
        **dict.fromkeys(_OF_ANOTHER, _only({0: (0, own)})),
        # Libraries end a process that may not pin its own threads, which no filter can tell from
        # others: the wish is heard, and nothing happens.
        "sched_setaffinity": _only({0: (0, own)}, otherwise=_IGNORED),
        "setpriority": _only({0: (0,), 1: (0, own)}),  # PRIO_PROCESS
        "ioprio_set": _only({0: (1,), 1: (0, own)}),  # IOPRIO_WHO_PROCESS
        "io_uring_setup": [_refuse(errno.EPERM)],
        **{call: [_refuse(errno.ENOSYS)] for call in _SHARED},  # as of a kernel without them
        **({} if network else {"socket": _local_sockets()}),
    }
    return [
        _load(_ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        _refuse(errno.ENOSYS),
        _load(_NUMBER),
        (_NOT_LESS, 0, 1, _OTHER_INTERFACE),
        _refuse(errno.ENOSYS),
        *(
            instruction
            for name, block in blocks.items()
            for instruction in ((_EQUAL, 0, len(block), number_of(name, machine)), *block)
        ),
        (_RETURN, 0, 0, _ALLOW),
    ]


def number_of(call: str, machine: str) -> int:
    """The number of a system call on a machine."""
    return _NUMBERS[call][list(_ARCHITECTURES).index(machine)]


def _number_here(call: str) -> int:
    return number_of(call, platform.machine())


def _only(wanted: Mapping[int, Sequence[int]], otherwise: int = errno.EPERM) -> list[Instruction]:
    """Refused unless each argument is one of these."""
    checks = (
        instruction
        for argument, values in wanted.items()
        for instruction in (_argument(argument), *_one_of(values), _refuse(otherwise))
    )
    return [*checks, (_RETURN, 0, 0, _ALLOW)]


def _one_of(values: Sequence[int]) -> Iterator[Instruction]:
    """Past the next instruction if what was loaded is one of them."""
    for left, value in zip(range(len(values), 0, -1), values, strict=True):
        yield (_EQUAL, left, 0, value)


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
