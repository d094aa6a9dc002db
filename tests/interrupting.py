"""Campaigns that are killed, run twice at once or out of disk, and what has to hold of each.

No finished record is lost, nothing is left behind, and what is said is a sentence. The programs run
on a stub without a framework, so trials with layer probes cannot: a whole campaign exits with 3.
`benchmarks/interrupted.py` does it many times, `test_interrupted.py` a few.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from holding import left_behind, marked_environment, processes_left

from debugdiff.errors import DebugdiffError
from debugdiff.store import Store
from debugdiff.store.repair import check

PROGRAM = """
import time
import torch


def main(seed=0, size="tiny"):
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    return {"accuracy": 1.0}


if __name__ == "__main__":
    main()
"""
_PROGRAMS, _SEEDS = 2, 3
TRIALS = 2 * _PROGRAMS * _SEEDS
"""That have a record: the bare ones and those with statement probes."""
_INCOMPLETE = 3
_FINISHED = re.compile(r"^([0-9a-f]{8}) .* s  ok ", re.MULTILINE)


@dataclass
class Campaign:
    """A folder with programs, a store, and the command that runs the one into the other."""

    folder: Path
    interpreter: str
    store: Path

    @property
    def command(self) -> list[str]:
        """The whole command."""
        seeds = [part for seed in range(_SEEDS) for part in ("--seed", str(seed))]
        return [
            *(sys.executable, "-m", "debugdiff", "run", str(self.folder), *seeds, "--verbose"),
            *("--python", f"pytorch={self.interpreter}", "--store", str(self.store)),
            *("--bug", "loss/arguments-swapped"),
        ]

    def start(self, **options: object) -> subprocess.Popen[str]:
        """Start it; both of its streams are read as text."""
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(self.command, **{**streams, **options})  # type: ignore[call-overload,no-any-return]

    def stored(self) -> set[str]:
        """The first letters of the ids of all records that can be read."""
        if not self.store.exists():
            return set()
        with Store(self.store) as store:
            return {trial.id[:8] for trial in store.trials() if store.get(trial) is not None}


@contextmanager
def campaign(interpreter: str, store: Path | None = None) -> Iterator[Campaign]:
    """A campaign in a place of its own, with the environment that marks its processes.

    Args:
        interpreter: the Python that has the stub.
        store: where its records go; `None`: beside the programs.
    """
    with tempfile.TemporaryDirectory(prefix="interrupted-") as place:
        folder = Path(place) / "toy"
        folder.mkdir()
        for number in range(_PROGRAMS):
            (folder / f"program_{number}.py").write_text(PROGRAM, encoding="utf-8")
        yield Campaign(folder, interpreter, store or Path(place) / "store.sqlite3")


def problems_after(one: Campaign, printed: str) -> Iterator[str]:
    """What is wrong with the store after a campaign that printed this, and with the next run."""
    finished = set(_FINISHED.findall(printed))
    if "itself failed" in printed or "Traceback" in printed:
        yield printed[-800:]
    with suppress(FileNotFoundError):
        if one.store.exists() and not check(one.store).is_whole:
            yield "the store is damaged"
    lost = finished - one.stored()
    if lost:
        yield f"{len(lost)} finished records are lost"
    with one.start() as again:
        said, _ = again.communicate()
    if again.returncode != _INCOMPLETE or len(one.stored()) != TRIALS:
        yield f"the next run ends with {again.returncode}: {said[-800:]}"
    reused = re.search(r"(\d+) reused", said)
    if not reused or int(reused[1]) < len(finished):
        yield f"of {len(finished)} records {reused and reused[1]} were used again"


def kill_at(seconds: float, interpreter: str) -> tuple[str, int]:
    """Kill a campaign at a moment: what is wrong then, and how many records it had finished."""
    with campaign(interpreter) as one, marked_environment() as scene:
        with one.start() as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            process.kill()
            printed = _rest(process)
        left = processes_left(scene)
        problems = [*problems_after(one, printed)]
        left += left_behind(scene)  # of its files the next run removes what a killed one could not
    problems += [f"left behind: {left}"] if left else []
    return "; ".join(problems), len(set(_FINISHED.findall(printed)))


def _rest(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.read()


def seconds_of_a_campaign(interpreter: str) -> float:
    """How long one takes that nobody disturbs."""
    with campaign(interpreter) as one, marked_environment():
        began = time.monotonic()
        with one.start() as process:
            process.communicate()
        return time.monotonic() - began


def two_at_once(interpreter: str) -> str:
    """Run a campaign twice at the same time into one store: what is wrong then."""
    with campaign(interpreter) as one, marked_environment() as scene:
        with one.start() as first, one.start() as second:
            printed = [process.communicate()[0] for process in (first, second)]
        left = left_behind(scene)
        problems = [f"left behind: {left}"] if left else []
        for process, text in zip((first, second), printed, strict=True):
            if process.returncode != _INCOMPLETE:
                problems.append(f"exit status {process.returncode}: {text[-500:]}")
        problems += problems_after(one, "".join(printed))
    return "; ".join(problems)


# --- no room -------------------------------------------------------------------------------------


@contextmanager
def small_disk(size: int) -> Iterator[tuple[Path, Callable[[], None]]]:
    """A disk with so many bytes, and a way to make it large. `OSError` if it cannot be mounted."""
    with tempfile.TemporaryDirectory(prefix="small-disk-") as place:
        _mount("-t", "tmpfs", "-o", f"size={size}", "none", place)
        try:
            yield Path(place), lambda: _mount("-o", "remount,size=64m", place)
        finally:
            subprocess.run(["umount", "-l", place], check=False)


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip())


def full_disk(size: int, interpreter: str) -> tuple[str, int]:
    """Run a campaign whose store lies on a disk of so many bytes: what is wrong, what it stored."""
    with (
        small_disk(size) as (disk, enlarge),
        campaign(interpreter, disk / "store.sqlite3") as one,
        marked_environment() as scene,
    ):
        with one.start() as process:
            printed, _ = process.communicate()
        return _after_no_room(one, process.returncode, printed, left_behind(scene), enlarge)


def small_files(size: int, interpreter: str) -> tuple[str, int]:
    """The same where no file of debugdiff's own may be larger, and nothing needs a mount."""
    with campaign(interpreter) as one, marked_environment() as scene:
        limit = (size, size)
        with one.start(
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        ) as process:
            printed, _ = process.communicate()
        return _after_no_room(one, process.returncode, printed, left_behind(scene), lambda: None)


def _after_no_room(
    one: Campaign, status: int, printed: str, left: str, enlarge: Callable[[], None]
) -> tuple[str, int]:
    problems = [f"left behind: {left}"] if left else []
    if status != _INCOMPLETE and "error: " not in printed:
        problems.append(f"exit status {status} and no sentence: {printed[-500:]}")
    if "disk" in printed and status != _INCOMPLETE and "store" not in printed:
        problems.append(f"the sentence names no store: {printed[-500:]}")
    enlarge()
    try:
        problems += problems_after(one, printed)
    except DebugdiffError as error:
        problems.append(f"the store cannot be read: {error.message}")
    return "; ".join(problems), len(set(_FINISHED.findall(printed)))


def full_output(interpreter: str, *options: str) -> str:
    """A whole campaign, then its report onto a disk without room: what is wrong."""
    with small_disk(4_096) as (disk, _), campaign(interpreter) as one, marked_environment():
        with one.start() as process:
            process.communicate()
        (disk / "filling").write_bytes(bytes(4_096))
        command = [*one.command, *(option.format(disk=disk) for option in options)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        names = {path.name for path in disk.iterdir()} - {"filling"}
    if "itself failed" in said or "error: " not in said:
        return said[-500:]
    return f"left behind: {names}" if names else ""
