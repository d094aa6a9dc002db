"""Campaigns on clusters of this machine, for tests and `benchmarks/cluster.py`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING

from debugdiff.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from debugdiff.model import Record

PROGRAM = """
import os
import signal
import time
import torch


def main(seed=0, size="tiny"):
    print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())), signal.getsignal(signal.SIGINT))
    print({name: value for name, value in os.environ.items() if "THREADS" in name})
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    return {"accuracy": seed / 8}


if __name__ == "__main__":
    main()
"""
INCOMPLETE = 3
"""What a campaign on a stub ends with: trials with layer probes cannot run there."""
FINISHED = re.compile(r"^([0-9a-f]{8}) .* s  ok ", re.MULTILINE)
_STARTING_SECONDS = 60.0
_TRIAL_TIMES = {"seconds": 0.0, "processor_seconds": 0.0, "waited_seconds": 0.0, "peak_memory": 0}


@dataclass
class Campaign:
    """Programs on a stub, and the command that runs them into a store."""

    folder: Path
    interpreter: str
    seeds: int = 4

    def command(self, store: str, *options: str) -> list[str]:
        """The whole command."""
        seeds = [part for seed in range(self.seeds) for part in ("--seed", str(seed))]
        return [
            *(sys.executable, "-m", "debugdiff", "run", str(self.folder / "toy"), *seeds),
            *("--verbose", "--bug", "loss/arguments-swapped", "--store", str(self.folder / store)),
            *("--python", f"pytorch={self.interpreter}", *options),
        ]

    def start(self, store: str, *options: str) -> subprocess.Popen[str]:
        """Start it; both of its streams are read as text."""
        return subprocess.Popen(
            self.command(store, *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            start_new_session=True,
        )

    def run(self, store: str, *options: str) -> tuple[int, str]:
        """Run it to its end: the status, and what it printed."""
        with self.start(store, *options) as process:
            printed, _ = process.communicate()
        return process.returncode, printed

    def records(self, store: str) -> dict[str, Record]:
        """What it stored, by id, without what differs from one run to the next."""
        return records_in(self.folder / store)


def campaign(folder: Path, interpreter: str, **options: int) -> Campaign:
    """Two programs in a folder of their own."""
    (folder / "toy").mkdir()
    for number in range(2):
        (folder / "toy" / f"program_{number}.py").write_text(PROGRAM, encoding="utf-8")
    return Campaign(folder, interpreter, **options)


def records_in(path: Path) -> dict[str, Record]:
    """The records of a store by id, without times, memory and machine."""
    with Store(path) as store:
        known = {trial.id: store.get(trial) for trial in store.trials()}
    return {
        name: replace(result.record, host="", **_TRIAL_TIMES)
        for name, result in known.items()
        if result
    }


def hosts_in(path: Path) -> set[str]:
    """The machines that records of a store name."""
    with Store(path) as store:
        results = (store.get(trial) for trial in store.trials())
        return {result.record.host for result in results if result}


@dataclass
class Machines:
    """A scheduler and its workers, each a process of its own."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)


@contextmanager
def machines(folder: Path, *changes: str, scheduler: str = "") -> Iterator[Machines]:
    """A scheduler of dask on this machine, with a worker for each of `changes`.

    Args:
        folder: for what they write.
        changes: Python that a worker runs first.
        scheduler: Python that the scheduler runs first.
    """
    with ExitStack() as stack, (folder / "dask.log").open("wb") as log:
        file = folder / "scheduler.json"
        file.unlink(missing_ok=True)
        options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        process = start_dask(
            "dask_scheduler", scheduler, log, *options, "--scheduler-file", str(file)
        )
        stack.callback(stop, process)
        found = Machines(address_in(file), process)
        for change in changes:
            options = ("--nthreads", "1", "--no-nanny", "--no-dashboard")
            where = ("--local-directory", str(folder))
            worker = start_dask("dask_worker", change, log, found.address, *options, *where)
            stack.callback(stop, worker)
            found.workers.append(worker)
        yield found


def start_dask(
    command: str, change: str, log: IO[bytes], *arguments: str, inside: tuple[str, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start a scheduler or a worker.

    Args:
        command: `dask_scheduler` or `dask_worker`.
        change: Python that runs first.
        log: the file for what it prints.
        arguments: of the command.
        inside: what starts it in a namespace.
    """
    code = f"{change}\nimport sys\nfrom distributed.cli.{command} import main\nsys.exit(main())"
    variables = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "10s"}
    return subprocess.Popen(
        [*inside, sys.executable, "-c", code, *arguments],
        stdout=log,
        stderr=log,
        env={**os.environ, **variables},
        start_new_session=True,
    )


def address_in(file: Path) -> str:
    """The address that a scheduler writes into its file when it is ready."""
    give_up = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < give_up:
        try:
            facts: Mapping[str, str] = json.loads(file.read_text())
        except (OSError, ValueError):
            time.sleep(0.1)
        else:
            return facts["address"]
    raise AssertionError("the scheduler did not start")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process, in the end by force."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
