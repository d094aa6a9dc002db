"""From an exception of this process to its explanation; nothing is run, and nothing is changed."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.live.loaded import LoadedWorkplace, loaded_parts
from debugdiff.model import (
    Mode,
    ProgramEnd,
    ScriptRun,
    Stack,
    Stage,
    WorkerEnd,
)
from debugdiff.suspects.explaining import explanation_of_parts
from debugdiff.syntax import parse
from debugdiff.worker.failure.exceptions import capture_failure
from debugdiff.worker.failure.post_mortem import post_mortem_of
from debugdiff.worker.failure.source_lines import lines_of
from debugdiff.worker.failure.stages import stage_of
from debugdiff.worker.failure.tracebacks import UnfilteredTraces, calls_of
from debugdiff.worker.process.describing import empty_record
from debugdiff.worker.versions import installed_versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

    from debugdiff.model import Failure, Record
    from debugdiff.scripts.parts import Parts
    from debugdiff.suspects.explaining import Explanation
    from debugdiff.worker.failure.tracebacks import Step

TRACES = UnfilteredTraces()
"""What Keras cuts out of tracebacks, from the moment on at which somebody asks for it."""


def explain_error(error: BaseException) -> Explanation:
    """Explain an exception that was raised in this process, in the places that users know."""
    steps, workplace = TRACES.of(error), LoadedWorkplace()
    failure = capture_failure(error, steps, workplace)
    program = loaded_parts(list(dict.fromkeys(each.file for each in failure.own_frames)))
    record = replace(
        empty_record("live", WorkerEnd.FINISHED),
        program=ProgramEnd.RAISED,
        stage=stage_at(steps, workplace, step=0),
        failure=failure,
        post_mortem=post_mortem_of(steps, workplace),
    )
    notes = tuple(_notes(steps, failure, program, workplace))
    return replace(_explained(record, program), notes=notes)


def explain_record(record: Record) -> Explanation:
    """Explain what was read of a part of this session that did not fail."""
    found = _explained(record, loaded_parts(()))
    return replace(found, notes=(record.note,) if record.note else ())


def _explained(record: Record, program: Parts) -> Explanation:
    stack = stack_here()
    versions = (installed_versions(stack) if stack else None) or {}
    run = ScriptRun(
        path=Path(program.main or "session"),
        arguments=(),
        stack=stack,
        mode=Mode.DEFAULT,
        exit_status=None,
        record=replace(record, versions=versions),
    )
    return explanation_of_parts(run, program)


def stage_at(steps: Sequence[Step], workplace: LoadedWorkplace, step: int) -> Stage:
    """Where a program stands; `import` if its variables do not let themselves be asked."""
    try:
        return stage_of(calls_of(steps, workplace), step=step)
    except Exception:  # noqa: BLE001  (variables of a failed program may be in any state)
        return Stage.IMPORT


def stack_here() -> Stack | None:
    """What runs in this process. Keras, if it is loaded: it loads the others itself."""
    keras = sys.modules.get("keras")
    backend = getattr(getattr(keras, "backend", None), "backend", None)
    if callable(backend):
        return Stack.of_backend(backend())
    return Stack.PYTORCH if "torch" in sys.modules else None


# --- what could not be looked at -----------------------------------------------------------------


def _notes(
    steps: Sequence[Step],
    failure: Failure,
    program: Parts,
    workplace: LoadedWorkplace,
) -> Iterator[str]:
    if not failure.own_frames:
        yield "No frame of your own code is in this traceback."
    for file in dict.fromkeys(each.frame.f_code.co_filename for each in steps):
        if file in {"<stdin>", "<string>"}:
            yield f"Lines typed at the prompt ({file}) are not stored: nothing is known about them."
        elif workplace.holds(file) and not lines_of(file):
            yield f"The text of {file} is gone."
    for label in dict.fromkeys(_edited(steps, program)):
        yield f"{label} was changed after it was loaded: its lines may have moved."


def _edited(steps: Sequence[Step], program: Parts) -> Iterator[str]:
    """Labels of the files whose text is no longer that of the code that ran."""
    parts = {part.file: part for part in program.all if Path(part.file).is_absolute()}
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
