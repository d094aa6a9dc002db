"""Every cell of the table in SECURITY.md, tried as an attacker would."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import Bench
from stub_stack import on_pytorch, stub_interpreter
from typer.testing import CliRunner

from debugdiff.cli.app import app
from debugdiff.errors import DebugdiffError
from debugdiff.execute.hosts import can_isolate
from debugdiff.execute.pool import Pool
from debugdiff.model import Budget, ProgramEnd, Sandbox
from debugdiff.worker import folders
from debugdiff.worker.process.landlock import landlock_version
from debugdiff.worker.process.sandbox import describe_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(landlock_version() < 6, reason="needs Linux 6.12")

SECRET = "DEBUGDIFF_TEST_SECRET"
MODULES = """
import ctypes, fcntl, multiprocessing, os, resource, socket, subprocess, tempfile, termios
import threading, time
from multiprocessing.shared_memory import SharedMemory
supervisor = os.getppid()
library = ctypes.CDLL(None, use_errno=True)

def call(name, *arguments):
    result = getattr(library, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result
"""
PINNED = """
processors = os.sched_getaffinity(supervisor)
os.sched_setaffinity(supervisor, {min(processors)})
if os.sched_getaffinity(supervisor) == processors:
    raise PermissionError("ignored")
os.sched_setaffinity(supervisor, processors)
"""
SIBLING = """
def parent_of(process):
    with open(f"/proc/{{process}}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])

def siblings():
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            if parent_of(parent_of(int(name))) == {host} and int(name) != os.getpid():
                yield int(name)
        except FileNotFoundError:
            pass

limit = time.monotonic() + 30
while not (found := list(siblings())) and time.monotonic() < limit:
    time.sleep(0.01)
os.kill(found[0], 9)
"""
YES, NO, NAMESPACES = "yes", "no", "no \u00b9"
THREATS: dict[str, tuple[tuple[str, str, str], tuple[str, ...]]] = {
    "change, delete or create files outside of its trial's folders: home, store, `/tmp`, your data,"
    " other trials": (
        (YES, NO, NO),
        (
            "open({folder!r} + '/new.txt', 'w')",
            "open({folder!r} + '/data.txt', 'a')",
            "os.remove({folder!r} + '/data.txt')",
            "os.rename({folder!r} + '/data.txt', 'mine')",
            "os.link({folder!r} + '/data.txt', 'mine')",
            "open({folder!r} + '/../new.txt', 'w')",
            "open({home!r} + '/.bashrc', 'a')",
            "open({home!r} + '/store.sqlite3', 'r+')",
            "open('/tmp/debugdiff-test-sandbox', 'w')",
            "open('../../new.txt', 'w')",
            "os.mkdir(os.path.join('../../..', 'trial-x'))",
        ),
    ),
    "change a file of the case that is too large to be copied": (
        (YES, NO, NO),
        ("open('large.bin', 'r+')", "os.truncate('large.bin', 0)"),
    ),
    "change permissions, owner, times and attributes of your files outside of `/tmp`": (
        (YES, YES, NAMESPACES),
        ("os.chmod({folder!r} + '/data.txt', 0o644)", "os.utime({folder!r} + '/data.txt')"),
    ),
    "read your files, SSH keys too": (
        (YES, YES, NO),
        (
            "open({folder!r} + '/data.txt').read()",
            "open({home!r} + '/.ssh/id_rsa').read()",
            "open({home!r} + '/store.sqlite3', 'rb').read()",
            "os.listdir({home!r})",
            "os.listdir('../../..')",
            "subprocess.run(['cat', {home!r} + '/.ssh/id_rsa'], check=True)",
            "os.symlink({home!r} + '/.ssh/id_rsa', 'key'); open('key').read()",
        ),
    ),
    "learn whether a file is there, and its size": (
        (YES, YES, YES),
        ("os.stat({home!r} + '/.ssh/id_rsa')",),
    ),
    "read the environment of debugdiff: its own has only the system's variables and those of"
    " libraries": ((YES, NO, NO), ("open(f'/proc/{campaign}/environ').read()",)),
    "read the memory of its supervisor, write to files and pipes of debugdiff through `/proc`": (
        (YES, NO, NO),
        (
            "open(f'/proc/{{supervisor}}/mem', 'rb')",
            "open(f'/proc/{campaign}/fd/{number}', 'w')",
            "open(f'/proc/{{supervisor}}/fd/1', 'w')",
        ),
    ),
    "see the command lines of other processes": (
        (YES, YES, NO),
        ("open('/proc/{campaign}/cmdline').read()", "os.listdir('/proc')"),
    ),
    "stop or end its supervisor, its host, debugdiff, other trials": (
        (YES, NO, NO),
        ("os.kill(supervisor, 0)", "os.kill({host}, 0)", "os.kill({campaign}, 0)", SIBLING),
    ),
    "set limits, priority or processors of its supervisor, its host, debugdiff, other trials": (
        (YES, NO, NO),
        (
            "resource.prlimit(supervisor, resource.RLIMIT_CORE, (0, 0))",
            "os.setpriority(os.PRIO_PROCESS, supervisor, 19)",
            "os.setpriority(os.PRIO_PGRP, 0, 19)",
            "os.sched_setscheduler(supervisor, os.SCHED_OTHER, os.sched_param(0))",
        ),
    ),
    "connect or listen by TCP": (
        (YES, NO, NO),
        (
            "socket.create_connection(('127.0.0.1', {port}))",
            "socket.create_server(('127.0.0.1', 0))",
            "socket.socket().listen()",
            "socket.socket(proto=262).connect(('127.0.0.1', {port}))",  # MPTCP
            "socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', {port}))",  # fast open
        ),
    ),
    "send by UDP": (
        (YES, YES, NAMESPACES),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",),
    ),
    "connect to sockets in the file system: an SSH agent's, Docker's": (
        (YES, YES, YES),
        ("socket.socket(socket.AF_UNIX).connect({socket!r})",),
    ),
    "read, lock or fill `/dev/shm` of others": (
        (YES, YES, NAMESPACES),
        (
            "open({shared!r}, 'rb').read()",
            "fcntl.flock(open({shared!r}, 'r+b'), fcntl.LOCK_EX)",
            "open({shared!r}, 'r+b').write(b'x')",
        ),
    ),
    "lock files that it may read, the store too": (
        (YES, YES, NO),
        ("fcntl.flock(open({home!r} + '/store.sqlite3'), fcntl.LOCK_SH)",),
    ),
    "read a terminal and change its settings; read disks, keyboards, the kernel's log": (
        (YES, NO, NO),
        ("termios.tcgetattr(os.open({terminal!r}, os.O_RDONLY | os.O_NOCTTY))",),
    ),
    "keys, shared memory and queues that the kernel keeps for all programs of a user": (
        (YES, NO, NO),
        (
            "call('shmctl', call('shmget', 0, 1, 0o1600), 0, None)",
            "call('mq_open', b'/debugdiff', 0o102, 0o600, 0); call('mq_unlink', b'/debugdiff')",
        ),
    ),
    "use processor, memory and disk within its limits": (
        (YES, YES, YES),
        ("open('large', 'wb').write(bytes(2**24)); sum(range(10**6))",),
    ),
    "forge its own record": (
        (YES, YES, YES),
        (
            """
import json, debugdiff.worker.process.program as worker
honest = worker.describe
forged = {{"metrics": {{"accuracy": 1.0}}, "sandbox": "strict", "stopped": ["all"]}}
worker.describe = lambda *given: json.dumps({{**json.loads(honest(*given)), **forged}})
""",
        ),
    ),
}
"""By row of the table: whether it is possible under `off`, `write`, `strict`, and the attempts."""

STOPPED_BY = "PermissionError|OSError|FileNotFoundError|subprocess.CalledProcessError"
ATTACKS = [(row, lines) for row, (_, attacks) in THREATS.items() for lines in attacks]
NEEDS = {
    "its working folder": "open('new.txt', 'w').close(); os.rename('new.txt', 'n')",
    "temporary files": "tempfile.NamedTemporaryFile().write(b'x')",
    "/dev/null": "open('/dev/null', 'w').write('x')",
    "its data": "open('data.txt').read(); open('large.bin', 'rb').read(1)",
    "processes": "subprocess.run(['sh', '-c', 'echo x > file'], check=True)",
    "processes that it ends": "subprocess.Popen(['sleep', '60']).kill()",
    "multiprocessing": "multiprocessing.Pool(2).map(abs, [-1, 2])",
    "shared memory": "SharedMemory(create=True, size=8).unlink()",
    "queues and locks": "multiprocessing.Queue().put(1)",
    "threads": "thread = threading.Thread(target=print); thread.start(); thread.join()",
    "socket pairs": "socket.socketpair()",
    "datagrams": "socket.socket(type=socket.SOCK_DGRAM | socket.SOCK_CLOEXEC).close()",
    "its own limits": "resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); os.nice(1)",
    "its own processors": "os.sched_setaffinity(0, os.sched_getaffinity(0))",
    "its own limits by its number": "resource.prlimit(os.getpid(), resource.RLIMIT_CORE, (0, 0));"
    " os.setpriority(os.PRIO_PROCESS, os.getpid(), 19)",
    "processors of a thread": "thread = threading.Thread(target=time.sleep, args=[0.1]);"
    " thread.start(); os.sched_setaffinity(thread.native_id, {0}); thread.join()",
    "modules": "import sqlite3, email.mime, xml.dom.minidom, curses",
    "users and time zones": "import pwd; pwd.getpwuid(0); time.tzset(); time.localtime()",
    "processors": "os.cpu_count(); os.sched_getaffinity(0); os.sysconf('SC_PHYS_PAGES')",
}


@dataclass(frozen=True)
class Target:
    """What programs of a level attack: a user's home with a case in it, and debugdiff itself."""

    level: Sandbox
    pool: Pool
    home: Path

    @property
    def case(self) -> Path:
        return self.home / "case"

    def run(self, lines: str, **options: object) -> tuple[ProgramEnd, str]:
        budget = Budget(seconds=60)
        bench = Bench(pool=self.pool, folder=self.case)
        record = bench.run(MODULES + lines, budget=budget, **options)
        return record.program, record.failure.type if record.failure else record.note

    def allows(self, row: str) -> bool:
        cell = THREATS[row][0][list(Sandbox).index(self.level)]
        return cell == YES or (cell == NAMESPACES and not can_isolate())


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stub_interpreter(tmp_path_factory.mktemp("stub"))


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        for name in ("case", ".ssh"):
            (Path(folder) / name).mkdir()
        restore(Path(folder))
        yield Path(folder)


@pytest.fixture(scope="module", params=list(Sandbox))
def target(request: pytest.FixtureRequest, stub: str, home: Path) -> Iterator[Target]:
    os.environ[SECRET] = "secret"
    try:
        interpreters = on_pytorch(stub)
        with Pool(slots=2, interpreters=interpreters, sandbox=request.param) as pool:
            target = Target(level=request.param, pool=pool, home=home)
            assert target.run("") == (ProgramEnd.OK, "")
            yield target
    finally:
        del os.environ[SECRET]


def restore(home: Path) -> None:
    """Put the user's files back as they were."""
    for name in ("case/data.txt", ".ssh/id_rsa", ".bashrc", "store.sqlite3"):
        (home / name).write_text("the user's", encoding="utf-8")
    with (home / "case" / "large.bin").open("wb") as file:
        file.truncate(folders.COPIED_BYTES + 1)


@contextlib.contextmanager
def terminal() -> Iterator[str]:
    """The name of one that is open meanwhile."""
    ends = os.openpty()
    try:
        yield os.ttyname(ends[1])
    finally:
        for end in ends:
            os.close(end)


@pytest.mark.parametrize(("row", "lines"), ATTACKS)
def test_each_level_stops_what_security_md_says(target: Target, row: str, lines: str) -> None:
    (host,) = {worker.process.pid for worker in target.pool.workers}
    with (
        (target.home / "store").open("w") as file,
        socket.create_server(("127.0.0.1", 0)) as server,
        tempfile.TemporaryDirectory() as short,
        socket.socket(socket.AF_UNIX) as local,
        tempfile.NamedTemporaryFile(dir="/dev/shm") as shared,
        terminal() as name,
    ):
        local.bind(f"{short}/socket")
        local.listen()
        filled = lines.format(
            folder=str(target.case),
            home=str(target.home),
            number=file.fileno(),
            port=server.getsockname()[1],
            socket=f"{short}/socket",
            shared=shared.name,
            terminal=name,
            campaign=os.getpid(),
            host=host,
        )
        bench = Bench(pool=target.pool, folder=target.case)
        jobs = [bench.job(MODULES + filled, id="attack", budget=Budget(seconds=60))]
        if lines is SIBLING:
            jobs.append(bench.job("import time; time.sleep(3)", id="sibling"))
        records = {record.trial: record for record in bench.run_all(jobs)}
    restore(target.home)
    Path("/tmp/debugdiff-test-sandbox").unlink(missing_ok=True)
    record = records["attack"]
    if target.allows(row):
        assert record.program is ProgramEnd.OK, record.ending
    else:
        assert record.program is ProgramEnd.RAISED
        assert record.failure is not None
        assert re.fullmatch(STOPPED_BY, record.failure.type)
    if "forged" in lines:
        assert record.metrics == {"accuracy": 1.0}
        assert record.sandbox is target.level
        assert "all" not in record.stopped
    if lines is SIBLING:
        assert (records["sibling"].program is ProgramEnd.OK) != target.allows(row)


def test_security_md_has_this_table() -> None:
    text = Path(__file__).parent.parent.joinpath("SECURITY.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip(" *") for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    assert rows[0] == ["what a program tries", *list(Sandbox)]
    assert rows[2:] == [[row, *cells] for row, (cells, _) in THREATS.items()]


@pytest.mark.parametrize("name", NEEDS)
def test_what_programs_need_works_at_every_level(target: Target, name: str) -> None:
    assert target.run(NEEDS[name]) == (ProgramEnd.OK, "")


def test_secrets_of_the_environment_are_not_passed_on(target: Target) -> None:
    lines = f"""
with open("/proc/self/environ") as file:
    if {SECRET!r} in os.environ or {SECRET!r} in file.read():
        raise ValueError("seen")
for name in ("PATH", "HOME", "PYTHONHASHSEED"):
    os.environ[name]
"""
    stopped = target.level is not Sandbox.OFF
    assert target.run(lines)[0] is (ProgramEnd.OK if stopped else ProgramEnd.RAISED)


def test_a_new_program_does_not_get_the_rights_back(target: Target) -> None:
    if target.level is Sandbox.OFF:
        return
    lines = f"""
code = "open({str(target.case / "data.txt")!r}, 'a')"
environment = {{name: it for name, it in os.environ.items() if name != "PYTHONPATH"}}
if subprocess.run([__import__("sys").executable, "-c", code], env=environment).returncode == 0:
    raise ValueError("written")
"""
    assert target.run(lines) == (ProgramEnd.OK, "")


@pytest.mark.skipif(len(os.sched_getaffinity(0)) == 1, reason="needs two processors")
def test_a_wish_for_processors_of_others_changes_nothing(target: Target) -> None:
    stopped = target.level is not Sandbox.OFF
    assert target.run(PINNED)[0] is (ProgramEnd.RAISED if stopped else ProgramEnd.OK)


def test_of_roots_rights_only_those_over_files_are_left(target: Target) -> None:
    lines = """
with open("/proc/self/status") as file:
    rights = file.read().partition("CapPrm:")[2].split()[0]
if int(rights, 16) & ~0b11011:
    raise ValueError(rights)
"""
    if target.level is not Sandbox.OFF:
        assert target.run(lines) == (ProgramEnd.OK, "")


def test_a_program_that_is_traced_by_its_supervisor_goes_on(target: Target) -> None:
    lines = (
        "import signal; signal.signal(signal.SIGUSR2, signal.SIG_IGN); library.ptrace(0, 0, 0, 0)"
    )
    assert target.run(f"{lines}; os.kill(os.getpid(), signal.SIGUSR2)") == (ProgramEnd.OK, "")


def test_what_the_sandbox_stops_is_said() -> None:
    assert describe_sandbox(Sandbox.WRITE) == (
        "writing outside of a trial's folders, terminals and disks, TCP,"
        " signals to other processes, limits and priorities of other processes,"
        " keys and queues of the kernel"
    )
    isolated = describe_sandbox(Sandbox.STRICT, isolated=True)
    assert "reading your files" in isolated
    assert "every network" in isolated


@pytest.fixture
def case(tmp_path: Path) -> Path:
    (tmp_path / "data.txt").write_text("the user's", encoding="utf-8")
    return tmp_path


COMPILER = """
import pathlib
cache = pathlib.Path(os.environ["TORCHINDUCTOR_CACHE_DIR"])
"""


def compiled(pool: Pool, case: Path, lines: str, *, leaves: bool = False) -> tuple[ProgramEnd, str]:
    """Run a program of which the clean run is called `one`, with the lines of a compiler."""
    record = Bench(pool=pool, folder=case).run(
        f"import os{COMPILER}{lines}", compiled="one", leaves_compiled=leaves
    )
    return record.program, record.failure.type if record.failure else record.note


def test_mutants_begin_with_what_the_clean_run_compiled_each_with_its_own(
    stub: str, case: Path
) -> None:
    with Pool(slots=1, interpreters=on_pytorch(stub), sandbox=Sandbox.WRITE) as pool:
        made = "cache.mkdir(parents=True); (cache / 'code').write_text('clean')"
        assert compiled(pool, case, made, leaves=True) == (ProgramEnd.OK, "")
        for _ in range(2):
            changed = "assert (cache / 'code').read_text() == 'clean'\n"
            changed += "(cache / 'code').write_text('bad'); (cache / 'new').touch(exist_ok=False)"
            assert compiled(pool, case, changed) == (ProgramEnd.OK, "")
        aside = "open('../../../compiled-one/torchinductor_cache_dir/code', 'a')"
        assert compiled(pool, case, aside) == (ProgramEnd.RAISED, "PermissionError")


def test_a_link_in_the_place_of_compiled_code_is_not_followed(stub: str, case: Path) -> None:
    for link in ("cache.parent.symlink_to({0!r})", "cache.mkdir(parents=True); {1}"):
        inner = f"(cache / 'stolen').symlink_to({str(case / 'data.txt')!r})"
        with Pool(slots=1, interpreters=on_pytorch(stub), sandbox=Sandbox.WRITE) as pool:
            assert compiled(pool, case, link.format(str(case), inner), leaves=True)[0] is (
                ProgramEnd.OK
            )
            nothing = "assert not any(path.is_file() for path in cache.parent.rglob('*'))"
            assert compiled(pool, case, nothing) == (ProgramEnd.OK, "")


def test_a_case_that_needs_a_network_has_tcp_and_nothing_else(target: Target) -> None:
    bench = Bench(pool=target.pool, folder=target.case)
    with socket.create_server(("127.0.0.1", 0)) as server:
        connected = f"import socket; socket.create_connection({server.getsockname()!r})"
        record = bench.run(connected, network=True)
    assert record.program is ProgramEnd.OK
    written = bench.run(f"open({str(target.home / 'new.txt')!r}, 'w')", network=True)
    assert (written.program is ProgramEnd.RAISED) == (target.level is not Sandbox.OFF)


def test_a_record_says_what_its_program_was_kept_from(target: Target) -> None:
    bench = Bench(pool=target.pool, folder=target.case)
    alone, connected = bench.run("pass"), bench.run("pass", network=True)
    assert alone.sandbox is connected.sandbox is target.level
    network = {"TCP"} if target.level is Sandbox.WRITE else {"every network"}
    assert bool(network & set(alone.stopped)) == (target.level is not Sandbox.OFF)
    assert not network & set(connected.stopped)


@pytest.mark.parametrize(
    "command",
    ["run", "harm", "parity", "bugs check", "bugs matrix", "cases check", "teach check"],
)
def test_commands_that_run_programs_of_others_have_a_sandbox(command: str) -> None:
    option = help_of(command).partition("--sandbox")[2]
    assert option.startswith(" <off|write|strict> write: a program can change only")
    assert "[env var: DEBUGDIFF_SANDBOX; default: write]" in option.replace("] [", "; ")


@pytest.mark.parametrize("command", ["explain", "trace", "diff"])
def test_commands_that_promise_plain_python_say_that_they_have_none(command: str) -> None:
    assert "without a sandbox" in help_of(command)
    assert "--sandbox" not in help_of(command)


def help_of(command: str) -> str:
    """The words of a command's help, without the lines around them."""
    shown = CliRunner().invoke(app, [*command.split(), "--help"]).output
    return " ".join(word for word in shown.split() if word != "\N{BOX DRAWINGS LIGHT VERTICAL}")


def test_strict_refuses_to_run_where_nothing_of_it_is_possible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("debugdiff.execute.pool.landlock_version", lambda: 0)
    with pytest.raises(DebugdiffError, match="hide files from programs") as refused:
        Pool(slots=1, sandbox=Sandbox.STRICT)
    assert refused.value.slug == "sandbox-missing"
    Pool(slots=1, sandbox=Sandbox.WRITE)
