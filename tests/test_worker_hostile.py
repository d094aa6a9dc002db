"""Programs that misbehave: each is a record, and harms nothing else."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from debugdiff.model import Budget, Owner, ProgramEnd, Stage, WorkerEnd

if TYPE_CHECKING:
    from conftest import Bench

SHORT = Budget(seconds=1.5)


def ended(process: int) -> bool:
    """Whether a process is gone, or a zombie that only waits to be counted."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2]
    except FileNotFoundError:
        return True
    return state.split()[0] in "ZX"


def test_a_program_that_spins_is_stopped_and_says_where_it_was(bench: Bench) -> None:
    record = bench.run(
        """
        def spin():
            while True:
                pass

        spin()
        """,
        budget=SHORT,
    )
    assert (record.worker, record.program) == (WorkerEnd.TIMEOUT, ProgramEnd.UNKNOWN)
    assert [(frame.function, frame.owner) for frame in record.stuck] == [
        ("<module>", Owner.USER),
        ("spin", Owner.USER),
    ]
    assert record.stuck[-1].file == str(bench.folder / "program.py")
    assert record.stuck[-1].code in {"while True:", "pass"}
    assert 1.4 <= record.counted_seconds < 5


def test_a_program_that_never_comes_back_from_c_is_stopped_too(bench: Bench) -> None:
    record = bench.run(
        """
        import itertools
        import torch

        layer = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        for _ in range(3):
            layer(torch.ones(1, 2)).sum().backward()
            optimizer.step()
        sum(itertools.repeat(0))
        """,
        budget=SHORT,
    )
    assert record.worker is WorkerEnd.TIMEOUT
    assert record.stuck[-1].code == "sum(itertools.repeat(0))"
    assert record.steps == 3


def test_output_is_kept_to_its_limit_with_beginning_and_end(bench: Bench) -> None:
    record = bench.run(
        """
        import sys
        print("first line")
        for _ in range(200):
            print("x" * 100_000)
            print("y" * 10_000, file=sys.stderr)
        print("last line")
        """,
        budget=Budget(seconds=30, output=1_000),
    )
    assert record.program is ProgramEnd.OK
    assert record.stdout.startswith("first line\n")
    assert record.stdout.endswith("x\nlast line\n")
    assert "characters left out" in record.stdout
    assert len(record.stdout) < 1_100
    assert len(record.stderr) < 1_100


def test_a_program_that_prints_for_ever_is_stopped(bench: Bench) -> None:
    record = bench.run("while True: print('again')", budget=SHORT)
    assert record.worker is WorkerEnd.TIMEOUT
    assert record.stdout.startswith("again\nagain\n")


@pytest.mark.parametrize(
    "line",
    [
        "b = bytearray(4 * 2**30)",
        "import numpy as np; b = np.ones(2**29)",
        "import torch; b = torch.ones(2**30)",
    ],
)
def test_running_out_of_memory_has_one_name(bench: Bench, line: str) -> None:
    record = bench.run(line, budget=Budget(seconds=30, memory=3 * 2**30))
    assert record.worker is WorkerEnd.OUT_OF_MEMORY
    assert record.program is ProgramEnd.RAISED
    assert record.failure is not None


def test_a_program_that_eats_memory_bit_by_bit_still_gets_its_traceback(bench: Bench) -> None:
    record = bench.run(
        """
        hoard = []
        while True:
            hoard.append("x" * 10_000_000)
        """,
        budget=Budget(seconds=30, memory=3 * 2**30),
    )
    assert record.worker is WorkerEnd.OUT_OF_MEMORY
    assert record.failure is not None
    assert record.failure.text.endswith("MemoryError\n")
    assert record.failure.frames[-1].line == 4


@pytest.mark.parametrize(
    ("line", "signal"), [("ctypes.string_at(0)", "SIGSEGV"), ("os.abort()", "SIGABRT")]
)
def test_a_crash_of_the_process_names_its_signal(bench: Bench, line: str, signal: str) -> None:
    record = bench.run(f"import ctypes, os\nprint('before', flush=True)\n{line}\n")
    assert (record.worker, record.program) == (WorkerEnd.SIGNALLED, ProgramEnd.UNKNOWN)
    assert signal in record.note
    assert record.stdout == "before\n"


def test_a_crash_during_training_keeps_the_step(bench: Bench) -> None:
    record = bench.run(
        """
        import os
        import torch

        layer = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        for step in range(9):
            optimizer.step()
            if step == 4:
                os.abort()
        """
    )
    assert (record.worker, record.steps) == (WorkerEnd.SIGNALLED, 5)
    assert record.stage is Stage.TRAINING


def test_leaving_without_a_word_is_unreadable(bench: Bench) -> None:
    record = bench.run("import os; print('out', flush=True); os._exit(3)")
    assert (record.worker, record.program) == (WorkerEnd.UNREADABLE, ProgramEnd.UNKNOWN)
    assert "exit code 3" in record.note
    assert record.stdout == "out\n"


def test_descendants_in_sessions_of_their_own_are_ended(bench: Bench) -> None:
    record = bench.run(
        """
        import os, subprocess, sys, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                print(os.getpid(), flush=True)
                time.sleep(600)
            os._exit(0)
        time.sleep(0.3)
        """
    )
    assert record.program is ProgramEnd.OK
    assert ended(int(record.stdout))


def test_descendants_of_a_program_that_is_stopped_are_ended(bench: Bench) -> None:
    record = bench.run(
        """
        import os, subprocess, time
        child = subprocess.Popen(["sleep", "600"], start_new_session=True)
        print(child.pid, flush=True)
        time.sleep(600)
        """,
        budget=SHORT,
    )
    assert record.worker is WorkerEnd.TIMEOUT
    assert ended(int(record.stdout))


def test_a_program_may_delete_its_own_folder_and_nothing_else(bench: Bench) -> None:
    (bench.folder / "notes.txt").write_text("keep me", encoding="utf-8")
    (bench.folder / "texts").mkdir()
    (bench.folder / "texts" / "one.txt").write_text("keep me too", encoding="utf-8")
    record = bench.run(
        """
        import os, shutil
        print(open("notes.txt").read(), open("texts/one.txt").read())
        shutil.rmtree(os.getcwd())
        raise ValueError("after")
        """
    )
    assert record.stdout == "keep me keep me too\n"
    assert record.failure is not None
    assert record.failure.type == "ValueError"
    assert (bench.folder / "texts" / "one.txt").exists()


def test_a_link_that_leaves_the_folder_is_refused(bench: Bench) -> None:
    (bench.folder / "out.txt").symlink_to("/etc/hostname")
    record = bench.run("print(open('out.txt').read())")
    assert record.worker is WorkerEnd.NOT_STARTED
    assert "out.txt" in record.note


def test_a_clean_exit_is_no_failure(bench: Bench) -> None:
    for line in ("raise SystemExit", "import sys; sys.exit(0)"):
        record = bench.run(line)
        assert (record.worker, record.program) == (WorkerEnd.FINISHED, ProgramEnd.OK)


def test_an_exit_with_a_message_is_a_failure_that_prints_the_message(bench: Bench) -> None:
    record = bench.run("import sys; sys.exit('no data')")
    assert record.program is ProgramEnd.RAISED
    assert record.failure is not None
    assert (record.failure.type, record.failure.text) == ("SystemExit", "no data\n")


def test_a_keyboard_interrupt_of_the_program_stays_with_the_program(bench: Bench) -> None:
    record = bench.run("raise KeyboardInterrupt")
    assert record.failure is not None
    assert record.failure.type == "KeyboardInterrupt"


def test_an_exception_that_cannot_be_printed_is_still_a_record(bench: Bench) -> None:
    record = bench.run(
        """
        class Broken(Exception):
            def __str__(self):
                raise RuntimeError("no text")
            __repr__ = __eq__ = __hash__ = __str__

        raise Broken
        """
    )
    assert record.failure is not None
    assert record.failure.type == "Broken"
    assert record.failure.text.endswith("Broken: <exception str() failed>\n")


def test_objects_that_refuse_to_be_looked_at_are_not_looked_at(bench: Bench) -> None:
    record = bench.run(
        """
        import numpy as np

        class Mine:
            def __getattr__(self, name):
                raise SystemExit("touched")
            def __repr__(self):
                raise SystemExit("touched")

        def fail(mine, size=7):
            array = np.zeros((3, 5))
            raise ValueError("done")

        fail(Mine())
        """
    )
    assert record.failure is not None
    assert record.failure.type == "ValueError"
    assert (3, 5) in record.failure.shapes
    assert 7 in record.failure.sizes


def test_a_recursion_breaks_where_it_would_have_broken(bench: Bench) -> None:
    record = bench.run("def again():\n    again()\n\nagain()\n")
    assert record.failure is not None
    assert record.failure.type == "RecursionError"
    assert "[Previous line repeated 996 more times]" in record.failure.text
    assert len(record.failure.frames) == 4


def test_threads_that_never_end_do_not_hold_the_record_up(bench: Bench) -> None:
    record = bench.run(
        """
        import threading
        threading.Thread(target=threading.Event().wait).start()
        print("main is done")
        """
    )
    assert (record.worker, record.program) == (WorkerEnd.FINISHED, ProgramEnd.OK)
    assert "1 of its threads" in record.note
    assert record.stdout == "main is done\n"


def test_a_program_cannot_reach_the_protocol_or_its_supervisor(bench: Bench) -> None:
    record = bench.run(
        """
        import os
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b'{"id": "trial", "result": "nowhere"}\\n')
                print("wrote to", os.readlink(f"/proc/self/fd/{descriptor}"))
            except OSError:
                pass
        os.killpg(0, 9)
        """
    )
    assert record.worker is WorkerEnd.SIGNALLED
    assert "pipe" not in record.stdout
    assert bench.run("print('next')").stdout == "next\n"


def test_a_program_that_ends_its_supervisor_does_not_end_the_host(bench: Bench) -> None:
    record = bench.run("import os, time; os.kill(os.getppid(), 9); time.sleep(60)")
    assert record.worker is WorkerEnd.NOT_STARTED
    assert "supervisor" in record.note
    assert bench.run("print('next')").stdout == "next\n"


def test_a_program_has_nothing_to_read_and_its_own_folder_for_temporary_files(
    bench: Bench,
) -> None:
    record = bench.run(
        """
        import sys, tempfile, os
        print(repr(sys.stdin.read()), sys.argv)
        print(os.path.basename(os.getcwd()))
        print(tempfile.NamedTemporaryFile(delete=False).name)
        """,
        arguments=("--epochs", "2"),
    )
    first, folder, temporary = record.stdout.splitlines()
    assert first == "'' ['program.py', '--epochs', '2']"
    assert folder == bench.folder.name
    assert not Path(temporary).exists()


def test_the_case_comes_before_installed_packages_and_behind_the_standard_library(
    bench: Bench,
) -> None:
    record = bench.run(
        "import dataset, wave, keras\nprint(dataset.NAME, wave.__name__, keras.NAME)",
        files={
            "dataset.py": "NAME = 'mine'",
            "wave.py": "raise ImportError('shadows the standard library')",
            "keras.py": "NAME = 'mine too'",
        },
    )
    assert record.stdout == "mine wave mine too\n"


def test_nothing_is_left_behind(bench: Bench) -> None:
    bench.run("import time; time.sleep(60)", budget=Budget(seconds=0.5))
    bench.run("open('left.txt', 'w')")
    spool = bench.pool._spool
    give_up = time.monotonic() + 5
    while list(spool.glob("trial-*")) and time.monotonic() < give_up:
        time.sleep(0.05)
    assert list(spool.glob("trial-*")) == []
    assert list(bench.folder.iterdir()) == []
