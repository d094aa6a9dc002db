"""What a bug's TOML file may hold, and which values make sense."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from debugdiff.errors import DebugdiffError
from debugdiff.files import inside
from debugdiff.model import (  # noqa: TC001 - pydantic needs them
    CodeKind,
    Framework,
    Style,
    Symptom,
    Training,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

HINTS = 3
DIFFICULTIES = range(1, 6)
_STRICT = {"extra": "forbid", "strict": True}


Value = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereTable:
    __pydantic_config__: ClassVar = _STRICT
    kind: CodeKind | list[CodeKind] = field(default_factory=list)
    not_kind: CodeKind | list[CodeKind] = field(default_factory=list)
    name: str | list[str] = field(default_factory=list)
    not_name: str | list[str] = field(default_factory=list)
    value: Value | list[Value] = field(default_factory=list)
    not_value: Value | list[Value] = field(default_factory=list)
    regex: str | list[str] = field(default_factory=list)
    not_regex: str | list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectTable:
    __pydantic_config__: ClassVar = _STRICT
    framework: Framework
    style: Style | list[Style] = field(default_factory=list)
    training: Training | list[Training] = field(default_factory=list)
    match: str | None = None
    replace: str | None = None
    inside: str = ""
    not_inside: str = ""
    where: dict[str, WhereTable] = field(default_factory=dict)
    nth: int | None = None
    use: str = ""
    accept: list[str] = field(default_factory=list)
    codemod: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleTable:
    __pydantic_config__: ClassVar = _STRICT
    framework: Framework
    before: str
    after: str
    style: Style | None = None
    training: Training | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BugTable:
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
    inject: list[InjectTable] = field(default_factory=list)
    example: list[ExampleTable] = field(default_factory=list)
    not_expressible: dict[Framework, str] = field(default_factory=dict)


def problems(path: Path, table: BugTable) -> Iterator[tuple[Sequence[str | int], str]]:
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


def _rule_problems(path: Path, rule: InjectTable) -> Iterator[tuple[str, str]]:
    if rule.codemod:
        yield from _codemod_problems(path, rule)
    elif rule.match is None:
        yield "match", "missing: a rule has `match` and `replace`, or a `codemod`"
    elif not rule.match.strip():
        yield "match", "the pattern is empty"
    elif rule.replace is None:
        yield "replace", 'missing: write `replace = ""` to delete what matches'


def _codemod_problems(path: Path, rule: InjectTable) -> Iterator[tuple[str, str]]:
    if rule.match is not None or rule.replace is not None or rule.nth is not None:
        yield "codemod", "a rule has `match`, `replace` and `nth`, or a `codemod`, never both"
    if rule.where and not (rule.use or rule.accept):
        yield "where", "a codemod has no metavariables"
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


def _framework_problems(table: BugTable) -> Iterator[tuple[Sequence[str | int], str]]:
    injected = {rule.framework for rule in table.inject}
    for framework, reason in table.not_expressible.items():
        if not reason.strip():
            yield ["not_expressible", framework], f"`not_expressible.{framework}` gives no reason"
    for framework in sorted(injected - set(table.symptom)):
        yield ["symptom"], f"`symptom` says nothing about {framework}, which has a rule"
    for framework in sorted(set(table.symptom) - injected):
        yield ["symptom", framework], f"`symptom.{framework}`: no rule is for {framework}"
