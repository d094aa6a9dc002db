"""The small changes of a program that would make it fit: tried one by one, on sizes alone."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from debugdiff.dryrun import dry_run
from debugdiff.source.bindings import bindings_of
from debugdiff.source.place import Place
from debugdiff.suspects.repairs.forms import casts, inserted, turned
from debugdiff.suspects.repairs.numbers import numbers
from debugdiff.suspects.repairs.repair import Fit, latest_first
from debugdiff.suspects.repairs.switches import axes, borrowed, branches, flattened, switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.dryrun import Held, Mismatch, Outcome
    from debugdiff.source.program import Program
    from debugdiff.suspects.repairs.repair import Repair

_TRIALS = 140
_STEPS = 60_000
"""Steps of all dry runs together: about half a second."""
_ITEMS = 4


def fits_of(program: Program, held: Held, outcome: Outcome) -> list[Fit]:
    """The repairs after which a program gets beyond where it stopped."""
    mismatch = outcome.mismatch
    if mismatch is None:
        return []
    found, steps = [], outcome.steps
    every = [
        one
        for one in _repairs(program, outcome, mismatch)
        if one.changes(outcome.values) and one.concerns(outcome.values, mismatch)
    ]
    every.sort(key=lambda repair: (not repair.is_exact, repair.is_handed_on(outcome.values)))
    for trial, repair in enumerate(every):
        if trial >= _TRIALS or steps > _STEPS:
            break
        after = dry_run(
            program, held=held, edits=repair.edits, given=repair.given, skipped=repair.skipped
        )
        steps += after.steps
        if _is_beyond(after, outcome):
            found.append(Fit(repair=repair, is_whole=after.mismatch is None and after.complete))
    return found


def _is_beyond(after: Outcome, before: Outcome) -> bool:
    """Whether the program gets beyond where it stopped."""
    assert before.mismatch is not None
    stopped = before.mismatch.stack[-1].node
    if stopped not in after.reached:
        return False
    if after.mismatch is None:
        return after.complete
    return after.mismatch.stack[-1].node is not stopped


def _repairs(program: Program, outcome: Outcome, mismatch: Mismatch) -> Iterator[Repair]:
    """What may be tried, the likeliest first."""
    files = program.homes
    if mismatch.kind == "dtype":
        yield from casts(files, mismatch, outcome.values)
        return
    for is_wanted, side in ((True, mismatch.wanted), (False, mismatch.came)):
        yield from switches(files, side.made, is_wanted=is_wanted)
    formed = mismatch.tensor.formed if mismatch.tensor else frozenset()
    others = mismatch.other.formed if mismatch.other else frozenset()
    yield from switches(
        files, (formed | others) - mismatch.came.made - mismatch.wanted.made, is_wanted=False
    )
    every = formed | others | mismatch.came.made | mismatch.wanted.made
    yield from borrowed(program, files, every, outcome.values)
    yield from flattened(program, outcome.values)
    yield from axes(files, every)
    yield from branches(mismatch)
    for is_wanted, side in ((True, mismatch.wanted), (False, mismatch.came)):
        yield from numbers(files, mismatch, side.made, is_wanted=is_wanted)
    for node in latest_first(files, formed | others | mismatch.came.made):
        if isinstance(node, ast.Call | ast.Subscript):
            yield from turned(files[node], node, outcome.values)
    failing = mismatch.stack[-1]
    if isinstance(failing.node, ast.Call):
        for argument in _given(failing.node):
            yield from inserted(failing.file, argument, outcome.values)
            for place in _behind(program, Place(failing.file, argument)):
                yield from inserted(place.file, place.node, outcome.values)


def _given(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given first; of a list, its items."""
    for argument in call.args[:2]:
        parts = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
        for part in parts[:_ITEMS]:
            yield part
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                yield part.func.value


def _behind(program: Program, argument: Place) -> Iterator[Place]:
    """The expression that a name was bound to, the call that made it, and what that was given."""
    node = argument.node
    bound = bindings_of(argument.file, node) if isinstance(node, ast.Name) else []
    for one in bound:
        if isinstance(one.node, ast.expr) and not one.path:
            yield Place(argument.file, one.node)
    for end in program.flow.origins(argument):
        if isinstance(end.place.node, ast.Call) and not end.path:
            given = end.place.node.args[:1]
            yield from (Place(end.place.file, part) for part in (end.place.node, *given))
