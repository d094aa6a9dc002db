"""A report in the mutation testing report schema, whose free viewers show each bug in its program.

A bug is a mutant; what a test is elsewhere is here what may notice it. A bug that a program has no
place for, or that cannot be written, is no mutant. Positions count from 1, ends are exclusive.
"""

from __future__ import annotations

import math
import os
import re
from typing import TYPE_CHECKING, Any

from debugdiff import __version__
from debugdiff.files import to_json
from debugdiff.model import KILLED, Mode, ProgramEnd, WorkerEnd
from debugdiff.report.paths import near_paths
from debugdiff.report.said import said
from debugdiff.score.outcome import new_warnings
from debugdiff.score.quiet import new_alarms
from debugdiff.score.reveal import noticed
from debugdiff.visible import shortened, uncoloured, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from debugdiff.model import Attempt, Mutant, Report
    from debugdiff.report import Page, Table

_SCHEMA_VERSION = "2"
_NOTICERS = "what notices a bug"
"""Name of the one test file."""
_EXCEPTION, _DEATH, _WARNING, _NOT_FINITE = "exception", "process died", "warning", "not finite"
_CHECK = "check of values: "
_LONGEST = 2_000
"""Characters of a reason."""


def render(report: Report, page: Page, tables: Collection[Table] = ()) -> str:
    """The whole report, whatever page and tables."""
    del page, tables
    return to_json(document(report), indent=1) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain data: per file of a case its clean source, and the mutants of it."""
    files: dict[str, dict[str, Any]] = {}
    for attempt in report.attempts:
        if attempt.mutant is not None:
            name = f"{attempt.case.name}/{attempt.mutant.file}"
            clean = visible(_clean_text(attempt, attempt.mutant))
            file = files.setdefault(name, {"language": "python", "source": clean, "mutants": []})
            file["mutants"].append(_mutant(attempt, attempt.mutant, clean))
    return {
        "schemaVersion": _SCHEMA_VERSION,
        "thresholds": {"high": 80, "low": 60},
        "framework": {
            "name": "debugdiff",
            "version": __version__,
            "dependencies": dict(report.environment.versions),
        },
        "system": {
            "ci": bool(os.environ.get("CI")),
            "os": {"platform": report.environment.platform},
            "cpu": {"logicalCores": report.environment.cpu_count},
        },
        "files": files,
        "testFiles": {_NOTICERS: {"tests": list(_tests(files))}},
    }


def _tests(files: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    used = {
        by for file in files.values() for mutant in file["mutants"] for by in mutant["killedBy"]
    }
    yield from ({"id": name, "name": name} for name in sorted(used))


def _clean_text(attempt: Attempt, mutant: Mutant) -> str:
    """The file without the bug."""
    program = attempt.implementation
    return program.source if mutant.file == program.file else attempt.case.helpers[mutant.file]


def _mutant(attempt: Attempt, mutant: Mutant, clean: str) -> dict[str, Any]:
    location, replacement = _edit(clean, visible(mutant.source))
    noticers = list(_noticers(attempt)) if attempt.effective else []
    found: dict[str, Any] = {
        "id": _identity(attempt),
        "mutatorName": attempt.bug.id,
        "description": visible(f"{attempt.bug.title}{_condition(attempt)}"),
        "location": location,
        "replacement": replacement,
        "status": _status(attempt, noticers),
        "statusReason": _reason(attempt),
        "killedBy": noticers,
    }
    milliseconds = attempt.record.seconds * 1000 if attempt.record is not None else math.nan
    if math.isfinite(milliseconds):  # a forged record may have any number
        found["duration"] = round(milliseconds, 1)
    return found


def _identity(attempt: Attempt) -> str:
    if attempt.result is not None:
        return attempt.result.trial.id
    at = attempt.condition
    return f"{at.case}/{at.implementation} {attempt.bug.id} {at.stack_name} {at.mode} {at.seed}"


def _condition(attempt: Attempt) -> str:
    """Stack, mode and seed, so that two mutants of one bug can be told apart."""
    mode = "" if attempt.mode is Mode.DEFAULT else f", mode {attempt.mode}"
    return f" ({attempt.stack_name}{mode}, seed {attempt.condition.seed})"


def _status(attempt: Attempt, noticers: list[str]) -> str:
    if not attempt.measured:
        return "Pending"
    if not attempt.effective:
        return "Ignored"
    if noticers:
        return "Killed"
    if attempt.record is not None and attempt.record.worker is WorkerEnd.TIMEOUT:
        return "Timeout"
    return "Pending" if noticed(attempt) is None else "Survived"


def _noticers(attempt: Attempt) -> Iterator[str]:
    """Everything that shows the bug to somebody who reads what the run prints, or checks it."""
    record = attempt.record
    if record is None:
        return
    if record.failure is not None:
        yield _EXCEPTION
    elif record.worker in KILLED:
        yield _DEATH
    if new_warnings(record, attempt.clean.record):
        yield _WARNING
    if record.program is ProgramEnd.NON_FINITE:
        yield _NOT_FINITE
    yield from dict.fromkeys(f"{_CHECK}{alarm.sentinel}" for alarm in new_alarms(attempt))


def _reason(attempt: Attempt) -> str:
    text = said(attempt, when=True) if attempt.effective else attempt.verdict.reason
    return shortened(near_paths(visible(uncoloured(text))), _LONGEST)


def _edit(clean: str, text: str) -> tuple[dict[str, Any], str]:
    """Where the clean text was changed, in whole words or lines, and what is there now."""
    start = _alike(clean, text)
    tail = _alike(clean[start:][::-1], text[start:][::-1])
    start = _word_start(clean, start)
    end = _word_end(clean, len(clean) - tail)
    if start == end or "\n" in clean[start:end]:
        start, end = _line_start(clean, start), _line_end(clean, end)
    replacement = text[start : len(text) - (len(clean) - end)]
    return {"start": _position(clean, start), "end": _position(clean, end)}, replacement


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _word_start(text: str, at: int) -> int:
    found = re.search(r"\w*$", text[_line_start(text, at) : at])
    return at - len(found[0]) if found else at


def _word_end(text: str, at: int) -> int:
    found = re.compile(r"\w*").match(text, at)
    return found.end() if found else at


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _position(text: str, at: int) -> dict[str, int]:
    return {"line": text.count("\n", 0, at) + 1, "column": at - _line_start(text, at) + 1}
