"""The same crash in every mode and on every back end: which of them prints the line to suspect."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff.model import Framework, Location, Mode, Stack
from debugdiff.plan import MODES
from debugdiff.scripts import run_script
from debugdiff.worker.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.model import Failure, Record, ScriptRun
    from debugdiff.scripts import ScriptRequest
    from debugdiff.suspects.explaining import Explanation


_FRAME = re.compile(r'File "([^"\n]+)", line (\d{1,9})')


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRun:
    """One run of the script.

    Attributes:
        type: the exception's; empty where none ended it.
        looked_at: the innermost line of the user's that the traceback prints.
        names: whether the line that is suspected first is printed: in the traceback, or in a
            warning, as PyTorch's anomaly mode does it.
        frames: lines of code that the traceback prints, the framework's with them.
        seconds: of the program itself, on the clock.
    """

    stack: Stack
    mode: Mode
    type: str
    looked_at: Location | None
    names: bool
    frames: int
    seconds: float

    @property
    def switch(self) -> str:
        """The options that run it so: `--stack keras-torch --mode eager`."""
        mode = "" if self.mode is Mode.DEFAULT else f" --mode {self.mode}"
        return f"--stack {self.stack}{mode}"


def try_modes(
    found: Explanation, request: ScriptRequest, say: Callable[[str], None]
) -> tuple[ModeRun, ...]:
    """Run a script that crashed in every other way that fits; the first is how it ran already.

    Args:
        found: what is known of the crash.
        request: how it was run.
        say: is given a sentence before each run.
    """
    failure = found.run.record.failure
    if failure is None or found.run.stack is None:
        return ()
    runs = [_mode_run(found.run, found)]
    for stack, mode in _others(found.run.stack, found.run.mode):
        say(f"Running it with --stack {stack} --mode {mode} ...")
        again = replace(request, stack=stack, mode=mode, echo=False)
        runs.append(_mode_run(run_script(again), found, stack))
    return tuple(runs)


def _others(stack: Stack, mode: Mode) -> Iterator[tuple[Stack, Mode]]:
    """The stack's own modes, then the other back ends that are installed."""
    yield from ((stack, other) for other in MODES[stack] if other is not mode)
    for other in Stack:
        is_back_end = stack.framework is Framework.KERAS is other.framework
        if is_back_end and other is not stack and installed_versions(other):
            yield other, Mode.DEFAULT


def _mode_run(run: ScriptRun, found: Explanation, stack: Stack | None = None) -> ModeRun:
    record = run.record
    return ModeRun(
        stack=stack or run.stack or Stack.PYTORCH,
        mode=run.mode,
        type=record.failure.type if record.failure else "",
        looked_at=_looked_at(record.failure),
        names=_names(record, found),
        frames=len(record.failure.frames) if record.failure else 0,
        seconds=record.seconds,
    )


def _looked_at(failure: Failure | None) -> Location | None:
    own = failure.own_frames if failure else ()
    return Location(own[-1].file, own[-1].line) if own else None


def _names(record: Record, found: Explanation) -> bool:
    lines = {(found.paths.get(suspect.file), suspect.line) for suspect in found.suspects[:1]}
    own = record.failure.own_frames if record.failure else ()
    printed = {(frame.file, frame.line) for frame in own}
    for text in (record.stderr, *(warning.message for warning in record.warnings)):
        printed |= {(file, int(line)) for file, line in _FRAME.findall(text)}
    return not lines.isdisjoint(printed)
