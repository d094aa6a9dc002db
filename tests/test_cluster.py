"""Campaigns on clusters: the same records as without one, whatever is killed on the way."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import subprocess
import threading
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clusters import FINISHED, INCOMPLETE, Campaign, campaign, hosts_in, machines
from command_line import debugdiff
from extent import tried
from holding import marked_environment, processes_left
from stub_stack import stub_interpreter

from debugdiff.cluster import Cluster
from debugdiff.cluster.batches import Batches, Member
from debugdiff.cluster.messages import decode, encode
from debugdiff.cluster.profile import read_profile
from debugdiff.errors import DebugdiffError
from debugdiff.model import Budget, Instrument, Job, Mode, Record, Size, Stack, WorkerEnd
from debugdiff.store.merging import merge
from debugdiff.worker.process.describing import empty_record

if TYPE_CHECKING:
    from collections.abc import Callable


# --- what was typed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("", "local", "local:0", "local:-1", "local:2.5", "local:٣", "local:100000", "mpi:4"),
        *("tcp:127.0.0.1:8786", "tcp://127.0.0.1", "tcp://:8786", "tls://host:99999", "slurm:"),
        "LOCAL:4",
    ],
)
def test_what_is_no_cluster_is_refused(text: str) -> None:
    with pytest.raises(DebugdiffError, match="names no cluster") as error:
        Cluster.parse(text)
    assert error.value.slug == "cluster-unknown"


@pytest.mark.parametrize("text", ["tcp://example.org:8786", "tcp://192.0.2.1:1", "tcp://[::2]:1"])
def test_another_machine_without_encryption_is_refused(text: str) -> None:
    with pytest.raises(DebugdiffError, match="without encryption"):
        Cluster.parse(text)


@pytest.mark.parametrize(
    "text",
    ["local:4", "tcp://127.0.0.1:8786", "tcp://[::1]:1", "tcp://localhost:1", "tls://a.b:8786"],
)
def test_a_cluster_is_what_was_typed(text: str) -> None:
    assert str(Cluster.parse(text)) == text


def test_without_dask_the_command_that_installs_it_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr("debugdiff.cluster.starting.metadata.version", missing)
    shown = debugdiff("run", "gru_sentiment", "--cluster", "local:2")
    assert shown.returncode == 2
    assert "pip install 'debugdiff[dask]'" in shown.stderr


# --- batches -------------------------------------------------------------------------------------


def a_job(name: str, **options: Any) -> Job:
    defaults: dict[str, Any] = {"stack": Stack.PYTORCH, "compiled": "", "files": {"p.py": "pass"}}
    return Job(
        id=name,
        case_folder="/nowhere",
        program="p.py",
        mode=Mode.DEFAULT,
        instrument=Instrument.NONE,
        seed=0,
        size=Size.TINY,
        budget=Budget(),
        **{**defaults, **options},
    )


def batches_of(jobs: list[Job], *addresses: str, threads: int = 1) -> Batches:
    batches = Batches()
    batches.add(jobs)
    for address in addresses:
        member = Member(address=address, host=address, away=address, threads=threads)
        batches.members[address] = member
    return batches


def answer(batches: Batches, *, dies: Callable[[Job], bool] = lambda _: False) -> list[Record]:
    """Run everything; a machine dies of a batch with such a job, with all that it has, and is back.

    The records, those of lost jobs included.
    """
    records: list[Record] = []
    while batches.unfinished:
        given = list(batches.give_out())
        assert given
        for member in list(batches.members.values()):
            running = list(member.batches)
            if any(dies(job) for batch in running for job in batch.jobs):
                for batch in running:
                    records += batches.lost(member, batch)
                continue
            for batch in running:
                done = [empty_record(job.id, WorkerEnd.FINISHED) for job in batch.jobs]
                batches.done(member, batch, done)
                records += done
    return records


def test_every_job_has_one_record_and_batches_grow() -> None:
    batches = batches_of([a_job(str(number)) for number in range(500)], "a", "b", threads=3)
    sizes = []
    give_out = batches.give_out

    def seen() -> Any:
        for member, batch in give_out():
            sizes.append(len(batch.jobs))
            assert member.jobs < member.threads + 2 * 32
            yield member, batch

    batches.give_out = seen  # type: ignore[method-assign]
    records = answer(batches)
    assert sorted(record.trial for record in records) == sorted(map(str, range(500)))
    assert max(sizes) == 32
    assert sizes[0] == sizes[-1] == 1  # nothing is known yet; the rest is shared


def test_what_is_lost_three_times_is_given_up_and_nothing_else_is() -> None:
    jobs = [a_job(str(number)) for number in range(40)]
    records = answer(batches_of(jobs, "a", "b"), dies=lambda job: job.id == "17")
    ends = {record.trial: record.worker for record in records}
    assert ends.pop("17") is WorkerEnd.NOT_STARTED
    assert set(ends.values()) == {WorkerEnd.FINISHED}
    assert len(records) == 40
    (lost,) = (record for record in records if record.trial == "17")
    assert lost.note.startswith("Lost 3 times")


def test_what_times_out_far_from_its_clean_run_runs_again_there() -> None:
    clean = replace(empty_record("clean", WorkerEnd.FINISHED), host="a")
    batches = batches_of([], "a", "b")
    batches.add([a_job(str(number)) for number in range(6)], after=clean)
    ran = []
    while batches.unfinished:
        for member, batch in list(batches.give_out()):
            late = replace(empty_record(batch.jobs[0].id, WorkerEnd.TIMEOUT), host=member.away)
            ran += batches.done(member, batch, [late])
    assert sorted(record.trial for record in ran) == sorted(map(str, range(6)))
    assert {record.host for record in ran} == {"a"}

    batches.add([a_job("last")], after=clean)  # and where that machine is gone, the record counts
    del batches.members["a"]
    ((member, batch),) = batches.give_out()
    late = replace(empty_record("last", WorkerEnd.TIMEOUT), host="b")
    assert batches.done(member, batch, [late]) == [late]


def test_times_of_two_machines_do_not_compare() -> None:
    clean = replace(empty_record("clean", WorkerEnd.FINISHED), processor_seconds=1.0)
    late = replace(empty_record("late", WorkerEnd.TIMEOUT), processor_seconds=30.0)
    assert late.outlasts(clean)
    assert not replace(late, host="b").outlasts(clean)


def test_a_machine_keeps_its_stack_and_its_program() -> None:
    jobs = [
        a_job(f"{stack}{program}{number}", stack=stack, compiled=program)
        for stack in (Stack.PYTORCH, Stack.KERAS_TENSORFLOW)
        for program in "xy"
        for number in range(20)
    ]
    batches = batches_of(jobs, "a", "b")
    ran: dict[str, list[tuple[str, str]]] = {"a": [], "b": []}
    give_out = batches.give_out

    def seen() -> Any:
        for member, batch in give_out():
            ran[member.host] += [(job.stack, job.compiled) for job in batch.jobs]
            yield member, batch

    batches.give_out = seen  # type: ignore[method-assign]
    answer(batches)
    for groups in ran.values():
        assert len({stack for stack, _ in groups}) == 1
        assert sum(a != b for a, b in itertools.pairwise(groups)) == 1


def test_jobs_go_over_the_network_as_lines_of_json() -> None:
    jobs = [a_job("1", files={"p.py": "print('ä\n\ud800')"}), a_job("2")]
    lines = encode(jobs)
    assert lines.count(b"\n") == 1
    back = decode(Job, lines)
    assert back[1] == jobs[1]
    assert back[0].files["p.py"].startswith("print('ä\n")
    with pytest.raises(ValueError, match="json"):
        decode(Job, b"cbuiltins\neval\n")


# --- campaigns -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """A campaign that has run once without a cluster, into `plain`."""
    folder = tmp_path_factory.mktemp("cluster")
    made = campaign(folder, stub_interpreter(folder / "stub"))
    status, printed = made.run("plain")
    assert status == INCOMPLETE, printed
    assert len(made.records("plain")) == 16
    return made


def test_a_cluster_gives_the_records_of_a_plain_run_and_of_shards(toy: Campaign) -> None:
    with marked_environment() as scene:
        status, printed = toy.run("local", "--cluster", "local:2")
        left = processes_left(scene)
    assert status == INCOMPLETE, printed
    assert toy.records("local") == toy.records("plain")
    assert hosts_in(toy.folder / "local") == {""}
    assert left == ""
    for part in ("1/2", "2/2"):
        toy.run(f"part{part[0]}", "--shard", part)
    merged = merge(toy.folder / "merged", [toy.folder / "part1", toy.folder / "part2"])
    assert merged.is_whole
    assert toy.records("merged") == toy.records("plain")
    _again, printed = toy.run("local", "--cluster", "local:2", "--sandbox", "off")
    assert "16 reused" in printed  # nothing runs twice


def read_until(process: subprocess.Popen[str], finished: int) -> str:
    """What a campaign prints until so many trials are finished."""
    assert process.stdout is not None
    printed = ""
    while len(FINISHED.findall(printed)) < finished:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    return printed


@pytest.mark.parametrize("victim", tried("worker", more=("scheduler", "client")))
def test_what_is_killed_takes_nothing_finished_with_it(
    toy: Campaign, tmp_path: Path, victim: str
) -> None:
    with marked_environment() as scene:
        with (
            machines(tmp_path, "", "") as cluster,
            toy.start(victim, "--cluster", cluster.address) as process,
        ):
            printed = read_until(process, 3)
            killed = {"worker": cluster.workers[0], "scheduler": cluster.scheduler}
            killed.get(victim, process).kill()  # type: ignore[attr-defined]
            rest, _ = process.communicate()
        left = processes_left(scene)
    printed += rest
    assert "Traceback" not in printed
    finished = FINISHED.findall(printed)
    assert len(finished) == len(set(finished))
    stored = {name[:8] for name in toy.records(victim)}
    assert set(finished) <= stored
    assert left == ""
    if victim == "worker":
        assert process.returncode == INCOMPLETE
        assert toy.records(victim) == toy.records("plain")
    if victim == "scheduler":
        assert process.returncode == 2
        assert "is gone" in printed
        _, again = toy.run(victim)
        assert f"{len(stored)} reused" in again
        assert toy.records(victim) == toy.records("plain")


def test_ctrl_c_ends_the_campaign_and_its_workers(toy: Campaign) -> None:
    with marked_environment() as scene:
        with toy.start("interrupted", "--cluster", "local:2") as process:
            printed = read_until(process, 2)
            os.killpg(process.pid, signal.SIGINT)
            rest, _ = process.communicate()
        left = processes_left(scene)
    assert process.returncode == 130
    assert "Traceback" not in rest
    assert "Interrupted." in rest
    assert {*FINISHED.findall(printed + rest)} <= {name[:8] for name in toy.records("interrupted")}
    assert left == ""


# --- what does not fit ---------------------------------------------------------------------------


def test_a_scheduler_that_is_not_there_is_a_sentence(toy: Campaign) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    status, printed = toy.run("bad", "--cluster", f"tcp://127.0.0.1:{port}")
    assert status == 2
    assert "error: No dask scheduler can be reached" in printed
    assert "Traceback" not in printed


def test_what_answers_and_is_no_scheduler_is_a_sentence(
    toy: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "2s")

    def greet() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=greet, daemon=True).start()
        status, printed = toy.run("bad", "--cluster", f"tcp://127.0.0.1:{server.getsockname()[1]}")
        server.shutdown(socket.SHUT_RDWR)
    assert status == 2
    assert "error: No dask scheduler can be reached" in printed
    assert "Traceback" not in printed


OTHER_DASK = "import distributed.versions\ndistributed.versions.version = lambda _: '2020.1.0'"
OTHER_DEBUGDIFF = "import debugdiff\ndebugdiff.__version__ = '0.0.0'"
OTHER_TORCH = """
import debugdiff.execute
debugdiff.execute.stack_versions = lambda *_: {"python": "3", "torch": "9.9", "numpy": "0.0"}
"""
NO_DEBUGDIFF = """
import sys
class Finder:
    def find_spec(self, name, *_):
        if name.startswith("debugdiff"):
            raise ModuleNotFoundError(f"No module named {name!r}")
sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize(
    ("scheduler", "worker", "sentence"),
    [
        (OTHER_DASK, "", "has distributed 2020.1.0, this machine"),
        ("", OTHER_DEBUGDIFF, "has another debugdiff: version 0.0.0 and not"),
        ("", OTHER_TORCH, "torch 9.9 and not 0.0"),
        ("", NO_DEBUGDIFF, "has no debugdiff"),
    ],
)
def test_a_machine_that_does_not_fit_is_a_sentence(
    toy: Campaign, tmp_path: Path, scheduler: str, worker: str, sentence: str
) -> None:
    with machines(tmp_path, worker, scheduler=scheduler) as cluster:
        status, printed = toy.run("bad", "--cluster", cluster.address)
    assert status == 2, printed
    assert "Warning" not in printed
    assert sentence in " ".join(printed.split())
    assert "Traceback" not in printed


# --- Slurm ---------------------------------------------------------------------------------------

PROFILE = """
jobs = 2
cores = 1
memory = "2GB"
walltime = "00:20:00"
account = "nlp"
queue = "short"
job_script_prologue = ["export FROM_PROFILE=yes"]
interface = "lo"
shared_temp_directory = "{folder}"
log_directory = "{folder}"
local_directory = "{folder}"
"""
_SBATCH = """#!/bin/sh
script="{folder}/submitted-$$.sh"
cp "$1" "$script"
setsid sh "$script" >>"{folder}/job.log" 2>&1 &
echo "Submitted batch job $!"
"""
_SCANCEL = """#!/bin/sh
for job; do kill -TERM -- "-$job" 2>/dev/null; done
exit 0
"""


def test_a_slurm_profile_becomes_jobs_and_their_workers_run_the_trials(
    toy: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("sbatch", _SBATCH), ("scancel", _SCANCEL)):
        (tmp_path / name).write_text(text.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    profile = tmp_path / "profile.toml"
    profile.write_text(PROFILE.format(folder=tmp_path))
    with marked_environment() as scene:
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        status, printed = toy.run("slurm", "--cluster", f"slurm:{profile}")
        left = processes_left(scene)
    assert status == INCOMPLETE, printed
    assert toy.records("slurm") == toy.records("plain")
    assert left == ""
    script = next(tmp_path.glob("submitted-*.sh")).read_text()
    for line in ("#SBATCH -p short", "#SBATCH -A nlp", "#SBATCH -t 00:20:00", "#SBATCH --mem=2G"):
        assert line in script
    assert "export FROM_PROFILE=yes" in script
    assert "tls://127.0.0.1:" in script
    assert "--tls-key" in script


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("jobs = ", "cannot be read"),
        ("jobs = " + "[" * 5_000, "cannot be read"),
        ("cores = 1", "needs `jobs`"),
        ("jobs = true", "needs `jobs`"),
        ("jobs = 0", "needs `jobs`"),
        ("jobs = 1\ncores = 1\nmemory = '1GB'", "needs `shared_temp_directory`"),
        (f"{PROFILE}\nsecurity = false", "it is always TLS"),
    ],
)
def test_a_profile_that_cannot_be_used_is_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text(text)
    with pytest.raises(DebugdiffError, match=sentence):
        read_profile(profile)
    with pytest.raises(DebugdiffError, match="cannot be read"):
        read_profile(tmp_path / "missing.toml")
