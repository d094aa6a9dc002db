"""Does what is given out hold an answer? Every file is looked through.

Looked for are names, titles, explanations and categories of bugs, the lines that a bug replaced,
the program of the same bug in the other framework, a course's own file, histories, caches, results
of notebooks, attempts, and paths of the machine where it was made.
"""

from __future__ import annotations

import html
import json
import re
import sys
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.errors import DebugdiffError
from debugdiff.files import shipped
from debugdiff.syntax import split_lines
from debugdiff.teach.attempts import LOG_FILE, STATES
from debugdiff.teach.course import COURSE_FILE, catalogue_of, find_exercise, identities
from debugdiff.teach.handout import REFERENCE_FILE, read_sheets
from debugdiff.teach.workspace import LIST_FILE, MARK
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from debugdiff.model import Bug
    from debugdiff.teach.model import Course, Exercise

_FOLDERS = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".debugdiff"}
)
_PATHS = re.compile(r"(?<![\w.:/-])(?:/(?:home|Users|root)/|[A-Za-z]:\\\\?Users\\)[^\s\"'<>]*")
_KEY = re.compile(r"\bcategory\b[\"']?\s*[:=]")
_MARKS = re.compile(r"^[\s>#*]+", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?:;])\s+")
_LEAST_SENTENCE, _LEAST_LINE = 25, 8
"""Characters: shorter ones occur by chance."""

_LIKE_TWIN = 0.5
"""Share of the twin's lines that only the twin has: less may be what both programs share."""

_EXCERPT = 60
_NO_TEXT = b"\xff"
_PAGES = (".html", ".htm")
_SECTION = re.compile(r'<section data-exercise="(?P<id>[^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One thing that should not be given out.

    Attributes:
        file: relative to the folder; within a zip, behind `!`.
        what: a clause.
        excerpt: of the text, short.
    """

    file: str
    what: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was looked through, and found."""

    files: int
    leaks: tuple[Leak, ...]


def courses_in(folder: Path) -> tuple[str, ...]:
    """The names of the courses that a folder's hand-outs say that they are of."""
    names = []
    for path in sorted(folder.rglob(LIST_FILE)):
        with suppress(OSError, ValueError, KeyError, TypeError):
            names.append(str(json.loads(path.read_text(encoding="utf-8"))["course"]))
    return tuple(dict.fromkeys(names))


def search(folder: Path, course: Course) -> Search:
    """Look through all that is in a folder for the answers of a course."""
    answers = Answers(course=course)
    files = list(_files(folder))
    leaks = [leak for file in files for leak in _leaks(file, answers)]
    return Search(files=len(files), leaks=tuple(dict.fromkeys(leaks)))


# --- files -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _File:
    """A file of the folder or of a zip in it.

    Attributes:
        about: what lies beside it and says which exercise it is of.
    """

    name: str
    content: bytes
    about: str = ""
    is_link: bool = False

    @cached_property
    def text(self) -> str | None:
        """As text; `None` if it is none."""
        try:
            return self.content.decode("utf-8")
        except UnicodeDecodeError:
            return None


def _files(folder: Path) -> Iterator[_File]:
    given: dict[Path, Mapping[str, str]] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            yield _File(name=path.relative_to(folder).as_posix(), content=b"", is_link=True)
        elif path.is_file():
            name = path.relative_to(folder).as_posix()
            yield _File(name=name, content=path.read_bytes(), about=_about(path, given))
            if path.suffix.lower() == ".zip":
                yield from _packed(path, name)


def _about(path: Path, given: dict[Path, Mapping[str, str]]) -> str:
    """The id of the exercise that a file is of, by what lies beside it; empty if nothing says.

    What each `reference.json` says is read once, and kept in `given`.
    """
    mark = path.parent / MARK
    if mark.is_file():
        return mark.read_text(encoding="utf-8").strip()
    if path.parent.name != STATES:
        return ""
    sheets = path.parent.parent / REFERENCE_FILE
    if sheets not in given:
        given[sheets] = _given_by(sheets)
    return given[sheets].get(path.stem, "")


def _given_by(sheets: Path) -> Mapping[str, str]:
    """Exercises by the state that they were given out in; none if it cannot be read."""
    try:
        return {sheet.given: sheet.id for sheet in read_sheets(sheets).values()}
    except DebugdiffError:
        return {}


def _packed(path: Path, name: str) -> Iterator[_File]:
    with temporary_folder() as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
            yield _File(name=f"{name}!", content=_NO_TEXT)
            return
        for file in _files(folder):
            yield replace(file, name=f"{name}!{file.name}")


def _strings(file: _File) -> str:
    """All text of a file as a reader would have it: of JSON its strings, of a page its text."""
    text = file.text or ""
    if file.name.endswith((".json", ".ipynb")):
        try:
            return "\n".join(_within(json.loads(text)))
        except ValueError:
            return text
    return html.unescape(text) if file.name.endswith((*_PAGES, ".md")) else text


def _within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        yield "".join(value)
    elif isinstance(value, list):
        for each in value:
            yield from _within(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield f"{key}:"
            yield from _within(each)


# --- answers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret:
    """A text that is not given out, and the same as it is compared."""

    what: str
    text: str
    flat: str


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What must not be given out of a course. What is looked for is made ready once."""

    course: Course
    _secrets: dict[str, tuple[_Secret, ...]] = field(default_factory=dict, init=False)
    _twins: dict[str, frozenset[str]] = field(default_factory=dict, init=False)

    @cached_property
    def bugs(self) -> Mapping[str, Bug]:
        """Every bug that the course can name, by id."""
        return catalogue_of(self.course)

    @cached_property
    def exercises(self) -> Mapping[str, Exercise]:
        """In every framework, by id."""
        found = ((each, find_exercise(self.course, each)) for each in identities(self.course))
        return {each: exercise for each, exercise in found if exercise is not None}

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """Folders of this machine that a file could name."""
        own = (Path.home(), Path.cwd(), shipped("cases").parent, Path(tempfile.gettempdir()))
        names = {str(each) for each in (*own, Path(sys.prefix))}
        return tuple(sorted(name for name in names if len(Path(name).parts) > 1))

    def secrets(self, exercise: Exercise) -> tuple[_Secret, ...]:
        """Title, explanation and healthy lines of an exercise."""
        if exercise.id not in self._secrets:
            texts = (
                ("the title of a bug", exercise.bug.title),
                *_explanations(exercise.bug),
                *(("a line of the healthy program", each) for each in replaced_lines(exercise)),
            )
            self._secrets[exercise.id] = tuple(
                _Secret(what=what, text=text, flat=_flat(text)) for what, text in texts
            )
        return self._secrets[exercise.id]

    def lines_of_twin(self, exercise: Exercise) -> frozenset[str]:
        """What only the program in the other framework has, flat; empty without one."""
        if exercise.id not in self._twins:
            twin = self.exercises.get(exercise.twin)
            known = _flat("\n".join(exercise.given.values()))
            lines = map(_flat, _long_lines(twin.implementation.source) if twin else ())
            self._twins[exercise.id] = frozenset(line for line in lines if line not in known)
        return self._twins[exercise.id]

    def of(self, file: _File, text: str) -> tuple[Exercise, ...]:
        """The exercises that a file is of; one that names none may be of any."""
        named = [
            exercise
            for identity, exercise in self.exercises.items()
            if identity in file.about or identity in text or identity in file.name
        ]
        return tuple(named or self.exercises.values())


def _leaks(file: _File, answers: Answers) -> Iterator[Leak]:
    name = file.name
    parts = re.split(r"[/!]", name)
    if file.is_link:
        yield Leak(file=name, what="a link: what it points to is given out with it")
    if _FOLDERS & set(parts) or name.endswith(".pyc"):
        yield Leak(file=name, what="a history or a cache")
    if parts[-1] == COURSE_FILE:
        yield Leak(file=name, what="the course with its answers")
    is_log = parts[-1] == LOG_FILE and file.content.strip()
    if is_log or (STATES in parts and not file.about):
        yield Leak(file=name, what="somebody's attempts")
    if file.text is None:
        if not name.endswith(".zip"):
            yield Leak(file=name, what="not text: it could not be searched")
        return
    finds = (found for part in _parts(file) for found in _finds(part, answers))
    for what, excerpt in finds:
        yield Leak(file=name, what=what, excerpt=excerpt[:_EXCERPT])


def _parts(file: _File) -> Iterator[_File]:
    """Of a page its exercises one by one: those of one program show each other's healthy lines."""
    starts = [*_SECTION.finditer(file.text or "")] if file.name.endswith(_PAGES) else []
    ends = [each.start() for each in starts]
    text = file.text or ""
    for about, start, end in zip(
        ("", *(each["id"] for each in starts)), (0, *ends), (*ends, len(text)), strict=True
    ):
        yield replace(file, content=text[start:end].encode(), about=about or file.about)


def _finds(file: _File, answers: Answers) -> Iterator[tuple[str, str]]:
    text = _strings(file)
    flat = _flat(text)
    yield from (*_results(file), *_names(text, answers), *_paths(text, answers))
    for exercise in answers.of(file, text):
        slug = exercise.bug.id.rpartition("/")[2]
        if "-" in slug and slug in text:
            yield "the name of a bug", slug
        yield from (
            (each.what, each.text) for each in answers.secrets(exercise) if each.flat in flat
        )
        own = answers.lines_of_twin(exercise)
        if own and sum(line in flat for line in own) > _LIKE_TWIN * len(own):
            yield "the program in the other framework", file.name


def _results(file: _File) -> Iterator[tuple[str, str]]:
    """Outputs of a notebook."""
    if not file.name.endswith(".ipynb"):
        return
    try:
        cells = json.loads(file.text or "")["cells"]
        ran = any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
    except (ValueError, KeyError, TypeError, AttributeError):
        yield "not a notebook: it could not be searched", ""
        return
    if ran:
        yield "results of a run", ""


def _names(text: str, answers: Answers) -> Iterator[tuple[str, str]]:
    for identity in filter(text.__contains__, answers.bugs):
        if re.search(rf"(?<![\w/]){re.escape(identity)}(?![\w-])", text):
            yield "the name of a bug", identity
    key = _KEY.search(text)
    if key:
        yield "a category", text[key.start() : key.start() + _EXCERPT].splitlines()[0]


def _paths(text: str, answers: Answers) -> Iterator[tuple[str, str]]:
    found = _PATHS.search(text)
    if found:
        yield "a path of a machine", found[0]
    for folder in answers.folders:
        if re.search(rf"{re.escape(folder)}(?=[/\\])", text):
            yield "a path of this machine", folder


def _explanations(bug: Bug) -> Iterator[tuple[str, str]]:
    """Sentences of the explanation that the learner is not shown anyway."""
    shown = _flat(" ".join((bug.story, *bug.hints)))
    for sentence in _SENTENCE.split(bug.explanation):
        if len(sentence) >= _LEAST_SENTENCE and _flat(sentence) not in shown:
            yield "the explanation of a bug", sentence


def _flat(text: str) -> str:
    """Without blanks and line breaks, and without signs of a quotation or a comment before lines.

    So text is found that was wrapped, indented or spaced in another way.
    """
    return "".join(_MARKS.sub("", text).split()).casefold()


def replaced_lines(exercise: Exercise) -> tuple[str, ...]:
    """The lines of the healthy program that the broken one has not: where the answer stands."""
    broken = _flat(exercise.mutant.source)
    lines = _long_lines(exercise.implementation.source)
    return tuple(line for line in lines if _flat(line) not in broken)


def _long_lines(program: str) -> Mapping[str, None]:
    """The lines that do not occur by chance, without indentation, each once and in their order."""
    lines = (line.strip() for line in split_lines(program))
    return dict.fromkeys(line for line in lines if len(line) >= _LEAST_LINE)
