"""Programs that attack what watches them: each ends in a record, and no other trial notices."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest
from conftest import Bench
from stub_stack import on_pytorch, stub_interpreter

from debugdiff.execute.pool import Pool
from debugdiff.model import Budget, ProgramEnd, Record, WorkerEnd
from debugdiff.worker.folders import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHORT = Budget(seconds=1)
GRANDPARENT = """
def parent_of(process):
    with open(f"/proc/{process}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])

host = parent_of(os.getppid())
"""
FORGE = """
import ctypes, os, struct

def forge(record, length=None):
    with open("/proc/self/maps") as maps:
        line = next(line for line in maps if "memfd:debugdiff" in line)
    begin = int(line.split("-")[0], 16)
    content = record.encode()
    ctypes.memmove(begin + 32, content, len(content))
    ctypes.memmove(begin + 8, struct.pack("<q", length or len(content)), 8)
    os._exit(0)
"""


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stub_interpreter(tmp_path_factory.mktemp("stub"))


@pytest.fixture
def held(stub: str, tmp_path: Path) -> Iterator[Bench]:
    """Programs without a framework, on a host of the test's own, which they may ruin."""
    with Pool(slots=2, interpreters=on_pytorch(stub)) as pool:
        yield Bench(pool=pool, folder=tmp_path)


def run_beside_another(bench: Bench, source: str) -> tuple[Record, Record]:
    """The records of a program with a short budget, and of an innocent one."""
    jobs = [
        bench.job(source, id="hostile", budget=SHORT),
        bench.job("import time; time.sleep(2); print('fine')", id="innocent"),
        bench.job("print('fine')", id="later"),
    ]
    records = {record.trial: record for record in bench.run_all(jobs)}
    assert records.keys() == {"hostile", "innocent", "later"}
    assert records["later"].stdout == "fine\n"
    return records["hostile"], records["innocent"]


def test_no_file_beside_its_folder_changes_the_time_limit_of_a_program(held: Bench) -> None:
    record = held.run(
        """
        import os, pathlib, time
        for path in pathlib.Path("../..").rglob("*"):
            os.utime(path, (9e9, 9e9))
        time.sleep(600)
        """,
        budget=SHORT,
    )
    assert record.worker is WorkerEnd.TIMEOUT


def test_a_program_that_stops_its_supervisor_is_ended(held: Bench) -> None:
    hostile, innocent = run_beside_another(
        held,
        """
        import os, signal, time
        os.kill(os.getppid(), signal.SIGSTOP)
        time.sleep(600)
        """,
    )
    assert (hostile.worker, innocent.stdout) == (WorkerEnd.NOT_STARTED, "fine\n")
    assert hostile.note == "The supervisor of the trial did not answer in time."


@pytest.mark.parametrize("signal", ["SIGSTOP", "SIGKILL"])
def test_a_program_that_stops_or_ends_its_host_loses_no_other_trial(
    held: Bench, signal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("debugdiff.execute.hosts._GRACE_SECONDS", 5)
    hostile, innocent = run_beside_another(
        held,
        f"import os, signal, time\n{GRANDPARENT}\n"
        f"os.kill(host, signal.{signal})\ntime.sleep(600)\n",
    )
    assert (hostile.worker, innocent.stdout) == (WorkerEnd.NOT_STARTED, "fine\n")
    assert "worker" in hostile.note


def test_what_a_program_leaves_of_a_supervisor_that_it_killed_is_ended(held: Bench) -> None:
    record = held.run(
        """
        import ctypes, os, signal, time
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # it does not die with its parent
        with open("pid", "w") as file:
            file.write(str(os.getpid()))
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
        """
    )
    assert record.worker is WorkerEnd.NOT_STARTED
    assert held.run("print('next')").stdout == "next\n"
    (host,) = held.pool._hosts.values()
    while running_children(
        host.process.pid
    ):  # the supervisor of the second program may just be ending
        time.sleep(0.1)


def running_children(parent: int) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "ppid,stat"], capture_output=True, text=True, check=True)
    children = [line.split() for line in listed.stdout.splitlines()]
    return [state for above, state in children if above == str(parent) and state[0] != "Z"]


def test_pipes_in_the_place_of_files_hold_nobody_up(held: Bench) -> None:
    record = held.run(
        """
        import os
        here = os.path.abspath("program.py")
        os.remove(here)
        os.mkfifo(here)
        for name in ("outcome.json", "stack.txt", "started", "record.json"):
            os.mkfifo(f"../../{name}")
        while True:
            pass
        """,
        budget=SHORT,
    )
    assert record.worker is WorkerEnd.TIMEOUT
    assert [(frame.line, frame.code) for frame in record.stuck] in (
        [(8, ""), (9, "")],
        [(8, "")],
        [(9, "")],
    )


@pytest.mark.parametrize(
    "record",
    [
        "'[' * 100_000",
        "'{\"trial\": ' * 900 + '1' + '}' * 900",
        "'{}'",
        "'[]'",
        "'NaN'",
        "honest('metrics', '[' * 150 + ']' * 150)",
        "honest('metrics', 'NaN')",
        "honest('worker', '\"nonsense\"')",
        "honest('worker', '[]')",
        "honest('note', '{}')",
        "honest('step', '1' + '0' * 5000)",
        "honest('step', '\"many\"')",
        "honest('trial', '\"innocent\"')",
        "'x', 2**62",
        "'x', -5",
    ],
)
def test_a_forged_record_is_none_and_belongs_to_its_own_trial(
    bench_of_forgers: Bench, record: str
) -> None:
    source = textwrap.dedent(FORGE) + textwrap.dedent(
        f"""
        from debugdiff.model import Record
        def honest(name, text):
            fields = {{field: "null" for field in Record.__dataclass_fields__}}
            fields |= {{"worker": '"finished"', "note": '""', "trial": '"forged"', name: text}}
            return "{{" + ", ".join(f'"{{key}}": {{value}}' for key, value in fields.items()) + "}}"
        forge({record})
        """
    )
    made = bench_of_forgers.run(source, id="forger")
    assert (made.trial, made.worker, made.program) == (
        "forger",
        WorkerEnd.UNREADABLE,
        ProgramEnd.UNKNOWN,
    )
    assert made.note


@pytest.fixture(scope="module")
def forgers(stub: str) -> Iterator[Pool]:
    with Pool(slots=1, interpreters=on_pytorch(stub)) as pool:
        yield pool


@pytest.fixture
def bench_of_forgers(forgers: Pool, tmp_path: Path) -> Bench:
    return Bench(pool=forgers, folder=tmp_path)


def test_a_fork_that_falls_out_of_the_program_writes_no_record(held: Bench) -> None:
    record = held.run(
        """
        import os, sys
        child = os.fork()
        if child == 0:
            raise ValueError("of the child")
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    )
    assert (record.program, record.stdout) == (ProgramEnd.OK, "1\n")
    assert record.stderr.endswith("ValueError: of the child\n")
    assert "debugdiff" not in record.stderr
    left = held.run("import os\nif os.fork():\n    os._exit(3)\nraise ValueError('of the child')")
    assert left.worker is WorkerEnd.UNREADABLE
    assert "exit code 3" in left.note


def test_folders_nested_beyond_every_path_are_removed(held: Bench) -> None:
    nested = """
    import os
    for _ in range(2_000):
        os.mkdir("folder")
        os.chdir("folder")
    os.chmod(".", 0)
    raise ValueError("deep")
    """
    record = held.run(nested)
    assert record.failure is not None
    assert record.failure.type == "ValueError"
    spool = held.pool._spool
    held.pool.__exit__()
    assert not spool.exists()


def test_what_cannot_be_removed_is_left_without_an_error(tmp_path: Path) -> None:
    remove_tree(tmp_path / "missing")
    (tmp_path / "file").touch()
    remove_tree(tmp_path / "file")
    for name in ("a/a/a", "a/b", "b"):
        (tmp_path / "root" / name).mkdir(parents=True)
    (tmp_path / "root" / "a" / "link").symlink_to(tmp_path)
    remove_tree(tmp_path / "root")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("role", [[], ["--once"]])
def test_a_host_whose_parent_is_gone_before_it_looks_ends_itself(
    stub: str, role: list[str]
) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    command = [sys.executable, "-P", "-m", "debugdiff.worker", "pytorch", *role]
    variables = {**os.environ, "DEBUGDIFF_PARENT": str(gone.pid)}
    with subprocess.Popen(
        command, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as host:
        assert host.stdout is not None
        assert host.stdout.read() == b""
