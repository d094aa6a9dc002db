"""The changes that suspects imply, tried on a copy of the program: which of them end the crash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.execute import execute
from debugdiff.model import Budget, Instrument, Job, Location, Sandbox, Size, WorkerEnd
from debugdiff.programs import Folder
from debugdiff.score.outcome import is_same_failure
from debugdiff.sentinels import alarms
from debugdiff.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from debugdiff.model import Record
    from debugdiff.scripts import ScriptRequest
    from debugdiff.suspects.explaining import Explanation
    from debugdiff.suspects.results import Edit

LIMIT = 8
"""Changes that are tried: each is a run of the program."""
_SECONDS, _TIMES = 10, 10
_FILES = 500
_NO_EDIT = "No suspect implies a change that could be tried: each says where, and none what."


class End(StrEnum):
    """What became of the crash after a change."""

    GONE = "gone"
    OTHER = "other"
    SAME = "same"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A run of the changed copy.

    Attributes:
        rank: of the suspect that implies the change.
        edit: the change.
        type, message: of the exception that ended the run; empty where none did.
        at: the user's innermost line under way then; by the numbers of the unchanged file.
        steps: optimizer steps that were finished.
        alarms: the sentinels that fired in a run that came to its end.
        note: how the worker ended, where there is something to say.
    """

    rank: int
    edit: Edit
    end: End
    type: str = ""
    message: str = ""
    at: Location | None = None
    steps: int = 0
    alarms: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """What trying has shown.

    Attributes:
        tries: in the order of the suspects.
        left_out: changes beyond those that were tried.
        problem: why nothing was tried, as a sentence; empty where something was.
    """

    tries: tuple[Try, ...] = ()
    left_out: int = 0
    problem: str = ""


def try_edits(found: Explanation, request: ScriptRequest, say: Callable[[str], None]) -> Experiment:
    """Run a copy of the program with each change that a suspect implies.

    The unchanged copy runs first: what does not crash there as it did can show nothing. Every run
    has limits, and the sandbox keeps it from the user's files.

    Args:
        found: what is known of the crash.
        request: how the script was run.
        say: is given a sentence before the runs.
    """
    if found.run.record.failure is None or found.run.stack is None:
        return Experiment(problem="The script did not crash: there is nothing to try.")
    copy = _Copy.of(found, request)
    wanted = list(copy.edits())
    if not wanted:
        return Experiment(problem=_NO_EDIT)
    chosen = wanted[:LIMIT]
    say(f"Trying {_count(len(chosen))} on a copy of the program ...")
    control = copy.job("unchanged", copy.files)
    jobs = [copy.changed(str(number), edit) for number, (_, edit) in enumerate(chosen)]
    records = _run([control, *jobs])
    before = records[control.id]
    if not is_same_failure(before, found.run.record):
        return Experiment(problem=_ends_otherwise(before, copy.folder))
    tries = tuple(
        _try(rank, edit, records[job.id], before, copy)
        for job, (rank, edit) in zip(jobs, chosen, strict=True)
    )
    return Experiment(tries=tries, left_out=len(wanted) - len(chosen))


def _ends_otherwise(record: Record, folder: Path) -> str:
    ending = record.ending or "it runs to its end"
    return (
        f"Nothing was tried: a copy of `{folder}` does not crash as the script did ({ending}). It"
        " may need files from outside of that folder, or rights that a sandbox takes away."
    )


def _count(number: int) -> str:
    return "one change" if number == 1 else f"{number} changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """The user's program as it is copied.

    Attributes:
        folder: what is copied: the script's, or the one above a module's package.
        files: its Python files, relative name to text.
    """

    request: ScriptRequest
    found: Explanation
    folder: Path
    files: Mapping[str, str]

    @classmethod
    def of(cls, found: Explanation, request: ScriptRequest) -> _Copy:
        path = request.path.absolute()
        folder = path.parents[request.module.count(".")]
        home = Folder(folder)
        names = home.python_files()[:_FILES]
        files = {name: source for name in names if (source := home.program(name).source)}
        return cls(request=request, found=found, folder=folder, files=files)

    def edits(self) -> Iterator[tuple[int, Edit]]:
        """The changes with the rank of their suspects: the likeliest of each line first."""
        mine = [
            [
                (suspect.rank, replace(edit, file=name))
                for edit in suspect.edits
                if (name := self._name(edit.file)) and _parses(edit.applied(self.files[name]))
            ]
            for suspect in self.found.suspects
        ]
        seen = set()
        for round_ in range(max(map(len, mine), default=0)):
            for rank, edit in (each[round_] for each in mine if len(each) > round_):
                if edit not in seen:
                    seen.add(edit)
                    yield rank, edit

    def _name(self, file: str) -> str:
        """What a file of the explanation is called in the copy; empty if it is not in it."""
        path = Path(self.found.paths.get(file, file))
        name = _below(path, self.folder)
        return name if name in self.files else ""

    def changed(self, name: str, edit: Edit) -> Job:
        """The run of the copy with a change."""
        return self.job(name, {**self.files, edit.file: edit.applied(self.files[edit.file])})

    def job(self, name: str, files: Mapping[str, str]) -> Job:
        """A run of the copy with these files."""
        run = self.found.run
        assert run.stack is not None
        used = run.record.counted_seconds
        seconds = self.request.seconds or _SECONDS + _TIMES * used
        return Job(
            id=f"try-{name}",
            case_folder=str(self.folder),
            files=files,
            program=self.request.path.absolute().relative_to(self.folder).as_posix(),
            module=self.request.module,
            stack=run.stack,
            mode=run.mode,
            instrument=Instrument.LAYERS,
            seed=0,
            size=Size.FULL,
            budget=Budget(seconds=seconds, memory=self.request.memory or Budget().memory),
            contract=False,
            arguments=self.request.arguments,
            choice=self.request.choice,
        )


def _parses(text: str) -> bool:
    try:
        parse(text)
    except SyntaxError:
        return False
    return True


def _run(jobs: Sequence[Job]) -> Mapping[str, Record]:
    records: dict[str, Record] = {}
    execute(
        jobs,
        slots=1,
        on_record=lambda record: records.update({record.trial: record}),
        sandbox=Sandbox.WRITE,
    )
    return records


def _try(rank: int, edit: Edit, record: Record, before: Record, copy: _Copy) -> Try:
    failure = record.failure
    return Try(
        rank=rank,
        edit=edit,
        end=_end(record, before, edit, copy.folder),
        type=failure.type if failure else "",
        message=failure.message if failure else "",
        at=_unchanged(_innermost(record, copy.folder), edit),
        steps=record.step,
        alarms=tuple(
            dict.fromkeys(each.sentinel for each in alarms(record.values, record.settings))
        ),
        note=record.note,
    )


def _innermost(record: Record, folder: Path) -> Location | None:
    own = record.failure.own_frames if record.failure else ()
    if not own:
        return None
    return Location(_below(Path(own[-1].file), folder), own[-1].line)


def _below(path: Path, folder: Path) -> str:
    """A file's name below a folder; of one that is elsewhere its path."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _unchanged(at: Location | None, edit: Edit) -> Location | None:
    """The line of the unchanged file for one of the changed one."""
    if at is None or at.file != edit.file or at.line < edit.first:
        return at
    if at.line >= edit.first + len(edit.after):
        return Location(at.file, at.line + len(edit.before) - len(edit.after))
    return Location(at.file, min(at.line, edit.first + len(edit.before) - 1))


def _end(record: Record, before: Record, edit: Edit, folder: Path) -> End:
    if record.worker is not WorkerEnd.FINISHED:
        return End.STOPPED
    if record.failure is None:
        return End.GONE
    at = _unchanged(_innermost(record, folder), edit)
    is_there = at == _innermost(before, folder)
    return End.SAME if is_there and is_same_failure(record, before) else End.OTHER
