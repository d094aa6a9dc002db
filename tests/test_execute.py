"""The executor: warm and cold alike, many at once, hosts that die, users that stop it."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import venv
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from extent import tried
from stub_stack import on_pytorch

from debugdiff.errors import DebugdiffError, StackError
from debugdiff.execute import execute, stack_versions
from debugdiff.execute.pool import Pool
from debugdiff.model import (
    Budget,
    Instrument,
    Job,
    ProgramEnd,
    Record,
    Stack,
    StatementSite,
    WorkerEnd,
)
from debugdiff.worker.process.families import descendants

if TYPE_CHECKING:
    from conftest import Bench

PROGRAM = """
import warnings
import torch

def main(seed=0, size="small"):
    torch.manual_seed(seed)
    layer = torch.nn.Linear(4, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    for step in range(3):
        optimizer.zero_grad()
        layer(torch.ones(8, 4)).sum().backward()
        optimizer.step()
    print("trained on", torch.rand(1), {"a", "b", "c", "d"})
    warnings.warn("look")
    return {"sum": float(layer.weight.sum())}
"""
FAILING = PROGRAM.replace("torch.ones(8, 4)", "torch.ones(8, 5)")
HANGING = "while True: pass"
LONG = "import time; time.sleep(60)"


def comparable(record: Record) -> Record:
    """Without what differs from one run to the next."""
    note = re.sub(r"\d[\d.]*", "n", record.note)
    times = {"seconds": 0.0, "processor_seconds": 0.0, "waited_seconds": 0.0}
    return dataclasses.replace(record, **times, peak_memory=0, note=note)


def test_a_cold_process_gives_the_record_of_a_warm_host(bench: Bench) -> None:
    jobs = [
        bench.job(PROGRAM, id="fine", contract=True, seed=3),
        bench.job(FAILING, id="failing", contract=True),
        bench.job(HANGING, id="hanging", budget=Budget(seconds=1)),
        bench.job(LONG.replace("60", "0"), id="short"),
    ]
    warm = {record.trial: record for record in bench.run_all(jobs)}
    cold: dict[str, Record] = {}
    execute(jobs, slots=2, on_record=lambda each: cold.update({each.trial: each}), warm=False)
    assert {name: comparable(record) for name, record in cold.items()} == {
        name: comparable(record) for name, record in warm.items()
    }
    assert cold["fine"].program is ProgramEnd.OK
    assert cold["fine"].peak_memory > 100 * 2**20
    assert cold["hanging"].worker is WorkerEnd.TIMEOUT


def test_a_cold_program_that_dies_takes_nothing_with_it(bench: Bench) -> None:
    job = bench.job("import os; os.kill(os.getpid(), 9)")
    records: list[Record] = []
    execute([job], slots=1, on_record=records.append, warm=False)
    assert records[0].worker is WorkerEnd.SIGNALLED


SLEEPS = "import time; print(time.monotonic()); time.sleep(1); print(time.monotonic())"


def test_slots_are_shared_by_all_stacks_and_used(bench: Bench) -> None:
    stacks = [Stack.PYTORCH, Stack.KERAS_TENSORFLOW]
    bench.run_all([bench.job("pass", stack=stack) for stack in stacks])
    jobs = [
        bench.job(SLEEPS, id=f"{stack}-{number}", stack=stack)
        for number in range(2)
        for stack in stacks
    ]
    records = bench.run_all(jobs)
    assert sorted(record.trial for record in records) == sorted(job.id for job in jobs)
    spans = [tuple(map(float, record.stdout.split())) for record in records]
    at_once = [sum(began <= at < ended for began, ended in spans) for at, _ in spans]
    assert max(at_once) == 2


def test_a_record_may_call_for_further_jobs(bench: Bench) -> None:
    seen: list[str] = []

    def on_record(record: Record) -> list[Job]:
        seen.append(record.trial)
        return [bench.job("pass", id="second")] if record.trial == "first" else []

    bench.pool.run([bench.job("pass", id="first")], on_record)
    assert seen == ["first", "second"]


def test_a_host_that_is_killed_loses_nothing_and_comes_back(bench: Bench) -> None:
    records: list[Record] = []
    with Pool(slots=1) as pool:
        pool.run([bench.job("pass", id="before")], records.append)
        host = next(iter(pool._hosts.values())).process
        killer = subprocess.Popen(["sh", "-c", f"sleep 1; kill -9 {host.pid}"])
        jobs = [bench.job(LONG.replace("60", "3"), id="lost"), bench.job("pass", id="after")]
        pool.run(jobs, records.append)
        killer.wait()
    assert [(record.trial, record.worker) for record in records] == [
        ("before", WorkerEnd.FINISHED),
        ("lost", WorkerEnd.FINISHED),
        ("after", WorkerEnd.FINISHED),
    ]


STOPPED = """
import sys
from pathlib import Path
from debugdiff.execute import execute
from debugdiff.model import *

def job(name, source):
    return Job(id=name, case_folder="/nowhere", files={"p.py": source}, program="p.py",
        stack=Stack.PYTORCH, mode=Mode.DEFAULT, instrument=Instrument.NONE, seed=0,
        size=Size.TINY, budget=Budget(), contract=False)

def on_record(record):
    print(record.trial, record.program, flush=True)

child = "import subprocess, time; subprocess.Popen(['sleep', '77'], start_new_session=True); "
try:
    execute([job("quick", "pass"), job("slow", child + "time.sleep(60)")],
        slots=2, on_record=on_record, warm=sys.argv[2] == "warm")
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def started(folder: Path, warmth: str) -> subprocess.Popen[str]:
    """A campaign of its own. What one that is killed leaves on the disk stays in the folder."""
    return subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(folder), warmth],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )


def wait_for_sleep(process: int) -> tuple[int, ...]:
    """The processes of a campaign, once its slow program has started its own child."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        family = descendants(process)
        if any(b"sleep\x0077" in command_of(each) for each in family):
            return family
        time.sleep(0.05)
    raise AssertionError("the slow program never started")


def command_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def all_gone(family: tuple[int, ...], within: float) -> bool:
    give_up = time.monotonic() + within
    while time.monotonic() < give_up:
        if not any(command_of(each) for each in family):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("warmth", ["warm", "cold"])
def test_ctrl_c_keeps_what_is_finished_and_ends_everything(tmp_path: Path, warmth: str) -> None:
    with started(tmp_path, warmth) as campaign:
        assert campaign.stdout is not None
        assert campaign.stdout.readline() == "quick ok\n"
        family = wait_for_sleep(campaign.pid)
        campaign.send_signal(signal.SIGINT)
        assert campaign.stdout.readline() == "stopped\n"
    assert all_gone(family, 5)


@pytest.mark.parametrize("warmth", tried("warm", more=("cold",)))
def test_killing_the_campaign_ends_its_whole_family(tmp_path: Path, warmth: str) -> None:
    with started(tmp_path, warmth) as campaign:
        family = wait_for_sleep(campaign.pid)
        campaign.kill()
    assert all_gone(family, 5)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("warmth", tried("warm", more=("cold",)))
def test_an_impatient_second_ctrl_c_leaves_nothing_behind_either(
    tmp_path: Path, warmth: str
) -> None:
    with started(tmp_path, warmth) as campaign:
        family = wait_for_sleep(campaign.pid)
        for _ in range(3):
            campaign.send_signal(signal.SIGINT)
            time.sleep(0.02)
        campaign.wait(timeout=15)
    assert all_gone(family, 5)
    assert left_in(tmp_path) == []


def left_in(folder: Path) -> list[str]:
    """What debugdiff itself left; PyTorch keeps a cache there, whoever imports it."""
    return [each.name for each in folder.iterdir() if each.name.startswith("debugdiff-")]


def test_a_disk_without_room_costs_a_trial_and_not_the_campaign(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spool is taken away: to a host that is like a disk that takes no folder more."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    records: list[Record] = []

    def take_the_spool_away(record: Record) -> list[Job]:
        records.append(record)
        for spool in tmp_path.glob("debugdiff-*"):
            shutil.rmtree(spool, ignore_errors=True)  # the trial removes its own folder, too
        return [bench.job("pass", id="second")] if len(records) == 1 else []

    execute([bench.job("pass", id="first")], slots=1, on_record=take_the_spool_away)
    assert [record.worker for record in records] == [WorkerEnd.FINISHED, WorkerEnd.NOT_STARTED]
    assert "No folder could be made" in records[1].note


def test_no_room_for_temporary_files_at_all_is_the_users_error(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(DebugdiffError, match="No temporary folder can be made") as caught:
        execute([bench.job("pass")], slots=1, on_record=lambda _: None)
    assert "TMPDIR" in caught.value.hint


def test_versions_are_known_without_importing_a_framework() -> None:
    code = """
    import sys
    from debugdiff.execute import stack_versions
    from debugdiff.model import Stack
    print(stack_versions(Stack.PYTORCH)["torch"], stack_versions(Stack.KERAS_JAX))
    assert not {"torch", "keras", "jax", "pydantic", "numpy"} & set(sys.modules)
    """
    told = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    import torch

    assert told.stdout == f"{torch.__version__} None\n"


@pytest.fixture(scope="module")
def other_interpreter(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment that has this one's frameworks by a path file, and no debugdiff."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    here = Path(metadata.distribution("torch").locate_file(""))
    packages = next((folder / "lib").glob("python*")) / "site-packages"
    for package in here.iterdir():
        if "debugdiff" not in package.name and package.suffix != ".pth":
            (packages / package.name).symlink_to(package)
    return str(folder / "bin" / "python")


def test_another_interpreter_gets_the_worker_alone(bench: Bench, other_interpreter: str) -> None:
    assert stack_versions(
        Stack.PYTORCH, on_pytorch(other_interpreter)[Stack.PYTORCH]
    ) == stack_versions(Stack.PYTORCH)
    source = """
    import sys, torch, debugdiff.corpora
    print(sys.prefix)
    try:
        import debugdiff.cli
    except ImportError:
        print("no more than the worker")
    """
    records: list[Record] = []
    execute(
        [bench.job(source)],
        slots=1,
        on_record=records.append,
        interpreters=on_pytorch(other_interpreter),
    )
    prefix, rest = records[0].stdout.splitlines()
    assert prefix == str(Path(other_interpreter).parent.parent)
    assert rest == "no more than the worker"


def test_an_interpreter_that_does_not_exist_is_the_users_error(bench: Bench) -> None:
    with pytest.raises(StackError, match="cannot be started"):
        execute(
            [bench.job("pass")],
            slots=1,
            on_record=lambda _: None,
            interpreters=on_pytorch("/nowhere/python"),
        )
    assert stack_versions(Stack.PYTORCH, on_pytorch("/nowhere/python")[Stack.PYTORCH]) is None


def test_a_framework_that_cannot_be_imported_is_said_once_per_trial(
    bench: Bench, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False, symlinks=True)
    python = str(bare / "bin" / "python")
    assert stack_versions(Stack.PYTORCH, on_pytorch(python)[Stack.PYTORCH]) is None
    for warm in (True, False):
        records: list[Record] = []
        execute(
            [bench.job("pass")],
            slots=1,
            on_record=records.append,
            interpreters=on_pytorch(python),
            warm=warm,
        )
        assert records[0].worker is WorkerEnd.NOT_STARTED
        assert "No module named" in records[0].note


def test_statement_probes_find_their_recorder(bench: Bench) -> None:
    record = bench.run(
        "import torch\nx = torch.ones(2); __debugdiff_record__('1', x)\n",
        instrument=Instrument.STATEMENTS,
        statements={"1": StatementSite(line=2, name="x", function="")},
    )
    assert record.program is ProgramEnd.OK, record.stderr
    assert [(each.name, each.concrete) for each in record.statements] == [("x", 1)]


def test_environment_of_the_user_does_not_change_a_trial(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setenv("OMP_NUM_THREADS", str(os.cpu_count()))
    source = "import keras, torch; print(keras.backend.backend(), torch.get_num_threads())"
    records: list[Record] = []
    job = bench.job(source, stack=Stack.KERAS_TORCH)
    execute([job], slots=1, on_record=records.append)
    assert records[0].stdout == "torch 1\n"
