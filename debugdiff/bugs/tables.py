"""What a bug's TOML file may hold."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import ClassVar

from debugdiff.model import (  # noqa: TC001 - pydantic needs them
    CodeKind,
    Framework,
    Style,
    Symptom,
    Training,
)

_STRICT = {"extra": "forbid", "strict": True}


Value = str | int | float | bool
Need = str | bool | list[str]


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
class EditTable:
    """Verbs at a role, in the order in which they are done."""

    __pydantic_config__: ClassVar = _STRICT
    at: str | list[str] | None = None
    has: dict[str, Value] = field(default_factory=dict)
    nth: int | None = None
    all: bool = False
    set: dict[str, Value] | None = None
    drop: list[str] | None = None
    swap: list[str | int] | None = None
    become: str | None = None
    activate: str | None = None
    wrap: str | None = None
    unwrap: str | None = None
    leave_out: bool | None = None
    negate: bool | None = None
    inline: bool | None = None
    separate: bool | None = None
    insert: str | None = None
    replace: str | None = None
    remove: bool | None = None
    before: str | None = None
    after: str | None = None
    first: str | None = None
    last: str | None = None
    move: str | None = None
    enclose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectTable(EditTable):
    __pydantic_config__: ClassVar = _STRICT
    framework: Framework | None = None
    style: Style | list[Style] = field(default_factory=list)
    training: Training | list[Training] = field(default_factory=list)
    needs: dict[str, Need] = field(default_factory=dict)
    also: list[EditTable] = field(default_factory=list)
    allow: list[str] = field(default_factory=list)
    match: str | None = None
    inside: str = ""
    not_inside: str = ""
    where: dict[str, WhereTable] = field(default_factory=dict)
    use: str | None = None
    accept: list[str] = field(default_factory=list)
    codemod: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleTable:
    __pydantic_config__: ClassVar = _STRICT
    framework: Framework
    program: str | None = None
    before: str | None = None
    after: str | None = None
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
    not_here: dict[str, str] = field(default_factory=dict)
    corrected: dict[str, str] = field(default_factory=dict)
    equivalent: dict[str, str] = field(default_factory=dict)


VERBS = tuple(key.name for key in fields(EditTable) if key.name not in {"at", "has", "nth", "all"})
"""The verbs, in the order in which those of a rule are done."""
