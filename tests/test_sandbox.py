"""Every cell of the table in SECURITY.md, tried as an attacker would."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Bench
from stub_stack import stub_interpreter

from debugdiff.execute.pool import Pool
from debugdiff.model import Budget, ProgramEnd, Sandbox, Stack
from debugdiff.worker import folders
from debugdiff.worker.process.sandbox import describe_sandbox, landlock_version

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(landlock_version() < 6, reason="needs Linux 6.12")

SECRET = "DEBUGDIFF_TEST_SECRET"
FAMILY = """
import os

def parent_of(process):
    with open(f"/proc/{process}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])

supervisor = os.getppid()
host = parent_of(supervisor)
campaign = parent_of(host)
"""
ATTACKS = {
    "write a file of the user's": "open({folder!r} + '/new.txt', 'w')",
    "change a file of the user's": "open({folder!r} + '/data.txt', 'a')",
    "change a file that is too large to be copied": "open('large.bin', 'r+')",
    "cut such a file short": "os.truncate('large.bin', 0)",
    "delete a file of the user's": "os.remove({folder!r} + '/data.txt')",
    "rename a file of the user's": "os.rename({folder!r} + '/data.txt', 'mine')",
    "write in the folder for temporary files": "open({folder!r} + '/../new.txt', 'w')",
    "write beside its own folder": "open('../../new.txt', 'w')",
    "write in another trial's folder": "os.mkdir(os.path.join('../../..', 'trial-x'))",
    "write to the campaign's files through /proc": "open(f'/proc/{{campaign}}/fd/{number}', 'w')",
    "write to a pipe of its supervisor": "open(f'/proc/{{supervisor}}/fd/1', 'w')",
    "read the campaign's environment": "open(f'/proc/{{campaign}}/environ').read()",
    "read the supervisor's memory": "open(f'/proc/{{supervisor}}/mem', 'rb')",
    "signal the supervisor": "os.kill(supervisor, 0)",
    "signal the host": "os.kill(host, 0)",
    "signal the campaign": "os.kill(campaign, 0)",
    "connect by TCP": "socket.create_connection(('127.0.0.1', {port}))",
    "listen on TCP": "socket.create_server(('127.0.0.1', 0))",
}
NEEDS = {
    "its working folder": "open('new.txt', 'w').close(); os.rename('new.txt', 'n')",
    "temporary files": "tempfile.NamedTemporaryFile().write(b'x')",
    "/dev/null": "open('/dev/null', 'w').write('x')",
    "reading": "open({folder!r} + '/data.txt').read()",
    "processes": "subprocess.run(['sh', '-c', 'echo x > file'], check=True)",
    "processes that it ends": "subprocess.Popen(['sleep', '60']).kill()",
    "multiprocessing": "multiprocessing.Pool(2).map(abs, [-1, 2])",
    "shared memory": "SharedMemory(create=True, size=8).unlink()",
    "queues and locks": "multiprocessing.Queue().put(1)",
    "threads": "thread = threading.Thread(target=print); thread.start(); thread.join()",
    "socket pairs": "socket.socketpair()",
}


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stub_interpreter(tmp_path_factory.mktemp("stub"))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("user") / "case"
    folder.mkdir()
    (folder / "data.txt").write_text("the user's", encoding="utf-8")
    with (folder / "large.bin").open("wb") as file:
        file.truncate(folders.COPIED_BYTES + 1)
    return folder


@pytest.fixture(scope="module", params=list(Sandbox))
def pool(request: pytest.FixtureRequest, stub: str) -> Iterator[Pool]:
    os.environ[SECRET] = "secret"
    try:
        with Pool(slots=1, interpreters={Stack.PYTORCH: stub}, sandbox=request.param) as pool:
            yield pool
    finally:
        del os.environ[SECRET]


def attempt(pool: Pool, case: Path, lines: str) -> tuple[ProgramEnd, str]:
    modules = "import multiprocessing, os, socket, subprocess, tempfile, threading\n"
    modules += "from multiprocessing.shared_memory import SharedMemory\n"
    record = Bench(pool=pool, folder=case).run(modules + FAMILY + lines, budget=Budget(seconds=60))
    return record.program, record.failure.type if record.failure else record.note


@pytest.mark.parametrize("name", ATTACKS)
def test_write_stops_what_off_lets_through(pool: Pool, case: Path, name: str) -> None:
    with (
        (case.parent / "store").open("w") as file,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        line = ATTACKS[name].format(
            folder=str(case), number=file.fileno(), port=server.getsockname()[1]
        )
        end, how = attempt(pool, case, line)
    (case / "data.txt").write_text("the user's", encoding="utf-8")
    with (case / "large.bin").open("wb") as file:
        file.truncate(folders.COPIED_BYTES + 1)
    if pool._sandbox is Sandbox.OFF:
        assert end is ProgramEnd.OK, how
    else:
        assert (end, how) == (ProgramEnd.RAISED, "PermissionError")


@pytest.mark.parametrize("name", NEEDS)
def test_what_programs_need_works_at_every_level(pool: Pool, case: Path, name: str) -> None:
    assert attempt(pool, case, NEEDS[name].format(folder=str(case))) == (ProgramEnd.OK, "")


def test_secrets_of_the_environment_are_not_passed_on(pool: Pool, case: Path) -> None:
    lines = f"""
with open("/proc/self/environ") as file:
    if {SECRET!r} in os.environ or {SECRET!r} in file.read():
        raise ValueError("seen")
for name in ("PATH", "HOME", "PYTHONHASHSEED"):
    os.environ[name]
"""
    stopped = pool._sandbox is Sandbox.WRITE
    assert attempt(pool, case, lines)[0] is (ProgramEnd.OK if stopped else ProgramEnd.RAISED)


def test_a_new_program_does_not_get_the_rights_back(pool: Pool, case: Path) -> None:
    if pool._sandbox is Sandbox.OFF:
        return
    lines = f"""
code = "open({str(case / "data.txt")!r}, 'a')"
environment = {{name: it for name, it in os.environ.items() if name != "PYTHONPATH"}}
if subprocess.run([__import__("sys").executable, "-c", code], env=environment).returncode == 0:
    raise ValueError("written")
"""
    assert attempt(pool, case, lines) == (ProgramEnd.OK, "")


def test_what_the_sandbox_stops_is_said() -> None:
    assert describe_sandbox() == (
        "writing outside of a trial's folders, TCP, signals to other processes"
    )
