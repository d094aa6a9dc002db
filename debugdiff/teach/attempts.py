"""The log of a learner's attempts: one line per event, only ever appended to.

Progress is derived from it, so a kill loses at most a line. What a learner's files held is kept
beside it by its hash, for undo and for export.
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.files import to_json, write_atomically
from debugdiff.records import describe_damage, read
from debugdiff.teach.model import LOG_SCHEMA, Event, EventType, Progress
from debugdiff.teach.states import state_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

LOG_FILE = "attempts.jsonl"
STATES = ".states"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog:
    """What a log holds.

    Attributes:
        damaged: numbers of the lines that are no events; they are left where they are.
    """

    events: tuple[Event, ...]
    damaged: tuple[int, ...] = ()


class AttemptLog:
    """The log in a learner's folder.

    Args:
        folder: of the course.
        study: whether more is kept than progress needs.
    """

    def __init__(self, folder: Path, *, study: bool = True) -> None:
        self._folder = folder
        self._path = folder / LOG_FILE
        self._states = folder / STATES
        self._study = study

    def read(self) -> ReadLog:
        """Every event, in the order of the file.

        Raises:
            DebugdiffError: `log-newer` for a line of a newer debugdiff, `log-unusable`.
        """
        with self._in_place(self._path):
            if not self._path.exists():
                return ReadLog(events=())
            text = self._path.read_text(encoding="utf-8", errors="replace")
        return read_log(text, str(self._path))

    def append(self, event: Event, files: Mapping[str, str] | None = None) -> Event:
        """Write one event with its time, order and dwell; and the files of the moment, once.

        Raises:
            DebugdiffError: as `read`.
        """
        known = self.read().events
        now = datetime.now(UTC)
        full = replace(
            event,
            time=now.isoformat(timespec="milliseconds"),
            order=len(known) + 1,
            dwell=_dwell(known, event.exercise, now),
        )
        if files is not None:
            full = self._with_state(full, files, known)
        kept = full if self._study else _bare(full)
        self._write(to_json(kept))
        return full

    def files_of(self, state: str) -> Mapping[str, str] | None:
        """The files that had a hash; `None` if they were never kept, or what was kept is damaged.

        They may have come from others: a name that leaves the folder is damage, too.
        """
        try:
            text = (self._states / f"{state}.json").read_text(encoding="utf-8")
            files: Mapping[str, str] = json.loads(text)
            is_whole = state_of(files) == state and not any(map(_leaves, files))
        except (OSError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        return files if is_whole else None

    def keep(self, files: Mapping[str, str]) -> str:
        """Keep files below their hash, which is returned.

        Raises:
            DebugdiffError: `log-unusable`.
        """
        state = state_of(files)
        if self.files_of(state) is None:
            with self._in_place(self._states):
                write_atomically(self._states / f"{state}.json", to_json(dict(files)))
        return state

    @contextmanager
    def _in_place(self, path: Path) -> Iterator[None]:
        """Read and write what is a file or folder of its own, in this folder and nowhere else."""
        try:
            if not path.resolve().is_relative_to(self._folder.resolve()):
                raise _unusable(path, "it is a link to another place")
            if path.exists() and not (path.is_dir() if path == self._states else path.is_file()):
                raise _unusable(path, "something else has that name")
            yield
        except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
            raise _unusable(path, describe_damage(error)) from error

    def _with_state(self, event: Event, files: Mapping[str, str], known: Iterable[Event]) -> Event:
        state = self.keep(files)
        before = [each.state for each in known if each.exercise == event.exercise and each.state]
        reverted = state in before and bool(before) and before[-1] != state
        return replace(event, state=state, reverted=reverted)

    def _write(self, line: str) -> None:
        """In one write, on a line of its own even behind half a line."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._in_place(self._path), self._path.open("ab+", buffering=0) as file:
            if file.tell():
                file.seek(-1, 2)
                start = b"" if file.read(1) == b"\n" else b"\n"
            else:
                start = b""
            file.write(start + line.encode() + b"\n")


def _unusable(path: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{path} cannot be used: {problem}.",
        hint="Move it away, and a new one is started. Your programs stay as they are.",
        slug="log-unusable",
    )


def _leaves(name: str) -> bool:
    path = PureWindowsPath(name)  # which knows both kinds of slashes
    return bool(path.anchor) or ".." in path.parts


def read_log(text: str, name: str) -> ReadLog:
    """Every event of a log's text, in its order; `name` is what the log is called in errors.

    Raises:
        DebugdiffError: `log-newer` for a line of a newer debugdiff.
    """
    events: list[Event] = []
    damaged: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            event = _event(line, number, name)
            if event is None:
                damaged.append(number)
            else:
                events.append(replace(event, order=len(events) + 1))
    return ReadLog(events=tuple(events), damaged=tuple(damaged))


def _event(line: str, number: int, path: str) -> Event | None:
    try:
        schema = json.loads(line).get("schema", LOG_SCHEMA)
    except (ValueError, AttributeError, RecursionError):
        return None
    if isinstance(schema, int) and schema > LOG_SCHEMA:
        raise DebugdiffError(
            f"{path}, line {number}, has format {schema};"
            f" this debugdiff knows formats up to {LOG_SCHEMA}.",
            hint="It comes from a newer debugdiff: pip install --upgrade debugdiff",
            slug="log-newer",
        )
    try:
        return read(Event, line)
    except ValueError:
        return None


def _dwell(known: Iterable[Event], exercise: str, now: datetime) -> float | None:
    """Seconds since the last event of an exercise; `None` if there is none or a clock went back."""
    times = [event.time for event in known if event.exercise == exercise]
    if not times:
        return None
    try:
        seconds = (now - datetime.fromisoformat(times[-1])).total_seconds()
    except (ValueError, TypeError):
        return None
    return round(seconds, 3) if seconds >= 0 else None


def _bare(event: Event) -> Event:
    """What progress and undo need, and nothing else."""
    return Event(
        time="",
        order=event.order,
        exercise=event.exercise,
        event=event.event,
        state=event.state,
        verdict=event.verdict,
        rank=event.rank,
        hint=event.hint,
    )


def progress_of(events: Iterable[Event]) -> Mapping[str, Progress]:
    """What a log says of each exercise, by its id."""
    by_exercise: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_exercise[event.exercise].append(event)
    return {exercise: _progress(exercise, mine) for exercise, mine in by_exercise.items()}


def _progress(exercise: str, events: Iterable[Event]) -> Progress:
    progress = Progress(exercise=exercise)
    for event in events:
        match event.event:
            case EventType.CHECKED:
                best = progress.best
                credit = event.verdict.credit if event.verdict else None
                if credit is not None and (best is None or credit >= (best.credit or 0)):
                    best = event.verdict
                progress = replace(
                    progress,
                    checks=progress.checks + 1,
                    best=best,
                    solved=progress.solved or bool(event.verdict and event.verdict.is_fixed),
                )
            case EventType.HINTED:
                progress = replace(progress, hints=max(progress.hints, event.hint or 0))
            case EventType.GUESSED:
                progress = replace(progress, guesses=progress.guesses + 1)
            case _:
                pass
    return progress
