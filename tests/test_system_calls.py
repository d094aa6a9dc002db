"""The filter of system calls: on machines that are not here, and on kernels that take none."""

from __future__ import annotations

import errno
import platform
import re
import struct
import sys
from pathlib import Path

import pytest
from conftest import Bench
from stub_stack import on_pytorch, stub_interpreter

from debugdiff.execute.pool import Pool
from debugdiff.model import ProgramEnd, Sandbox
from debugdiff.worker.process.system_calls import number_of, program_of

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}, reason="needs Linux"
)

OWN, OTHER = 1234, 4321
PASSES, DOES_NOTHING = "passes", 0
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "i386": 0x40000003, "arm": 0x40000028}
STREAM, DATAGRAM, SEQUENCE, NOT_BLOCKING = 1, 2, 5, 0o4000
ANSWERS = [
    *(("prlimit64", (pid, 7), PASSES) for pid in (0, OWN)),
    ("prlimit64", (OTHER, 7), errno.EPERM),
    ("prlimit64", (OTHER + 2**32, 7), errno.EPERM),
    ("sched_setaffinity", (0,), PASSES),
    ("sched_setaffinity", (OTHER,), DOES_NOTHING),
    *((call, (OTHER,), errno.EPERM) for call in ("sched_setattr", "sched_setparam")),
    ("sched_setscheduler", (OTHER,), errno.EPERM),
    *(("setpriority", (0, pid), PASSES) for pid in (0, OWN)),
    *(("setpriority", (kind, 0), errno.EPERM) for kind in (1, 2)),
    ("setpriority", (0, OTHER), errno.EPERM),
    *(("ioprio_set", (1, pid), PASSES) for pid in (0, OWN)),
    *(("ioprio_set", (kind, 0), errno.EPERM) for kind in (2, 3)),
    ("ioprio_set", (1, OTHER), errno.EPERM),
    ("io_uring_setup", (4,), errno.EPERM),
    *(("socket", (1, kind), PASSES) for kind in (STREAM, DATAGRAM, SEQUENCE)),
    ("socket", (16, 3), PASSES),
    *(("socket", (family, DATAGRAM | NOT_BLOCKING), PASSES) for family in (2, 10)),
    *(("socket", (family, STREAM | NOT_BLOCKING), errno.EACCES) for family in (2, 10)),
    *(("socket", (family, kind), errno.EACCES) for family in (17, 38, 40) for kind in (1, 2, 3)),
    *((call, (0,), errno.ENOSYS) for call in ("keyctl", "add_key", "request_key")),
    *((call, (0,), errno.ENOSYS) for call in ("shmget", "shmat", "shmctl", "mq_open", "mq_unlink")),
    *((call, (0,), errno.ENOSYS) for call in ("semget", "semop", "semtimedop", "semctl")),
    *((call, (0,), errno.ENOSYS) for call in ("msgget", "msgsnd", "msgrcv", "msgctl")),
]
"""By call and arguments: what a program of either machine gets."""
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
"""The kernel's own numbers; ARM64 has the generic ones."""


def answer(
    machine: str, number: int, arguments: tuple[int, ...], *, on: str = "", network: bool = False
) -> object:
    """What the kernel of a machine would answer to a call made `on` an architecture."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, ARCHITECTURES[on or machine], 0, *padded)
    program, at, loaded = program_of(machine, OWN, network=network), 0, 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        match code:
            case 0x20:
                (loaded,) = struct.unpack_from("<I", data, operand)
            case 0x54:
                loaded &= operand
            case 0x15:
                at += if_true if loaded == operand else if_false
            case 0x35:
                at += if_true if loaded >= operand else if_false
            case 0x06:
                return PASSES if operand == 0x7FFF0000 else operand & 0xFFFF


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_answers_alike_on_both_machines(machine: str) -> None:
    for call, arguments, expected in ANSWERS:
        assert answer(machine, number_of(call, machine), arguments) == expected, (call, arguments)
    for call in ("socket", "prlimit64"):
        expected = PASSES if call == "socket" else errno.EPERM
        assert answer(machine, number_of(call, machine), (40, 1), network=True) == expected
    assert answer(machine, 63, ()) == PASSES


def test_calls_that_come_by_another_interface_are_refused() -> None:
    for machine, other in (("x86_64", "i386"), ("aarch64", "arm"), ("x86_64", "aarch64")):
        assert answer(machine, 1, (), on=other) == errno.ENOSYS
    x32 = 0x40000000
    assert answer("x86_64", x32 | number_of("socket", "x86_64"), (2, 1)) == errno.ENOSYS


@pytest.mark.parametrize("machine", HEADERS)
def test_the_numbers_are_those_of_linux(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip("needs the headers of Linux")
    defined = dict(re.findall(r"#define __NR_(\w+) +(\d+)\n", HEADERS[machine].read_text()))
    for call in {call for call, _, _ in ANSWERS} | {"seccomp"}:
        assert int(defined[call]) == number_of(call, machine)


OLD_KERNEL = """#!{python}
import ctypes, os, struct, sys
refuse, allow = (6, 0, 0, 0x50000 | {error}), (6, 0, 0, 0x7FFF0000)
code = [(0x20, 0, 0, 0), (0x15, 0, 1, {number}), refuse, allow]
text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in code))
program = struct.pack("HxxxxxxP", len(code), ctypes.addressof(text))
library = ctypes.CDLL(None)
library.prctl(38, 1, 0, 0, 0)
if library.prctl(22, 2, ctypes.create_string_buffer(program), 0, 0):
    sys.exit("no filter")
os.execv({python!r}, [{python!r}, *sys.argv[1:]])
"""
"""An interpreter on a kernel, or in a container, that refuses one system call."""


@pytest.mark.parametrize(
    ("number", "missing"),
    [
        (number_of("seccomp", platform.machine()), {"keys and queues of the kernel"}),
        (444, {"writing outside of a trial's folders", "terminals and disks"}),
    ],
)
@pytest.mark.parametrize("error", [errno.ENOSYS, errno.EPERM])
def test_where_a_part_is_missing_programs_run_and_their_records_say_so(
    tmp_path: Path, number: int, error: int, missing: set[str]
) -> None:
    python = stub_interpreter(tmp_path / "stub")
    interpreter = tmp_path / "stub" / "bin" / "python-of-an-old-kernel"
    interpreter.write_text(OLD_KERNEL.format(python=python, number=number, error=error))
    interpreter.chmod(0o755)
    interpreters = on_pytorch(str(interpreter))
    with Pool(slots=1, interpreters=interpreters, sandbox=Sandbox.WRITE) as pool:
        record = Bench(pool=pool, folder=tmp_path).run("import socket; socket.socket()")
    assert not missing & set(record.stopped)
    assert "TCP" in record.stopped
    expected = ProgramEnd.RAISED if number == 444 else ProgramEnd.OK  # Landlock stops its use alone
    assert record.program is expected, record.note
