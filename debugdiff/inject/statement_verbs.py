"""Verbs on statements: replaced, removed, moved, enclosed, with lines beside them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.inject import blocks
from debugdiff.inject.blocks import Statement
from debugdiff.inject.code import parse_code
from debugdiff.inject.misfits import Unfit
from debugdiff.inject.roles import cannot_stand_in, statement_of
from debugdiff.source.normal import has_docstring

if TYPE_CHECKING:
    from collections.abc import Sequence

    from debugdiff.inject.edits import Part
    from debugdiff.inject.site import Site
    from debugdiff.model import VerbValue


def replace(site: Site, value: VerbValue) -> None:
    """Put code in the place's stead; no code takes its statement out."""
    assert isinstance(value, str)
    if not value.strip():
        remove(site, value)
    elif isinstance(site.node, ast.expr) and parse_code(value).is_expression:
        site.put(site.stretch, site.code(value.strip()))
    else:
        _whole_statement(site)
        lines = blocks.indented(site.code(value.strip("\n")), site.statement.indent, site.file)
        _, *parts = lines
        site.draft.replace(site.statement.start, site.statement.end, *parts)


def _whole_statement(site: Site) -> None:
    statement = site.statement.node
    if site.node is not statement and getattr(statement, "value", None) is not site.node:
        raise Unfit(f"line {site.line} holds more than what is replaced")
    if site.statement.shares_line:
        raise Unfit(f"line {site.line} holds other statements, too")


def remove(site: Site, _: VerbValue) -> None:
    """Take the statement out; of a `with` and of a decorator, the thing alone."""
    node, statement = site.node, site.statement
    if isinstance(node, ast.With) or _is_context(site):
        blocks.take_away_block(site.draft, statement)
    elif node in getattr(statement.node, "decorator_list", []):
        line = site.file.offsets.place(site.stretch.start)[0]
        starts = [site.file.offsets.line_start(number) for number in (line, line + 1)]
        site.draft.replace(starts[0], starts[1])
    else:
        blocks.take_out(site.draft, statement)


def _is_context(site: Site) -> bool:
    """Whether the place is the one manager of a `with`."""
    items = getattr(site.statement.node, "items", [])
    return len(items) == 1 and items[0].context_expr is site.node


def put_before(site: Site, value: VerbValue) -> None:
    """Put lines before the statement."""
    assert isinstance(value, str)
    if "def " in value and _is_kept_by_a_loop(site):
        raise Unfit(f"line {site.line} is in a loop, and what it makes is used after that")
    blocks.put_before(site.draft, site.statement, _lines(site, value))


def _is_kept_by_a_loop(site: Site) -> bool:
    """Whether every round of a loop puts its own value away: a function would read the last one."""
    statement = site.statement.node
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    is_kept = any(isinstance(target, ast.Subscript) for target in targets)
    return is_kept and site.file.loop(statement) is not None


def put_after(site: Site, value: VerbValue) -> None:
    """Put lines after the statement."""
    blocks.put_after(site.draft, site.statement, _lines(site, value))


def put_first(site: Site, value: VerbValue) -> None:
    """Put lines at the beginning of the block."""
    blocks.put_first(site.draft, _block(site), site.file, _lines(site, value))


def put_last(site: Site, value: VerbValue) -> None:
    """Put lines at the end of the block."""
    blocks.put_last(site.draft, _block(site), site.file, _lines(site, value))


def _lines(site: Site, value: VerbValue) -> list[Part]:
    """Lines of code, with the empty lines below them."""
    assert isinstance(value, str)
    empty = len(value) - len(value.rstrip("\n")) - 1
    return [
        *site.code(value.strip("\n"), site.place.text),
        blocks.newline_of(site.file.text) * max(0, empty),
    ]


def _block(site: Site) -> Sequence[ast.stmt]:
    """The block of a loop or function that is the place; else the block that holds it."""
    own = site.statement.inner() if site.node is site.statement.node else []
    return own or site.statement.block


def move(site: Site, value: VerbValue) -> None:
    """Put the statement somewhere else."""
    assert isinstance(value, str)
    kind, _, role = value.partition(":")
    if kind == "out":
        target, kind = _loop(site), "after"
    elif kind == "into":
        _move_into(site, statement_of(site.work.roles, role, site.file))
        return
    elif role:
        target = Statement(site.file, statement_of(site.work.roles, role, site.file))
    else:
        target = Statement(site.file, site.statement.block[0 if kind == "first" else -1])
        kind = "before" if kind == "first" else "after"
    if target.node is site.statement.node:
        raise Unfit(f"line {site.line} is already there")
    offset = target.line_start if kind == "before" else _below(target)
    blocks.move(site.draft, site.statement, offset, target.indent)


def _move_into(site: Site, block: ast.stmt) -> None:
    """Make the statement the first of a loop or function, where it means the same there."""
    first = Statement(site.file, getattr(block, "body")[0])  # noqa: B009 - not all statements have it
    if first.shares_line:
        raise Unfit(f"line {first.lines[0]} holds more than one statement of the block")
    problem = cannot_stand_in(site.statement.node, block, site.file)
    if problem:
        raise Unfit(problem)
    offset = _below(first) if has_docstring(block) else blocks.below_header(first)
    blocks.move(site.draft, site.statement, offset, first.indent)


def _loop(site: Site) -> Statement:
    loop = site.file.loop(site.statement.node)
    if loop is None:
        raise Unfit(f"line {site.line} is in no loop")
    return Statement(site.file, loop)


def _below(statement: Statement) -> int:
    following = statement.file.offsets.line_start(statement.lines[-1] + 1)
    return max(following, statement.line_end)


def enclose(site: Site, value: VerbValue) -> None:
    """Put the statement into a block of its own."""
    assert isinstance(value, str)
    parts = site.code(f"{value.strip()} pass")
    assert isinstance(parts[-1], str)
    header = [*parts[:-1], parts[-1].rstrip().removesuffix("pass").rstrip()]
    blocks.enclose(site.draft, site.statement, header)
