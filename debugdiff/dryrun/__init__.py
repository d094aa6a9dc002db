"""A dry run: the program's shapes are run forward through its own text, and nothing is executed.

Sizes and dtypes take the place of tensors; each remembers what in the text decided it. Where two of
them do not fit, the dry run stops as the program did. It can be asked again with an edit at a node,
and says how far it gets then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.dryrun.machine import Exhausted, LeftLoop, Returned
from debugdiff.dryrun.running import Running
from debugdiff.dryrun.values import HeldValue, Mismatch, Note

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from debugdiff.dryrun.values import Value
    from debugdiff.source.program import Program

__all__ = ["Held", "HeldValue", "Mismatch", "Note", "Outcome", "dry_run"]

Held = dict[tuple[str, str, str], HeldValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a dry run ended.

    Attributes:
        mismatch: what did not fit; `None` if it came to its end.
        steps: how many steps it took.
        reached: the calls and statements that it came to.
        values: what each expression came to last.
        complete: whether it came to its end or to a mismatch.
        notes: what fits and can hardly be meant.
    """

    mismatch: Mismatch | None
    steps: int
    complete: bool
    reached: frozenset[ast.AST] = frozenset()
    values: Mapping[ast.AST, Value] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def dry_run(
    program: Program,
    *,
    held: Mapping[tuple[str, str, str], HeldValue] | None = None,
    edits: Mapping[ast.AST, Callable[[Value], Value]] | None = None,
    given: Mapping[ast.AST, Mapping[str, Value | ast.expr]] | None = None,
    skipped: frozenset[ast.AST] = frozenset(),
) -> Outcome:
    """Run a program on sizes alone.

    Args:
        program: its files; the main one is run.
        held: what the real run held, by file, function and name, for what the text does not show.
        edits: nodes whose value is taken for another one.
        given: calls that get further arguments, by name; an expression is read where the call is.
        skipped: calls that hand on what they are given.
    """
    run = Running(program, edits or {}, given or {}, held or {}, skipped)
    mismatch, complete = None, True
    try:
        run.module(program.files[program.main])
    except Mismatch as found:
        mismatch = found
        mismatch.stack = mismatch.stack or (run.line,)
    except (Exhausted, RecursionError, LeftLoop, Returned):
        complete = False
    return Outcome(
        mismatch=mismatch,
        steps=run.steps,
        complete=complete,
        reached=frozenset(run.reached),
        values=run.values,
        notes=tuple(run.notes),
    )
