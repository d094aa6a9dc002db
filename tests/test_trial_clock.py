"""A trial's limit counts what its program does, and not what else the machine does."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from conftest import Bench
from stub_stack import on_pytorch, stub_interpreter
from test_campaign import BUG

from debugdiff.bugs import load_catalogue
from debugdiff.campaign import RunRequest, run
from debugdiff.cases import load_case
from debugdiff.execute.pool import Pool
from debugdiff.model import Budget, Instrument, Outcome, ProgramEnd, Stack, WorkerEnd
from debugdiff.store import Store
from debugdiff.worker.process.family_usage import FamilyUsage, Usage
from debugdiff.worker.process.process_table import Process
from debugdiff.worker.process.trial_clock import TrialClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEIGHBOURS = 9
ONE_SECOND = Budget(seconds=1)
COMPUTES = """
import time
{before}
while time.process_time() < {seconds}:
    pass
"""


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stub_interpreter(tmp_path_factory.mktemp("stub"))


@pytest.fixture(scope="module")
def stub_bench(stub: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Pool(slots=1, interpreters=on_pytorch(stub)) as pool:
        yield Bench(pool=pool, folder=tmp_path_factory.mktemp("case"))


@pytest.fixture
def busy_processor() -> Iterator[int]:
    """A processor that nine others compute on all the time."""
    number = min(os.sched_getaffinity(0))
    line = f"import os; os.sched_setaffinity(0, {{{number}}})\nwhile True: pass"
    others = [subprocess.Popen([sys.executable, "-c", line]) for _ in range(NEIGHBOURS)]
    yield number
    for other in others:
        other.kill()
        other.wait()


def test_a_program_keeps_its_time_on_a_machine_that_is_ten_times_as_busy(
    stub_bench: Bench, busy_processor: int
) -> None:
    pinned = f"import os; os.sched_setaffinity(0, {{{busy_processor}}})"
    record = stub_bench.run(COMPUTES.format(before=pinned, seconds=0.6), budget=ONE_SECOND)
    assert record.seconds > ONE_SECOND.seconds  # the machine was as busy as it should be
    assert (record.worker, record.program) == (WorkerEnd.FINISHED, ProgramEnd.OK)
    assert 0.6 <= record.processor_seconds < ONE_SECOND.seconds
    endless = stub_bench.run(COMPUTES.format(before=pinned, seconds=600), budget=ONE_SECOND)
    assert endless.worker is WorkerEnd.TIMEOUT
    assert endless.counted_seconds > ONE_SECOND.seconds


@pytest.mark.parametrize(
    "waits",
    [
        "import time; time.sleep(600)",
        "import threading; threading.Lock().acquire(); threading.Event().wait()",
        "import os; os.read(os.pipe()[0], 1)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
        "import time\nwhile True: time.sleep(0.001)",
        "import os, time\nif os.fork() == 0: time.sleep(600)\nos.wait()",
    ],
)
def test_a_program_that_waits_for_ever_times_out(stub_bench: Bench, waits: str) -> None:
    record = stub_bench.run(waits, budget=ONE_SECOND)
    assert record.worker is WorkerEnd.TIMEOUT
    assert record.waited_seconds > record.processor_seconds
    assert record.note.startswith("The program timed out after ")
    assert record.counted_seconds >= ONE_SECOND.seconds
    assert "seconds of waiting" in record.note


@pytest.mark.parametrize("wait", ["os.waitpid(child, 0)", "time.sleep(600)", "os._exit(0)"])
def test_what_a_child_computes_counts_wherever_it_is(stub_bench: Bench, wait: str) -> None:
    """In a session of its own, and handed on to the supervisor when its parent has left."""
    record = stub_bench.run(
        f"""
        import os, time
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                while True:
                    pass
            os.wait()
        {wait}
        """,
        budget=ONE_SECOND,
    )
    if "exit" in wait:
        assert record.worker is WorkerEnd.UNREADABLE
    else:
        assert record.worker is WorkerEnd.TIMEOUT
        assert record.processor_seconds > record.waited_seconds


def test_children_that_have_ended_count(stub_bench: Bench) -> None:
    record = stub_bench.run(
        """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                while time.process_time() < 0.1:
                    pass
                os._exit(0)
            os.wait()
        """,
        budget=ONE_SECOND,
    )
    assert record.program is ProgramEnd.OK
    assert record.processor_seconds >= 0.4


@pytest.mark.parametrize("seconds", [0.02, 0.3])
def test_children_that_nobody_waits_for_count(stub_bench: Bench, seconds: float) -> None:
    """The kernel forgets what they computed. Without looks only the backstop would end this."""
    record = stub_bench.run(
        f"""
        import os, signal, time
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            if os.fork() == 0:
                until = time.process_time() + {seconds}
                while time.process_time() < until:
                    pass
                os._exit(0)
            try:
                os.wait()
            except ChildProcessError:
                pass
        """,
        budget=Budget(seconds=0.4),
    )
    assert record.note.startswith("The program timed out after")


MY_ID = os.getpid()
PARENT = Process(id=10, state="S", parent=MY_ID, start=1, seconds=1.0, waited_for=0.0)
CHILD = Process(id=11, state="R", parent=10, start=2, seconds=3.0, waited_for=0.0)


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ([PARENT, CHILD], 4.0),
        ([PARENT._replace(waited_for=3.5)], 4.5),  # waited for: counted once
        ([PARENT], 4.0),  # nobody got its seconds
        ([PARENT, CHILD._replace(start=9, seconds=0.5)], 4.5),  # another one with its number
        ([CHILD._replace(parent=MY_ID)], 4.0),  # its parent has left, without being waited for
        ([], 4.0),
    ],
)
def test_what_a_process_was_last_seen_with_is_kept(
    monkeypatch: pytest.MonkeyPatch, after: list[Process], seconds: float
) -> None:
    looks = [[PARENT, CHILD], [PARENT, CHILD], after, after]
    assert [usage.seconds for usage in looks_at(monkeypatch, looks, ignores=True)] == [
        *(4.0, 4.0, seconds, seconds)
    ]


@pytest.mark.parametrize(("ignores", "seconds"), [(True, 5.0), (False, 0.5)])
def test_a_child_that_was_seen_once_stands_for_the_time_between_two_looks(
    monkeypatch: pytest.MonkeyPatch, *, ignores: bool, seconds: float
) -> None:
    """Half a processor, for ten seconds; of a parent that waits, its own half a second."""
    looks = [[PARENT], [PARENT, CHILD._replace(seconds=0.5)], [PARENT]]
    last = looks_at(monkeypatch, looks, ignores=ignores)[-1]
    assert last.seconds == PARENT.seconds + seconds


def looks_at(
    monkeypatch: pytest.MonkeyPatch, looks: list[list[Process]], *, ignores: bool
) -> list[Usage]:
    """What is said of such families, seen every ten seconds by a process without dead children."""
    place = "debugdiff.worker.process.family_usage"
    waiting = iter(looks)
    dead = SimpleNamespace(ru_utime=0.0, ru_stime=0.0)
    monkeypatch.setattr(f"{place}.resource.getrusage", lambda _: dead)
    monkeypatch.setattr(f"{place}.family", lambda _: next(waiting))
    monkeypatch.setattr(f"{place}.ignores_children", lambda process: ignores and process == 10)
    monkeypatch.setattr(f"{place}.processor_share", lambda _: 0.5)
    usage = FamilyUsage()
    return [usage.look(10.0) for _ in looks]


def test_time_in_which_a_program_could_have_run_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment, usage = [0.0], [Usage(seconds=7.0, is_runnable=True)]
    clock_module = "debugdiff.worker.process.trial_clock"
    monkeypatch.setattr(f"{clock_module}.time.monotonic", lambda: moment[0])
    monkeypatch.setattr(FamilyUsage, "look", lambda *_: usage[0])
    clock = TrialClock(60)
    clock.start()

    def look(at: float, seconds: float, *, is_runnable: bool) -> tuple[float, float]:
        moment[0], usage[0] = at, Usage(seconds=7.0 + seconds, is_runnable=is_runnable)
        clock.look()
        return clock.processor, clock.waited

    assert look(10, 1, is_runnable=True) == (1, 0)  # nine seconds without a processor
    assert look(20, 2, is_runnable=False) == (2, 0)
    assert look(30, 3, is_runnable=False) == (3, 9)
    assert not clock.is_up
    assert look(81, 3, is_runnable=False) == (3, 60)
    assert clock.has_reached_limit
    starved = TrialClock(60)
    starved.start()
    moment[0] += 20 * 60 + 61
    assert starved.is_up
    assert not starved.has_reached_limit


STEPS = """
import time
import torch


def spend(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def main(seed=0, size="small"):
    spend(0.5)
    return {"accuracy": 1.0}


if __name__ == "__main__":
    main()
"""
SLOW = (
    BUG.partition("[[example]]")[0].format(
        title="slow", symptom="slow", match="spend(0.5)", replace="spend(600)"
    )
    + """
[[example]]
framework = "pytorch"
before = "spend(0.5)"
after = "spend(600)"
"""
)


def request(folder: Path, stub: str, *, seconds: float) -> RunRequest:
    case, bug = folder / "toy", folder / "bugs" / "process" / "slow.toml"
    case.mkdir()
    bug.parent.mkdir(parents=True)
    (case / "pytorch.py").write_text(STEPS, encoding="utf-8")
    bug.write_text(SLOW, encoding="utf-8")
    return RunRequest(
        cases=(load_case(case),),
        bugs=load_catalogue([folder / "bugs"]),
        store=folder / "store.sqlite3",
        stacks=(Stack.PYTORCH,),
        instruments=(Instrument.NONE,),
        seconds=seconds,
        interpreters=on_pytorch(stub),
    )


def test_a_mutant_that_is_stopped_too_early_is_not_measured_and_runs_again(
    tmp_path: Path, stub: str
) -> None:
    asked = request(tmp_path, stub, seconds=2.0)
    for _ in range(2):
        report = run(asked)
        (attempt,) = report.attempts
        assert attempt.verdict.outcome is Outcome.UNMEASURED
        assert "fewer than 10 times the 0.5 s of the clean run" in attempt.verdict.reason
        assert attempt.result is not None
        assert not attempt.result.reused
        assert list(report.not_run) == [attempt.result.trial.id]
        with Store(asked.store) as store:
            assert attempt.result.trial.id not in {trial.id for trial in store.trials()}


def test_a_mutant_that_takes_ten_times_as_long_is_effective_and_stored(
    tmp_path: Path, stub: str
) -> None:
    asked = request(tmp_path, stub, seconds=6.0)
    assert [each.verdict.outcome for each in run(asked).attempts] == [Outcome.EFFECTIVE]
    again = run(asked)
    assert again.not_run == {}
    assert all(result.reused for result in again.results)
    assert "Still running after 6 s" in again.attempts[0].verdict.reason


def test_an_old_record_of_a_time_limit_is_judged_by_its_wall_time(
    tmp_path: Path, stub: str
) -> None:
    asked = request(tmp_path, stub, seconds=6.0)
    (attempt,) = run(asked).attempts
    assert attempt.result is not None
    record = attempt.result.record
    old = replace(record, processor_seconds=0.0, waited_seconds=0.0, seconds=3.0)
    with Store(asked.store) as store:
        store.put(replace(attempt.result, record=old))
    (attempt,) = run(asked).attempts
    assert attempt.result is not None
    assert not attempt.result.reused
