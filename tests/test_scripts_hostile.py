"""Scripts that misbehave: what is said of them is true, and none of it is debugdiff's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from debugdiff.cli.app import app
from debugdiff.model import Instrument, ProgramEnd, ScriptRun, WorkerEnd
from debugdiff.scripts import ScriptRequest, run_script

if TYPE_CHECKING:
    from pathlib import Path

REFUSES = """
class E(Exception):
    def __str__(self):
        raise KeyboardInterrupt("no")
    __repr__ = __str__
raise E
"""
EXITS = REFUSES.replace('KeyboardInterrupt("no")', "SystemExit(7)")
ATTRIBUTES_REFUSE = """
class E(ExceptionGroup):
    def __getattribute__(self, name):
        raise KeyboardInterrupt("no")
raise E("text", [ValueError(5)])
"""
NO_SOURCES = """
import os
os.chdir(os.path.dirname(__file__))
os.mkfifo("pipe")
try:
    exec(compile("1/0", "/dev/zero", "exec"))
except ZeroDivisionError:
    exec(compile("raise ValueError", "pipe", "exec"))
"""
TRACED = """
import ctypes, os, signal
ctypes.CDLL(None).ptrace(0, 0, 0, 0)  # PTRACE_TRACEME
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
os.kill(os.getpid(), signal.SIGUSR2)
raise ValueError("not stopped")
"""
METACLASS = """
class Meta(type):
    @property
    def __module__(cls):
        raise AttributeError("no module")
Meta.__qualname__ = "Odd"
class E(Exception, metaclass=Meta):
    pass
raise E("text")
"""
PATCHED = """
import builtins, contextlib, io, json, linecache, os, tempfile, time, traceback
def broken(*arguments, **keywords):
    raise SystemExit("patched")
for module, names in {{
    os: ["replace", "getpid", "fstat", "write"], tempfile: ["mkstemp"],
    time: ["perf_counter", "monotonic"],
    json: ["dumps", "loads"], linecache: ["getline"], traceback: ["print_exception"],
}}.items():
    for name in names:
        setattr(module, name, broken)
builtins.open = builtins.{name} = broken
raise ValueError
"""
NO_DESCRIPTORS = """
import os
held = []
try:
    while True:
        held.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
raise ValueError("none left")
"""
CLOSED = """
import os
os.closerange(0, 256)
raise ValueError("closed")
"""
CRASHES = {
    "refuses": (REFUSES, "E"),
    "exits": (EXITS, "E"),
    "metaclass": (METACLASS, "E"),
    "no_descriptors": (NO_DESCRIPTORS, "ValueError"),
    "closed": (CLOSED, "ValueError"),
    "attributes_refuse": (ATTRIBUTES_REFUSE, "E"),
    "no_sources": (NO_SOURCES, "ValueError"),
    **({"traced": (TRACED, "ValueError")} if sys.platform == "linux" else {}),
    **{
        f"patched_{name}": (PATCHED.format(name=name), "ValueError")
        for name in ("str", "getattr", "isinstance", "len", "print", "type")
    },
}


def run(folder: Path, source: str, **options: object) -> ScriptRun:
    script = folder / "script.py"
    script.write_text(textwrap.dedent(source), encoding="utf-8")
    request = ScriptRequest(path=script, instrument=Instrument.NONE, **options)  # type: ignore[arg-type]
    return run_script(request)


@pytest.mark.parametrize("name", CRASHES)
def test_an_exception_is_described_whatever_was_done_to_the_means(
    tmp_path: Path, name: str
) -> None:
    source, kind = CRASHES[name]
    finished = run(tmp_path, source, seconds=60)
    record = finished.record
    assert record.worker is WorkerEnd.FINISHED, record.note
    assert record.failure is not None
    assert record.failure.type.endswith(kind)
    assert finished.exit_status == 1
    assert "debugdiff" not in record.failure.text + record.stderr


def test_what_cannot_be_described_at_all_is_a_sentence(tmp_path: Path) -> None:
    finished = run(
        tmp_path,
        """
        import sys
        sys.modules["debugdiff.worker.process.observer"].replace = None
        sys.modules["debugdiff.worker.process.observer"].capture_failure = None
        raise ValueError
        """,
    )
    assert finished.record.worker is WorkerEnd.UNREADABLE
    assert finished.record.note == "The worker could not describe the run: TypeError."
    assert finished.exit_status == 1


def test_a_real_time_signal_has_a_number_and_no_name(tmp_path: Path) -> None:
    number = signal.SIGRTMIN + 5
    finished = run(tmp_path, f"import os, time\nos.kill(os.getpid(), {number})\ntime.sleep(60)")
    assert finished.record.note == f"The process was ended by signal {number}."


def test_a_fork_that_raises_shows_the_scripts_own_frames_alone(tmp_path: Path) -> None:
    finished = run(
        tmp_path,
        """
        import os
        child = os.fork()
        if child == 0:
            raise ValueError("of the child")
        os.waitpid(child, 0)
        """,
    )
    assert finished.record.program is ProgramEnd.OK
    assert "ValueError: of the child" in finished.record.stderr
    assert "debugdiff" not in finished.record.stderr


def test_a_script_that_removes_its_own_folder_still_has_a_path(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    before = os.getcwd()  # noqa: PTH109
    os.chdir(folder)
    try:
        (folder / "script.py").write_text(
            "import os, shutil\nshutil.rmtree(os.getcwd())\nraise ValueError('gone')",
            encoding="utf-8",
        )
        from pathlib import Path as RelativePath

        finished = run_script(ScriptRequest(path=RelativePath("script.py")))
    finally:
        os.chdir(before)
    assert finished.path == folder / "script.py"
    assert finished.record.failure is not None


def test_at_the_time_out_every_descendant_is_ended(tmp_path: Path) -> None:
    finished = run(
        tmp_path,
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                print(os.getpid(), flush=True)
                time.sleep(600)
            os._exit(0)
        time.sleep(600)
        """,
        seconds=2,
    )
    assert finished.record.worker is WorkerEnd.TIMEOUT
    assert is_gone(int(finished.record.stdout))


def is_gone(process: int) -> bool:
    """Whether a process is gone, or a zombie that only waits to be counted."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    )
    return state.stdout.strip()[:1] in {"", "Z"}


def test_a_terminated_explain_leaves_no_folder_and_no_script(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, time\nopen('pid', 'w').write(str(os.getpid()))\n"
        "os.rename('pid', 'ready')\ntime.sleep(600)",
        encoding="utf-8",
    )
    folder = tmp_path / "temporary"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "debugdiff", "explain", "script.py"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as explain:
        wait_until((tmp_path / "ready").exists)
        explain.terminate()
    assert explain.returncode != 0
    process = int((tmp_path / "ready").read_text(encoding="utf-8"))
    wait_until(lambda: is_gone(process))
    assert list(folder.iterdir()) == []


def wait_until(condition: object) -> None:
    give_up = time.monotonic() + 300
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < give_up
        time.sleep(0.05)


def debugdiff(folder: Path, *arguments: bytes) -> bytes:
    """What a command prints on both streams."""
    command = [sys.executable.encode(), b"-m", b"debugdiff", *arguments]
    return subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    ).stdout


@pytest.fixture
def no_utf8(tmp_path: Path) -> Path:
    """A folder with a script whose name is no UTF-8."""
    with open(os.fsencode(tmp_path) + b"/na\xffme.py", "w") as file:  # noqa: PTH123 - bytes
        file.write("size = 3\nraise ValueError(size)\n")
    return tmp_path


@pytest.mark.parametrize("command", [b"explain", b"trace"])
@pytest.mark.parametrize("more", [(), (b"--json",)])
def test_a_script_whose_name_is_no_utf8_is_found_and_shown(
    no_utf8: Path, command: bytes, more: tuple[bytes, ...]
) -> None:
    shown = debugdiff(no_utf8, command, b"na\xffme.py", *more, b"--", b"\xfe")
    assert b"ValueError: 3" in shown
    assert b"na\\xffme.py" in shown.replace(b"\\\\", b"\\")
    if command == b"explain" and not more:
        assert b"na\\xffme.py:2" in shown.partition(b"Suspects")[2]
    if more:
        assert b"\\udc" not in shown


def test_a_program_whose_name_is_no_utf8_is_refused_alone(no_utf8: Path) -> None:
    shown = debugdiff(no_utf8, b"run", b"na\xffme.py")
    assert b"na\\xffme.py cannot be used: its name is not UTF-8 text." in shown


@pytest.mark.parametrize("command", ["explain", "trace"])
@pytest.mark.parametrize("name", ["refuses", "metaclass", "patched_str"])
def test_the_commands_show_no_frame_of_debugdiff(tmp_path: Path, name: str, command: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(CRASHES[name][0], encoding="utf-8")
    shown = CliRunner().invoke(app, [command, str(script)])
    assert shown.exception is None or isinstance(shown.exception, SystemExit)
    assert "debugdiff/worker" not in shown.output
    assert "SIGINT" not in shown.output
    assert "itself failed" not in shown.output
