"""The catalogue: one TOML file per bug, validated when it is read.

`docs/adding-a-bug.md` explains the format. A bug's id is its path below the catalogue's folder
without `.toml`: `shape/concat-wrong-axis`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from debugdiff.bugs.bug_file import BugFile, read_bug_file
from debugdiff.bugs.identity import CATEGORIES, identity_of
from debugdiff.bugs.operators import OPERATORS, Operator, OperatorSet, load_operators
from debugdiff.bugs.problems import problems
from debugdiff.bugs.tables import (
    VERBS,
    BugTable,
    EditTable,
    ExampleTable,
    InjectTable,
    WhereTable,
)
from debugdiff.errors import BugError
from debugdiff.files import files_below, shipped
from debugdiff.model import Bug, Constraint, Example, InjectRule, RoleEdit, Verb, VerbValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydantic import TypeAdapter, ValidationError

    from debugdiff.bugs.tables import Need

__all__ = [
    "CATEGORIES",
    "Operator",
    "OperatorSet",
    "load_bug",
    "load_catalogue",
    "load_operators",
    "shipped_bugs",
]

Item = TypeVar("Item")

_TYPES = {"str", "int", "float", "bool"}
_UNKNOWN = {"unexpected_keyword_argument", "extra_forbidden"}


def load_bug(path: Path, root: Path) -> Bug:
    """Read one bug; `root` is the folder of the catalogue it belongs to.

    Patterns are not parsed here: `inject.validate_rules` does that.

    Raises:
        BugError: the file cannot be read, is not TOML, has an unknown key or a wrong value. The
            message names the file, the line and the key.
    """
    source = read_bug_file(path)
    table = _validated(source)
    identity = identity_of(path, root)
    for keys, problem in problems(path, table):
        raise source.error(keys, problem)
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
        rules=tuple(_rules(table, source)),
        examples=tuple(map(_example, table.example)),
        site=table.site,
        not_expressible=table.not_expressible,
        not_here=table.not_here,
        corrected=table.corrected,
        equivalent=table.equivalent,
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
                f"There is no folder with bugs at {folder}.",
                hint="It holds one folder per category, with one TOML file per bug.",
                slug="bug-folder",
            )
        for path in sorted(files_below(folder, ".toml")):
            if path == folder / OPERATORS:
                continue
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


def _validated(source: BugFile) -> BugTable:
    from pydantic import ValidationError  # noqa: PLC0415 - slow to import

    try:
        # JSON is where strict types and enums by value go together.
        return _adapter().validate_json(json.dumps(source.data, default=str))
    except ValidationError as error:
        raise _schema_error(source, error) from error


@cache
def _adapter() -> TypeAdapter[BugTable]:
    from pydantic import TypeAdapter  # noqa: PLC0415 - slow to import

    return TypeAdapter(BugTable)


def _schema_error(source: BugFile, error: ValidationError) -> BugError:
    # A misspelt key is also a missing one; the misspelling is what there is to see.
    problem = min(error.errors(), key=lambda problem: problem["type"] not in _UNKNOWN)
    keys = [part for part in problem["loc"] if _is_key(part)]
    name = ".".join(map(str, source.written(keys)))
    what = problem["msg"][:1].lower() + problem["msg"][1:]
    if problem["type"] in _UNKNOWN:
        what = "unknown key"
    elif problem["type"].startswith("missing"):
        what = "missing key"
    return source.error(keys, f"`{name}`: {what}")


def _is_key(part: str | int) -> bool:
    """Pydantic puts names of types and of union members between the keys."""
    return isinstance(part, int) or (re.fullmatch(r"\w+", part) is not None and part not in _TYPES)


def _rules(table: BugTable, source: BugFile) -> Iterator[InjectRule]:
    """Every rule; one that names several roles is a rule for each of them."""
    for index, rule in enumerate(table.inject):
        line = source.line(["inject", index])
        roles: list[str | None] = [*rule.at] if isinstance(rule.at, list) else [rule.at]
        for at in roles:
            yield _rule(rule, at, line)


def _rule(rule: InjectTable, at: str | None, line: int) -> InjectRule:
    others = (_edit(edit, edit.at) for edit in rule.also if isinstance(edit.at, str))
    return InjectRule(
        framework=rule.framework,
        styles=_listed(rule.style),
        trainings=_listed(rule.training),
        edits=(_edit(rule, at), *others) if at is not None else (),
        needs={name: _needed(wanted) for name, wanted in rule.needs.items()},
        allow=tuple(rule.allow),
        match=rule.match or "",
        replace=(rule.replace or "") if at is None else "",
        inside=rule.inside,
        not_inside=rule.not_inside,
        where={name: _constraint(table) for name, table in rule.where.items()},
        nth=rule.nth,
        use=rule.use,
        accept=tuple(rule.accept),
        codemod=rule.codemod,
        missing=rule.missing,
        line=line,
    )


def _edit(table: EditTable, at: str) -> RoleEdit:
    verbs = ((name, getattr(table, name)) for name in VERBS)
    return RoleEdit(
        at=at,
        verbs=tuple(
            Verb(name=name, value=_value(value)) for name, value in verbs if value is not None
        ),
        has={name: _code(value) for name, value in table.has.items()},
        nth=table.nth,
        every=table.all,
    )


def _value(value: object) -> VerbValue:
    if isinstance(value, dict):
        return {name: _code(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return tuple(map(str, value))
    assert isinstance(value, (str, bool))
    return value


def _code(value: object) -> str:
    """A number or a boolean may be written as it is, and stands for itself."""
    return value if isinstance(value, str) else repr(value)


def _needed(wanted: Need) -> tuple[str | bool, ...]:
    return tuple(wanted) if isinstance(wanted, list) else (wanted,)


def _listed(value: Item | list[Item]) -> tuple[Item, ...]:
    """What may be written as one value or as a list of them."""
    return tuple(value) if isinstance(value, list) else (value,)


def _constraint(table: WhereTable) -> Constraint:
    return Constraint(
        kind=_listed(table.kind),
        not_kind=_listed(table.not_kind),
        name=_listed(table.name),
        not_name=_listed(table.not_name),
        value=_listed(table.value),
        not_value=_listed(table.not_value),
        regex=_listed(table.regex),
        not_regex=_listed(table.not_regex),
    )


def _example(table: ExampleTable) -> Example:
    before, after = table.before or "", table.after or ""
    if table.program is not None:
        before, after = (_side(table.program, other) for other in ("+", "-"))
    return Example(
        framework=table.framework,
        before=before,
        after=after,
        style=table.style,
        training=table.training,
    )


def _side(program: str, other: str) -> str:
    """The lines of a program with marks at their beginning, without those of the other side."""
    lines = program.strip("\n").split("\n")
    return "\n".join(line[2:] for line in lines if not line.startswith(other)) + "\n"
