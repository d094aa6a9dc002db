"""What has to hold of a hostile program: an answer in time, nothing left behind, nothing obeyed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from hostile import INNOCENT
from stub_stack import on_pytorch

from debugdiff.campaign import RunRequest, run
from debugdiff.cases import load_script
from debugdiff.model import Instrument, ProgramEnd, Sandbox, Stack
from debugdiff.report import json as json_report
from debugdiff.report import table
from debugdiff.report.page import Page
from debugdiff.visible import visible
from debugdiff.worker.folders import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hostile import HostileProgram

    from debugdiff.model import Record

LIMIT = 1.0
"""Seconds that a program may compute or wait."""
_BEYOND = 15.0
"""Such seconds after its limit, within which it has to be ended."""
_MEMORY = 2**31
_OWN_TROUBLE = re.compile(r'itself failed|debugdiff/[^"\n]+", line \d+, in')
"""No stack that a program has C print, in which the frames below its own stand."""
_HANGS = 300.0
_GONE_SECONDS = 20.0


@dataclass
class Outcome:
    """What was seen: a problem per program where there is one, and the longest time of one.

    Attributes:
        seconds: in `run` those that count towards a limit, of a script those on the clock.
    """

    tried: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    endings: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, other: Outcome) -> None:
        """Take in what was seen of other programs."""
        self.tried += other.tried
        self.problems |= other.problems
        self.endings |= other.endings
        self.seconds = max(self.seconds, other.seconds)


def try_in_run(
    programs: Sequence[HostileProgram], interpreter: str, sandbox: Sandbox = Sandbox.OFF
) -> Outcome:
    """Run programs beside an innocent one, as `debugdiff run` does, and look at all it says.

    Args:
        programs: whose framework is a stub's.
        interpreter: the Python that has the stub.
        sandbox: what they are kept from.
    """
    outcome = Outcome(tried=len(programs))
    with _folder() as folder, marked_environment() as scene:
        sources = {"innocent": INNOCENT, **{each.name: each.source for each in programs}}
        for name, source in sources.items():
            path = folder / name / f"{name}.py"
            path.parent.mkdir()
            path.write_text(f"import torch\n{source}", encoding="utf-8")
        report = run(
            RunRequest(
                cases=tuple(load_script(folder / name / f"{name}.py") for name in sources),
                bugs=(),
                store=folder / "store.sqlite3",
                stacks=(Stack.PYTORCH,),
                instruments=(Instrument.NONE,),
                seconds=LIMIT,
                memory=_MEMORY,
                interpreters=on_pytorch(interpreter),
                sandbox=sandbox,
            )
        )
        records = {result.trial.case: result.record for result in report.results}
        outcome.seconds = max(_used(record) for record in records.values())
        for name, record in records.items():
            if _used(record) > LIMIT + _BEYOND:
                outcome.problems[name] = f"it was not ended for {_used(record):.0f} s"
        for name in sources:
            outcome.endings[name] = records[name].ending if name in records else ""
            if not outcome.endings[name]:
                outcome.problems[name] = "no record and no sentence"
        if records["innocent"].program is not ProgramEnd.OK:
            outcome.problems["innocent"] = records["innocent"].ending
        page = Page(width=80)
        _look_at(outcome, "the report", table.render(report, page))
        json.loads(json_report.render(report, page))
        left = left_behind(scene)
    outcome.problems |= {"(left behind)": left} if left else {}
    return outcome


def _used(record: Record) -> float:
    """The seconds that count towards a limit."""
    return record.processor_seconds + record.waited_seconds


def try_as_script(program: HostileProgram, command: str, limit: float = 3.0) -> Outcome:
    """Run a program by `debugdiff explain` or `trace`, as its user would."""
    outcome = Outcome(tried=1)
    with _folder() as folder, marked_environment() as scene:
        path = folder / "program.py"
        path.write_text(program.source, encoding="utf-8")
        began = time.monotonic()
        line = [sys.executable, "-m", "debugdiff", command, "program.py", "--timeout", f"{limit}"]
        with subprocess.Popen(
            line,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                printed, said = process.communicate(timeout=_HANGS)
            except subprocess.TimeoutExpired:
                process.kill()
                printed, said = process.communicate()
                outcome.problems[program.name] = "it hangs"
        outcome.seconds = time.monotonic() - began
        shown = printed.decode(errors="surrogateescape")
        _look_at(outcome, program.name, shown)
        errors = said.decode(errors="replace")
        if not shown.strip() and "error: " not in errors:
            outcome.problems[program.name] = f"no sentence: {errors[-300:]}"
        if _OWN_TROUBLE.search(errors):
            outcome.problems[program.name] = errors[-600:]
        outcome.endings[program.name] = _ending(shown) or _ending(errors)
        left = left_behind(scene)
    if left:
        outcome.problems[program.name] = f"left behind: {left}"
    return outcome


def _ending(shown: str) -> str:
    """The line that says how a script ended, or why nothing can be said."""
    lines = [line.strip() for line in shown.splitlines()]
    told = (line for line in lines[1:] if line)
    return next((line for line in lines if line.startswith("error: ")), next(told, ""))


def _look_at(outcome: Outcome, name: str, shown: str) -> None:
    """Nothing of it would be obeyed by a terminal, and nothing is debugdiff's own trouble."""
    if visible(shown) != shown:
        at = next(i for i, (a, b) in enumerate(zip(shown, visible(shown), strict=False)) if a != b)
        outcome.problems[name] = f"a terminal obeys {shown[max(at - 40, 0) : at + 40]!r}"
    if trouble := _OWN_TROUBLE.search(shown):
        outcome.problems[name] = shown[max(trouble.start() - 300, 0) : trouble.end() + 300]


@contextmanager
def _folder() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        yield place
    finally:
        remove_tree(place)  # as deep as they may have made it


@dataclass
class Scene:
    """What marks the processes that are started now, and where their temporary files go."""

    mark: str
    temporary: Path


@contextmanager
def marked_environment() -> Iterator[Scene]:
    """Processes that are started inside of it can be found again."""
    mark = uuid.uuid4().hex
    with _folder() as place:
        # In a sandbox the variables of the system alone are passed on.
        changes = {"LC_DEBUGDIFF_HOSTILE": mark, "TMPDIR": str(place)}
        with mock.patch.dict(os.environ, changes), mock.patch.object(tempfile, "tempdir", None):
            yield Scene(mark, place)


def left_behind(scene: Scene) -> str:
    """What is still there: processes, after a while, and temporary files."""
    processes = processes_left(scene)
    names = sorted(path.name for path in scene.temporary.iterdir())
    return ", ".join(filter(None, [processes, *names]))


def processes_left(scene: Scene) -> str:
    """The processes that are still there after a while; they are ended."""
    give_up = time.monotonic() + _GONE_SECONDS
    while (processes := _marked(scene.mark)) and time.monotonic() < give_up:
        time.sleep(0.1)
    for process in processes:
        os.kill(process, signal.SIGKILL)
    return ", ".join(f"process {process}" for process in processes)


def _marked(mark: str) -> list[int]:
    """The living processes that were started with this mark in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            has_mark = mark.encode() in (entry / "environ").read_bytes()
            state = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        except OSError:
            continue
        if has_mark and state not in "ZX":
            found.append(int(entry.name))
    return found
