"""From an exception of this process to its explanation; nothing is run, and nothing is changed."""

from __future__ import annotations

import ast
import linecache
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.live.loaded import LoadedProgram, LoadedWorkplace
from debugdiff.model import (
    Frame,
    Location,
    Mode,
    Owner,
    ProgramEnd,
    ScriptRun,
    Stack,
    Stage,
    WorkerEnd,
)
from debugdiff.suspects.explaining import explanation_of
from debugdiff.syntax import parse
from debugdiff.worker.failure.exceptions import capture_failure
from debugdiff.worker.failure.post_mortem import post_mortem_of
from debugdiff.worker.failure.stages import stage_of
from debugdiff.worker.failure.tracebacks import UnfilteredTraces, calls_of
from debugdiff.worker.process.describing import empty_record
from debugdiff.worker.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

    from debugdiff.suspects.explaining import Explanation
    from debugdiff.worker.failure.tracebacks import Step

TRACES = UnfilteredTraces()
"""What Keras cuts out of tracebacks, from the moment on at which somebody asks for it."""

_KERAS = {
    "tensorflow": Stack.KERAS_TENSORFLOW,
    "torch": Stack.KERAS_TORCH,
    "jax": Stack.KERAS_JAX,
}


def explain_error(error: BaseException) -> Explanation:
    """Explain an exception that was raised in this process, in the places that users know."""
    steps, workplace = TRACES.of(error), LoadedWorkplace()
    failure = capture_failure(error, steps, workplace)
    program = LoadedProgram.of(_files(failure.frames))
    record = replace(
        empty_record("live", WorkerEnd.FINISHED),
        program=ProgramEnd.RAISED,
        stage=_stage(steps, workplace),
        failure=failure,
        post_mortem=post_mortem_of(steps, workplace),
    )
    run = ScriptRun(
        path=Path(program.main or "session"),
        arguments=(),
        stack=_stack(),
        mode=Mode.DEFAULT,
        exit_status=None,
        record=record,
    )
    found = explanation_of(_as_rules_see(run, program), program.sources, program.main)
    notes = tuple(_notes(steps, failure.frames, program, workplace))
    return replace(_as_users_see(found, run, program), notes=notes)


def _files(frames: Sequence[Frame]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.file for each in frames if each.owner is Owner.USER))


def _stage(steps: Sequence[Step], workplace: LoadedWorkplace) -> Stage:
    try:
        return stage_of(calls_of(steps, workplace), step=0)
    except Exception:  # noqa: BLE001  (variables of a failed program may be in any state)
        return Stage.IMPORT


def _stack() -> Stack | None:
    """Keras, if it is loaded: it loads the others itself."""
    keras = sys.modules.get("keras")
    backend = getattr(getattr(keras, "backend", None), "backend", None)
    if callable(backend):
        return _KERAS.get(backend())
    return Stack.PYTORCH if "torch" in sys.modules else None


# --- places --------------------------------------------------------------------------------------


def _as_rules_see(run: ScriptRun, program: LoadedProgram) -> ScriptRun:
    """The run, its user frames at the lines of the files that the rules read."""
    return _with_frames(run, program.location)


def _as_users_see(found: Explanation, run: ScriptRun, program: LoadedProgram) -> Explanation:
    def shown(file: str, line: int) -> Location | None:
        at = program.location(file, line)
        return program.shown(at) if at else None

    places = [program.shown(Location(each.file, each.line)) for each in found.suspects]
    suspects = (
        replace(each, file=at.file, line=at.line)
        for each, at in zip(found.suspects, places, strict=True)
    )
    versions = installed_versions(run.stack) if run.stack else None
    seen = _with_frames(run, shown)
    seen = replace(seen, record=replace(seen.record, versions=versions or {}))
    return replace(found, run=seen, sources=program.texts, suspects=tuple(suspects))


def _with_frames(run: ScriptRun, place: Any) -> ScriptRun:
    """The run with the user's frames elsewhere, as `place` says; others stay where they are."""

    def moved(frame: Any) -> Any:
        at = place(frame.file, frame.line)
        if at is None:
            return frame
        below = at.line - frame.line
        lines: dict[str, Any] = {"file": at.file, "line": at.line}
        if isinstance(frame, Frame) and frame.end_line is not None:
            lines["end_line"] = frame.end_line + below
        return replace(frame, **lines)

    record = run.record
    assert record.failure is not None
    failure = replace(record.failure, frames=tuple(map(moved, record.failure.frames)))
    opened = record.post_mortem
    if opened is not None:
        opened = replace(opened, frames=tuple(map(moved, opened.frames)))
    return replace(run, record=replace(record, failure=failure, post_mortem=opened))


# --- what could not be looked at -----------------------------------------------------------------


def _notes(
    steps: Sequence[Step],
    frames: Sequence[Frame],
    program: LoadedProgram,
    workplace: LoadedWorkplace,
) -> Iterator[str]:
    if not any(each.owner is Owner.USER for each in frames):
        yield "No frame of your own code is in this traceback."
    for file in dict.fromkeys(each.frame.f_code.co_filename for each in steps):
        if file in {"<stdin>", "<string>"}:
            yield f"Lines typed at the prompt ({file}) keep no text: nothing is known of them."
        elif workplace.holds(file) and not linecache.getlines(file):
            yield f"The text of {file} is gone."
    for label in dict.fromkeys(_edited(steps, program)):
        yield f"{label} was changed after it was loaded: its lines may have moved."


def _edited(steps: Sequence[Step], program: LoadedProgram) -> Iterator[str]:
    """Labels of the files whose text is no longer that of the code that ran."""
    parts = {part.file: part for part in program.parts if Path(part.file).is_absolute()}
    for code in dict.fromkeys(each.frame.f_code for each in steps):
        part = parts.get(code.co_filename)
        if part is not None and not _is_of(code, part.text):
            yield part.label


def _is_of(code: CodeType, text: str) -> bool:
    """Whether a text still has the function that ran, at its line."""
    if code.co_name == "<module>" or code.co_name.startswith("<"):
        return True
    try:
        tree = parse(text)
    except SyntaxError:
        return False
    functions = (
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return any(
        node.name == code.co_name
        and code.co_firstlineno in {node.lineno, *(each.lineno for each in node.decorator_list)}
        for node in functions
    )
