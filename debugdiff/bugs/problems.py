"""Which values of a bug's TOML file have the right type and still make no sense."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from debugdiff.bugs.tables import VERBS
from debugdiff.errors import DebugdiffError
from debugdiff.files import inside
from debugdiff.model import Framework

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from debugdiff.bugs.tables import BugTable, ExampleTable, InjectTable

HINTS = 3
DIFFICULTIES = range(1, 6)


def problems(path: Path, table: BugTable) -> Iterator[tuple[Sequence[str | int], str]]:
    """Every value that has the right type and still makes no sense: where, and what."""
    for key in ("title", "story", "explanation"):
        if not getattr(table, key).strip():
            yield [key], f"`{key}` is empty"
    yield from _fact_problems(table)
    for index, rule in enumerate(table.inject):
        for key, problem in _rule_problems(path, rule):
            yield ["inject", index, key], f"`{key}`: {problem}"
    for index, example in enumerate(table.example):
        for key, problem in _example_problems(example):
            yield ["example", index, key], f"`{key}`: {problem}"
    if not table.inject and not table.not_expressible:
        yield [], "no `[[inject]]`: the bug changes nothing"
    yield from _framework_problems(table)


def _fact_problems(table: BugTable) -> Iterator[tuple[Sequence[str | int], str]]:
    if table.difficulty not in DIFFICULTIES:
        yield ["difficulty"], f"`difficulty` is {table.difficulty}, not 1 to 5"
    if len(table.hints) != HINTS or not all(hint.strip() for hint in table.hints):
        yield ["hints"], f"`hints` has {len(table.hints)} texts, not three"
    for link in table.references:
        if not re.match(r"https?://\S+\.\S+$", link):
            yield ["references"], f"`references`: `{link}` is not a link"


_OF_PATTERNS = {"replace"}
"""What is a verb at a role, and something else beside a pattern."""


def _rule_problems(path: Path, rule: InjectTable) -> Iterator[tuple[str, str]]:
    if rule.at is not None:
        yield from _role_problems(rule)
        return
    for key in (*VERBS, "has", "needs", "also", "all"):
        if key not in _OF_PATTERNS and getattr(rule, key) not in (None, {}, [], False):
            yield key, "only a rule with `at` has it"
    for text in filter(None, (rule.use, *rule.accept)):
        if text.startswith("role:"):
            yield "use" if text == rule.use else "accept", "only a rule with `at` can name a role"
    if rule.codemod:
        yield from _codemod_problems(path, rule)
    elif rule.match is None:
        yield "match", "missing: a rule has `at` and verbs, `match` and `replace`, or a `codemod`"
    elif not rule.match.strip():
        yield "match", "the pattern is empty"
    elif rule.replace is None:
        yield "replace", 'missing: write `replace = ""` to delete what matches'


def _role_problems(rule: InjectTable) -> Iterator[tuple[str, str]]:
    if rule.match is not None or rule.codemod:
        yield "at", "a rule has `at` and verbs, `match` and `replace`, or a `codemod`"
    for edit in (rule, *rule.also):
        if not edit.at:
            yield "also" if edit is not rule else "at", "`at` is missing: each edit names its role"
        elif edit is not rule and not isinstance(edit.at, str):
            yield "also", "`at` is a list: only a rule's own edit may name several roles"
        if edit.nth is not None and edit.all:
            yield "nth", "a rule has `nth`, or `all = true`"
        for verb in VERBS:
            if getattr(edit, verb) is False:
                yield verb, f"leave it out, or write `{verb} = true`"
        if edit.swap is not None and len(edit.swap) != len(("one", "other")):
            yield "swap", "it takes two names of arguments, or two numbers"
        if all(getattr(edit, verb) is None for verb in VERBS):
            yield "at", f"nothing is done there; verbs: {', '.join(VERBS)}"


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


def _frameworks(rule: InjectTable) -> Sequence[Framework]:
    return list(Framework) if rule.framework is None else [rule.framework]


def _example_problems(table: ExampleTable) -> Iterator[tuple[str, str]]:
    if table.program is None:
        if table.before is None or table.after is None:
            yield "program", "missing: an example is a program with `- ` and `+ ` lines"
        return
    if table.before is not None or table.after is not None:
        yield "program", "an example has a `program`, or `before` and `after`"
    lines = table.program.strip("\n").split("\n")
    for number, line in enumerate(lines, start=1):
        if line.strip() and line[:2].rstrip() not in {"", "-", "+"}:
            yield "program", f"line {number} begins with neither `- ` nor `+ ` nor two spaces"
    if not any(line.startswith(("-", "+")) for line in lines):
        yield "program", "no line begins with `- ` or `+ `"


_UNCHANGED_PLACE = re.compile(r"[^/:]+/[^/:]+|(?:style|training):\w+|(?:has|lacks):.+|\w+")


def _unchanged_problems(
    name: str, place: str, reason: str
) -> Iterator[tuple[Sequence[str | int], str]]:
    """Of an entry that says why a bug changes nothing."""
    kind, _, pattern = place.partition(":")
    if not _UNCHANGED_PLACE.fullmatch(place) or (
        "/" not in place and ":" not in place and place not in set(Framework)
    ):
        text = "no framework, case/program, style:NAME, training:NAME, has:PATTERN or lacks:PATTERN"
        yield [name], f"`{name}.{place}` is {text}"
    if kind in {"has", "lacks"} and not _is_pattern(pattern):
        yield [name], f"`{name}.{place}`: `{pattern}` is not a regular expression"
    if not reason.strip():
        yield [name], f"`{name}.{place}` gives no reason"


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _impossible_problems(
    table: BugTable, injected: set[Framework]
) -> Iterator[tuple[Sequence[str | int], str]]:
    for framework, reason in table.not_expressible.items():
        key = ["not_expressible", framework]
        if not reason.strip():
            yield key, f"`not_expressible.{framework}` gives no reason"
        if framework in injected:
            said = "says that no program can have the bug, and a rule writes it"
            hint = "`not_here` says which programs have no place for it"
            yield key, f"`not_expressible.{framework}` {said}: {hint}"


def _framework_problems(table: BugTable) -> Iterator[tuple[Sequence[str | int], str]]:
    injected = {kind for rule in table.inject for kind in _frameworks(rule)}
    yield from _impossible_problems(table, injected)
    for place, reason in table.not_here.items():
        if not re.fullmatch(r"[^/:]+/[^/:]+|style:\w+|training:\w+", place):
            yield (
                ["not_here"],
                f"`not_here.{place}` is no case/program, style:NAME or training:NAME",
            )
        if not reason.strip():
            yield ["not_here"], f"`not_here.{place}` gives no reason"
    for name in ("corrected", "equivalent"):
        for place, reason in getattr(table, name).items():
            yield from _unchanged_problems(name, place, reason)
    for framework in sorted(injected - set(table.symptom)):
        yield ["symptom"], f"`symptom` has no entry for {framework}, which has a rule"
    for framework in sorted(set(table.symptom) - injected):
        yield ["symptom", framework], f"`symptom.{framework}`: no rule is for {framework}"
