"""From one run of a script to its explanation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Location, Mode, ProgramEnd, ScriptRun, WorkerEnd
from debugdiff.notebooks import SUFFIX, read_notebook
from debugdiff.programs import Folder, read_source
from debugdiff.scripts.log import failure_of_log, placed
from debugdiff.scripts.parts import NOTEBOOK, Part, Parts, moved_record
from debugdiff.scripts.request import ScriptRequest
from debugdiff.sentinels import alarms
from debugdiff.suspects import suspects_of_crash
from debugdiff.suspects.complaint import Kind
from debugdiff.suspects.crash import complaint_of
from debugdiff.suspects.silent import suspects_of_silence
from debugdiff.visible import encodable
from debugdiff.worker.process.describing import empty_record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Alarm, Failure
    from debugdiff.suspects.results import Suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What there is to say of a run.

    Attributes:
        sources: the script and every file of its folder that it imports, relative name to text.
        expected, actual: the sizes that the message complains about.
        alarms: sentinels that fired; of a crash, those of the steps before it.
        origin: what it was read from, where nothing was run: `read from run.log`.
        notes: what could not be looked at, as sentences.
        paths: where the files of `sources` lie, if they are files.
    """

    run: ScriptRun
    sources: Mapping[str, str]
    suspects: tuple[Suspect, ...]
    expected: tuple[int, ...] = ()
    actual: tuple[int, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    origin: str = ""
    notes: tuple[str, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)


def explanation_of(run: ScriptRun) -> Explanation:
    """Explain a run of a script or a notebook, from its record and the user's files."""
    if run.path.suffix == SUFFIX:
        parts, notes = _cells_of(run)
        return replace(explanation_of_parts(run, parts), notes=notes)
    files = files_of(run)
    texts = {name: text for name, path in files.items() if (text := _text(path))}
    found = _explained(run, texts, next(iter(texts), ""))
    return replace(found, paths={name: encodable(str(path)) for name, path in files.items()})


def _explained(run: ScriptRun, sources: Mapping[str, str], main: str) -> Explanation:
    """A crash from its traceback, a silent run from sentinels and its text.

    Args:
        run: its record names the files as they are called in `sources`.
        sources: the user's files, relative name to text.
        main: the one that ran.
    """
    record = run.record
    fired = alarms(record.values, record.settings)
    if record.failure is None:
        suspects = suspects_of_silence(
            sources, main, alarms=fired, places=record.places, warnings=record.warnings
        )
        return Explanation(run=run, sources=sources, suspects=suspects, alarms=fired)
    complaint = complaint_of(record.failure)
    return Explanation(
        run=run,
        sources=sources,
        suspects=suspects_of_crash(sources, main, record.failure, record.post_mortem),
        expected=() if complaint.kind is Kind.BROADCAST else complaint.expected,
        actual=complaint.actual,
        alarms=fired,
    )


def explanation_of_parts(run: ScriptRun, parts: Parts) -> Explanation:
    """Explain a run of a program in parts; lines are called in it as the user calls them."""
    seen = replace(run, record=moved_record(run.record, parts.seen))
    found = _explained(seen, parts.sources, parts.main)
    at = [parts.shown(Location(each.file, each.line)) for each in found.suspects]
    return replace(
        found,
        run=replace(run, record=moved_record(run.record, parts.known)),
        sources=parts.texts,
        suspects=tuple(
            replace(each, file=place.file, line=place.line)
            for each, place in zip(found.suspects, at, strict=True)
        ),
    )


def files_of(run: ScriptRun) -> Mapping[str, Path]:
    """What imports call each file of the user's, and where it lies; the script first.

    A file that could not be imported is not loaded, and a program that was killed says nothing of
    what it had loaded: so the text says what it imports, and the failure where it happened.
    """
    names = dict(run.record.loaded)
    paths = {}
    folder = run.path.parent.absolute()
    for name in _sources_below(run.path):
        shown = encodable(str(folder / name))
        names.setdefault(shown, encodable(name))
        paths[shown] = folder / name  # a name that is no UTF-8 stands in no record
    failure = run.record.failure
    for frame in failure.own_frames if failure else ():
        names.setdefault(frame.file, Path(frame.file).name)
    return {name: paths.get(shown, Path(shown)) for shown, name in names.items()}


def _cells_of(run: ScriptRun) -> tuple[Parts, tuple[str, ...]]:
    """The cells of the notebook and the files that it has loaded; what of it was not run."""
    book = read_notebook(run.path.read_bytes())
    cells = [
        Part(file=cell.label, name=NOTEBOOK, label=cell.label, text=cell.text, first=cell.first)
        for cell in book.cells
    ]
    files = [
        Part(file=path, name=name, label=name, text=text)
        for path, name in run.record.loaded.items()
        if path.endswith(".py") and (text := _text(Path(path)))
    ]
    notes = tuple(f"Not run, because only IPython knows it: {line}" for line in book.left_out[:3])
    return Parts(all=(*cells, *files)), notes


def _text(path: Path) -> str:
    """Of a file; of one that cannot be read, nothing."""
    try:
        return read_source(path)
    except (OSError, ValueError):
        return ""


def _sources_below(path: Path) -> Mapping[str, str]:
    folder = Folder(path.parent)
    program = folder.program(path.name)
    return {each.name: each.source for each in (program, *folder.reached(program))}


def explanation_of_log(text: str, name: str, script: Path | None = None) -> Explanation:
    """Explain a crash from what was printed of it; nothing is run.

    Args:
        text: the log.
        name: what it is called.
        script: the program that ran; `None`: the one that the traceback names, if it is here.

    Raises:
        DebugdiffError: `log-without-traceback`, or the script is none.
    """
    failure = failure_of_log(text, f"The log `{name}`")
    if script is not None:
        ScriptRequest(path=script).check()
    path = script or _script_of(failure)
    below = _sources_below(path) if path else {}
    sources = {encodable(name): text for name, text in below.items()}
    failure, changed = placed(failure, sources)
    record = replace(empty_record("log", WorkerEnd.FINISHED), program=ProgramEnd.RAISED)
    run = ScriptRun(
        path=path or Path(name),
        arguments=(),
        stack=None,
        mode=Mode.DEFAULT,
        exit_status=None,
        record=replace(record, failure=failure),
    )
    found = _explained(run, sources, encodable(run.path.name))
    notes = (*_missing(path), *map(_has_changed, changed))
    folder = path.parent.absolute() if path else Path.cwd()
    paths = {name: str(folder / name) for name in sources}
    return replace(found, origin=f"read from {name}", notes=notes, paths=paths)


def _script_of(failure: Failure) -> Path | None:
    """The outermost file of the user's that is here."""
    named = (Path(each.file).expanduser() for each in failure.own_frames)
    return next((path for path in named if path.suffix == ".py" and path.is_file()), None)


def _missing(path: Path | None) -> Iterator[str]:
    if path is None:
        yield "Add the script to have its lines checked as well: `--log FILE SCRIPT`."
    yield "Nothing was run, so the values of the variables are not known."


def _has_changed(name: str) -> str:
    return (
        f"`{name}` has changed since the log was written: the line that failed is no longer in it."
    )
