"""A bug of the catalogue, and a program with the bug in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from debugdiff.model.locations import Span
from debugdiff.model.programs import Framework, Style, Training


class Symptom(StrEnum):
    """How a bug is expected to show itself."""

    STATIC = "static"
    BUILD = "build"
    FIRST_STEP = "first-step"
    LATER_STEP = "later-step"
    NON_FINITE = "non-finite"
    SILENT = "silent"
    SLOW = "slow"


class CodeKind(StrEnum):
    """What a piece of code is; `literal` is any constant, `name` also `self.units`."""

    NUMBER = "number"
    INTEGER = "integer"
    FLOAT = "float"
    STRING = "string"
    BOOLEAN = "boolean"
    NONE = "none"
    LITERAL = "literal"
    NAME = "name"
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a metavariable may stand for. Of each non-empty list one has to fit, of a `not_` none.

    Attributes:
        name: dotted names, compared by what they resolve to; `*` stands for any part of one name.
        value: the constants that it may be.
        regex: has to match the whole of its text.
    """

    kind: tuple[CodeKind, ...] = ()
    not_kind: tuple[CodeKind, ...] = ()
    name: tuple[str, ...] = ()
    not_name: tuple[str, ...] = ()
    value: tuple[str | int | float | bool, ...] = ()
    not_value: tuple[str | int | float | bool, ...] = ()
    regex: tuple[str, ...] = ()
    not_regex: tuple[str, ...] = ()


VerbValue = str | bool | tuple[str, ...] | Mapping[str, str]
"""Code, a yes, names of arguments, or code by the name of an argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that is done to a place of a program: `set`, `wrap`, `remove` ..."""

    name: str
    value: VerbValue


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEdit:
    """Verbs at a role of a program.

    Attributes:
        at: the role: `head`, `loss-call`.
        verbs: in the order in which they are done.
        has: per canonical argument of the place's call, what it must be: `present`, `absent`,
            `number`, or code.
        nth: which of the role's places, from 0; negative counts from the end; `None`: the first
            where the verbs can be done.
        every: all of the role's places.
    """

    at: str
    verbs: tuple[Verb, ...]
    has: Mapping[str, str] = field(default_factory=dict)
    nth: int | None = None
    every: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectRule:
    """One way to write a bug into a program: edits at roles, a pattern, or a codemod.

    Attributes:
        framework: the framework whose programs it fits; `None` for both.
        styles, trainings: where it fits; empty means everywhere.
        edits: what is done at roles of the program, all of it or nothing.
        needs: per fact or role, what has to be so for the edits to make sense.
        allow: names that the result may use though nothing binds them; `return` for a function
            that returns nothing any more.
        match, replace: Python code with metavariables (`$x`, `$*args`, `$_`).
        inside: the function, class or `Class.method` that holds the match; empty means anywhere.
        not_inside: the function, class or method that must not hold it.
        where: what a metavariable of any of the rule's patterns may stand for.
        nth: which match to take, from 0; negative counts from the end; `None` asks for exactly one.
        use: a pattern or `role:NAME` that marks the line where the defect bites; empty: the defect
            line itself; `None`: what follows from the role.
        accept: patterns or roles of lines where an equally good fix could be made.
        codemod: `file.py:Class` beside the TOML, in place of a pattern.
        missing: what a program lacks that nothing matches, in its user's words.
        line: the line of the rule in its TOML file, for messages.
    """

    framework: Framework | None = None
    styles: tuple[Style, ...] = ()
    trainings: tuple[Training, ...] = ()
    edits: tuple[RoleEdit, ...] = ()
    needs: Mapping[str, tuple[str | bool, ...]] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    match: str = ""
    replace: str = ""
    inside: str = ""
    not_inside: str = ""
    where: Mapping[str, Constraint] = field(default_factory=dict)
    nth: int | None = None
    use: str | None = None
    accept: tuple[str, ...] = ()
    codemod: str = ""
    missing: str = ""
    line: int = 0

    @property
    def frameworks(self) -> tuple[Framework, ...]:
        """The frameworks whose programs it fits."""
        return tuple(Framework) if self.framework is None else (self.framework,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small program before and after a bug; one test runs every example of every bug."""

    framework: Framework
    before: str
    after: str
    style: Style | None = None
    training: Training | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """One fault of the catalogue. Its id is its path: `shape/concat-wrong-axis`.

    Attributes:
        symptom: what is expected, per framework; what was measured stands in the records.
        site: the site where the bug's effect begins, if it has a name.
        not_expressible: per framework, why the framework gives no way to write the bug.
        not_here: programs that it does not fit though others of their case have it, and why: by
            `case/implementation`, `style:sequential` or `training:fit`.
        corrected: programs in which the framework puts the bug right if it changes nothing, and
            how: as `not_here`, or by framework.
        equivalent: programs that have nothing which the bug could touch if it changes nothing, and
            why: as `corrected`, or by a pattern that the program's text has (`has:`) or has not
            (`lacks:`).
        path: its TOML file.
    """

    id: str
    path: Path
    title: str
    difficulty: int
    symptom: Mapping[Framework, Symptom]
    taxonomy: tuple[str, ...]
    story: str
    explanation: str
    hints: tuple[str, ...]
    references: tuple[str, ...]
    rules: tuple[InjectRule, ...]
    examples: tuple[Example, ...]
    site: str = ""
    not_expressible: Mapping[Framework, str] = field(default_factory=dict)
    not_here: Mapping[str, str] = field(default_factory=dict)
    corrected: Mapping[str, str] = field(default_factory=dict)
    equivalent: Mapping[str, str] = field(default_factory=dict)

    @property
    def category(self) -> str:
        """The folder of the bug: `shape` of `shape/concat-wrong-axis`."""
        return self.id.partition("/")[0]

    @property
    def frameworks(self) -> frozenset[Framework]:
        """The frameworks that it has a rule for."""
        return frozenset(kind for rule in self.rules for kind in rule.frameworks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """An implementation with one bug in it.

    Attributes:
        file: the one file that was changed, relative to the case's folder.
        source: its text with the bug in it; it always parses.
        diff: unified, from the clean file.
        defect: what was changed, in the mutant's lines.
        use: where the defect bites, when that is another line than the defect's.
        accept: further lines where an equally good fix could be made.
    """

    bug: str
    case: str
    implementation: str
    file: str
    source: str
    diff: str
    defect: tuple[Span, ...]
    use: tuple[Span, ...] = ()
    accept: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """A bug that does not fit an implementation.

    `expressible` is False where the framework gives no way to write the bug at all.
    """

    bug: str
    case: str
    implementation: str
    reason: str
    expressible: bool = True


Injection = Mutant | NotApplicable
"""What putting a bug into an implementation gives."""
