"""The catalogue: one TOML file per bug, validated when it is read.

`docs/adding-a-bug.md` explains the format. A bug's id is its path below the catalogue's folder
without `.toml`: `shape/concat-wrong-axis`.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from debugdiff.errors import BugError, DebugdiffError
from debugdiff.files import inside, shipped
from debugdiff.model import Bug, Example, Framework, InjectRule, Style, Symptom, Training

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic import TypeAdapter, ValidationError

CATEGORIES = (
    "shape",
    "dtype",
    "data",
    "loss",
    "optimizer",
    "initialisation",
    "mode",
    "model",
    "language",
    "process",
)
HINTS = 3
DIFFICULTIES = range(1, 6)

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*")
_UNKNOWN = {"unexpected_keyword_argument", "extra_forbidden"}
_STRICT = {"extra": "forbid", "strict": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class _InjectTable:
    __pydantic_config__: ClassVar = _STRICT
    framework: Framework
    style: Style | list[Style] = field(default_factory=list)
    training: Training | list[Training] = field(default_factory=list)
    match: str | None = None
    replace: str | None = None
    inside: str = ""
    nth: int | None = None
    use: str = ""
    accept: list[str] = field(default_factory=list)
    codemod: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ExampleTable:
    __pydantic_config__: ClassVar = _STRICT
    framework: Framework
    before: str
    after: str
    style: Style | None = None
    training: Training | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _BugTable:
    __pydantic_config__: ClassVar = _STRICT
    title: str
    difficulty: int
    symptom: dict[Framework, Symptom]
    story: str
    explanation: str
    hints: list[str]
    references: list[str]
    taxonomy: list[str] = field(default_factory=list)
    site: str = ""
    inject: list[_InjectTable] = field(default_factory=list)
    example: list[_ExampleTable] = field(default_factory=list)
    not_expressible: dict[Framework, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlPlace:
    """Where a text begins in a TOML file: line from 1, column from 0, and the file's lines."""

    line: int
    column: int
    lines: tuple[str, ...]


def load_bug(path: Path, root: Path) -> Bug:
    """Read one bug; `root` is the folder of the catalogue it belongs to.

    Patterns are not parsed here: `inject.validate_rules` does that.

    Raises:
        BugError: the file cannot be read, is not TOML, has an unknown key or a wrong value. The
            message names the file, the line and the key.
    """
    text = _text(path)
    table = _validated(path, text)
    identity = _identity(path, root)
    _check(path, text, table)
    return Bug(
        id=identity,
        path=path,
        title=table.title,
        difficulty=table.difficulty,
        symptom=table.symptom,
        taxonomy=tuple(table.taxonomy),
        story=table.story.strip(),
        explanation=table.explanation.strip(),
        hints=tuple(table.hints),
        references=tuple(table.references),
        rules=tuple(_rules(table, text)),
        examples=tuple(map(_example, table.example)),
        site=table.site,
        not_expressible=table.not_expressible,
    )


def load_catalogue(folders: Sequence[Path]) -> tuple[Bug, ...]:
    """Every bug below some folders, sorted by id.

    Raises:
        BugError: a bug is not usable, two bugs share an id, or a folder is missing.
    """
    found: dict[str, Bug] = {}
    for folder in folders:
        if not folder.is_dir():
            raise BugError(
                f"There is no folder of bugs at {folder}.",
                hint="It holds one folder per category, with one TOML file per bug.",
                slug="bug-folder",
            )
        for path in sorted(folder.rglob("*.toml")):
            bug = load_bug(path, folder)
            if bug.id in found:
                raise BugError(
                    f"Two bugs have the id `{bug.id}`: {found[bug.id].path} and {path}.",
                    hint="The path below the catalogue's folder is the id; rename one of them.",
                    slug="bug-id",
                )
            found[bug.id] = bug
    return tuple(found[identity] for identity in sorted(found))


def shipped_bugs() -> tuple[Bug, ...]:
    """The catalogue that came with debugdiff, sorted by id."""
    return load_catalogue([shipped("injected_bugs")])


def find_text(path: Path, line: int, key: str, text: str) -> TomlPlace | None:
    """Where the text of a key begins, at or after a line; `None` if it is not found verbatim."""
    try:
        content = path.read_text(encoding="utf-8")
    except OSError:
        return None
    lines = tuple(content.splitlines())
    start = sum(len(line) + 1 for line in content.split("\n")[: max(line - 1, 0)])
    written = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=", re.MULTILINE).search(content, start)
    offset = content.find(text, written.end() if written else start)
    if offset < 0:
        return None
    return TomlPlace(
        line=content.count("\n", 0, offset) + 1,
        column=offset - (content.rfind("\n", 0, offset) + 1),
        lines=lines,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BugError(
            f"{path} cannot be read: {error}.",
            hint="A bug is a TOML file in UTF-8.",
            slug="bug-unreadable",
        ) from error


def _validated(path: Path, text: str) -> _BugTable:
    from pydantic import ValidationError  # noqa: PLC0415 - slow to import

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BugError(
            f"{path} is not TOML: {error}.",
            hint="Code with quotes and backslashes is easiest between ''' and '''.",
            slug="bug-toml",
        ) from error
    try:
        # JSON is where strict types and enums by value go together.
        return _adapter().validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise _schema_error(path, text, error) from error


@cache
def _adapter() -> TypeAdapter[_BugTable]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to import

    return TypeAdapter(_BugTable)


def _schema_error(path: Path, text: str, error: ValidationError) -> BugError:
    # A misspelt key is also a missing one; the misspelling is what there is to see.
    problem = min(error.errors(), key=lambda problem: problem["type"] not in _UNKNOWN)
    keys = [part for part in problem["loc"] if _is_key(part)]
    name = ".".join(str(key) for key in keys)
    what = problem["msg"][:1].lower() + problem["msg"][1:]
    if problem["type"] in _UNKNOWN:
        what = "unknown key"
    elif problem["type"].startswith("missing"):
        what = "missing key"
    return _value_error(path, text, keys, f"`{name}`: {what}")


def _is_key(part: str | int) -> bool:
    """Pydantic puts names of types and of union members between the keys."""
    return isinstance(part, int) or re.fullmatch(r"[a-z_]+|pytorch|keras", part) is not None


def _value_error(path: Path, text: str, keys: Sequence[str | int], problem: str) -> BugError:
    return BugError(
        f"{path}:{_line_of(text, keys)}: {problem}.",
        hint="`docs/adding-a-bug.md` lists the keys of a bug and what they mean.",
        slug="bug-value",
    )


def _identity(path: Path, root: Path) -> str:
    try:
        identity = path.resolve().relative_to(root.resolve()).with_suffix("").as_posix()
    except ValueError as error:
        raise BugError(
            f"{path} is not inside the catalogue {root}.", hint="Move it there.", slug="bug-id"
        ) from error
    if not _ID.fullmatch(identity):
        raise BugError(
            f"{path}: `{identity}` is not an id of the form `category/short-name`.",
            hint="Small letters, digits and hyphens; one folder deep.",
            slug="bug-id",
        )
    category = identity.partition("/")[0]
    if category not in CATEGORIES:
        raise BugError(
            f"{path}: there is no category `{category}`.",
            hint=f"Categories: {', '.join(CATEGORIES)}.",
            slug="bug-category",
        )
    return identity


def _check(path: Path, text: str, table: _BugTable) -> None:
    for keys, problem in _problems(path, table):
        raise _value_error(path, text, keys, problem)


def _problems(path: Path, table: _BugTable) -> Iterator[tuple[Sequence[str | int], str]]:
    """Every value that has the right type and still makes no sense: where, and what."""
    for key in ("title", "story", "explanation"):
        if not getattr(table, key).strip():
            yield [key], f"`{key}` is empty"
    if table.difficulty not in DIFFICULTIES:
        yield ["difficulty"], f"`difficulty` is {table.difficulty}, not 1 to 5"
    if len(table.hints) != HINTS or not all(hint.strip() for hint in table.hints):
        yield ["hints"], f"`hints` has {len(table.hints)} texts, not three"
    for link in table.references:
        if not re.match(r"https?://\S+\.\S+$", link):
            yield ["references"], f"`references`: `{link}` is not a link"
    for index, rule in enumerate(table.inject):
        for key, problem in _rule_problems(path, rule):
            yield ["inject", index, key], f"`{key}`: {problem}"
    if not table.inject and not table.not_expressible:
        yield [], "no `[[inject]]`: the bug can be put nowhere"
    yield from _framework_problems(table)


def _rule_problems(path: Path, rule: _InjectTable) -> Iterator[tuple[str, str]]:
    if rule.codemod:
        yield from _codemod_problems(path, rule)
    elif rule.match is None:
        yield "match", "missing: a rule has `match` and `replace`, or a `codemod`"
    elif not rule.match.strip():
        yield "match", "the pattern is empty"
    elif rule.replace is None:
        yield "replace", 'missing: write `replace = ""` to delete what matches'


def _codemod_problems(path: Path, rule: _InjectTable) -> Iterator[tuple[str, str]]:
    if rule.match is not None or rule.replace is not None or rule.nth is not None:
        yield "codemod", "a rule has `match`, `replace` and `nth`, or a `codemod`, never both"
    name, _, attribute = rule.codemod.partition(":")
    if not name.endswith(".py") or not attribute.isidentifier():
        yield "codemod", f"`{rule.codemod}` is not of the form `file.py:Class`"
        return
    try:
        target = inside(path.parent, name)
    except DebugdiffError:
        yield "codemod", f"`{name}` leaves the bug's folder"
    else:
        if not target.is_file():
            yield "codemod", f"there is no file `{name}` beside the bug"


def _framework_problems(table: _BugTable) -> Iterator[tuple[Sequence[str | int], str]]:
    injected = {rule.framework for rule in table.inject}
    for framework, reason in table.not_expressible.items():
        if not reason.strip():
            yield ["not_expressible", framework], f"`not_expressible.{framework}` gives no reason"
    for framework in sorted(injected - set(table.symptom)):
        yield ["symptom"], f"`symptom` says nothing about {framework}, which has a rule"
    for framework in sorted(set(table.symptom) - injected):
        yield ["symptom", framework], f"`symptom.{framework}`: no rule is for {framework}"


def _rules(table: _BugTable, text: str) -> Iterator[InjectRule]:
    for index, rule in enumerate(table.inject):
        yield InjectRule(
            framework=rule.framework,
            styles=(rule.style,) if isinstance(rule.style, Style) else tuple(rule.style),
            trainings=_trainings(rule),
            match=rule.match or "",
            replace=rule.replace or "",
            inside=rule.inside,
            nth=rule.nth,
            use=rule.use,
            accept=tuple(rule.accept),
            codemod=rule.codemod,
            line=_line_of(text, ["inject", index]),
        )


def _trainings(rule: _InjectTable) -> tuple[Training, ...]:
    training = rule.training
    return (training,) if isinstance(training, Training) else tuple(training)


def _example(table: _ExampleTable) -> Example:
    return Example(
        framework=table.framework,
        before=table.before,
        after=table.after,
        style=table.style,
        training=table.training,
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """A table header or a key: its keys from the root, as pydantic counts them, and its line."""

    keys: tuple[str | int, ...]
    line: int


_HEADER = re.compile(r"\s*\[(\[)?\s*([\w.\-]+)\s*\]")
_KEY = re.compile(r"\s*([\w.\-]+)\s*=")
_LONG = re.compile(r"'''|\"\"\"")


def _entries(text: str) -> Iterator[_Entry]:
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    closing = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            closing = "" if closing in line else closing
            continue
        if header := _HEADER.match(line):
            name = header[2]
            table = tuple(name.split("."))
            if header[1]:
                counts[name] = counts.get(name, -1) + 1
                table = (name, counts[name])
            yield _Entry(table, number)
        elif key := _KEY.match(line):
            yield _Entry((*table, *key[1].split(".")), number)
        quotes = _LONG.findall(line)
        closing = quotes[0] if len(quotes) % 2 else ""


def _line_of(text: str, keys: Sequence[str | int]) -> int:
    """The line of a key, or of the closest table around it, or 1."""
    lines: Mapping[tuple[str | int, ...], int] = {
        entry.keys: entry.line for entry in reversed(list(_entries(text)))
    }
    wanted = tuple(keys)
    while wanted and wanted not in lines:
        wanted = wanted[:-1]
    return lines.get(wanted, 1)
