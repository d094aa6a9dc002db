"""Stacks as a list: what each consists of, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from debugdiff.files import to_json
from debugdiff.report.layout import (
    BAD,
    QUIET,
    STRONG,
    Block,
    Column,
    Grid,
    Row,
    indented,
    quiet,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from debugdiff.own_stacks.listing import ListedStack
    from debugdiff.report.page import Page

SCHEMA_VERSION = 1
_COLUMNS = (
    Column(header="stack", flexible=16),
    Column(header="kind"),
    Column(header="versions", flexible=24),
    Column(header="packages", flexible=12),
)


def render(stacks: Sequence[ListedStack], page: Page) -> str:
    """One row per stack."""
    missing = [each.name for each in stacks if each.declared and not each.versions]
    note = f"Make those that are missing with: debugdiff stacks create {' '.join(missing)}"
    return page.write(
        Grid(columns=_COLUMNS, blocks=(Block(rows=tuple(map(_row, stacks))),)),
        *([indented(quiet(note))] if missing else []),
    )


def _row(stack: ListedStack) -> Row:
    versions = ", ".join(f"{name} {version}" for name, version in (stack.versions or {}).items())
    return (
        Text(stack.name, style=STRONG),
        Text(stack.kind if stack.kind != stack.name else "", style=QUIET),
        Text(versions) if versions else Text("missing", style=BAD),
        Text(_origin(stack), style=QUIET),
    )


def _origin(stack: ListedStack) -> str:
    if stack.declared is None:
        return "debugdiff's own"
    if stack.made:
        return f"{len(stack.made.lock)} made, {stack.made.identity}"
    return stack.declared.interpreter or "not made yet"


def render_json(stacks: Sequence[ListedStack]) -> str:
    """The same for a program."""
    found = [_as_json(each) for each in stacks]
    return to_json({"schema_version": SCHEMA_VERSION, "stacks": found}, indent=2) + "\n"


def _as_json(stack: ListedStack) -> dict[str, Any]:
    made, declared = stack.made, stack.declared
    return {
        "name": stack.name,
        "kind": stack.kind,
        "versions": stack.versions,
        "file": declared.file if declared else None,
        "requirements": declared.requirements if declared else [],
        "extends": declared.extends if declared else "",
        "python": made.python if made else (declared.interpreter if declared else ""),
        "lock": made.lock if made else [],
        "identity": made.identity if made else "",
    }


def locks_json(locks: Mapping[str, Sequence[str]]) -> str:
    """The exact packages of some stacks."""
    return to_json({"schema_version": SCHEMA_VERSION, "locks": dict(locks)}, indent=2) + "\n"
