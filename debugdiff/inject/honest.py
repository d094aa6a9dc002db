"""Whether a mutant fails by the bug alone: what the text of the change itself would break.

Everything is asked of the program before and after: what the user's own program does already is no
fault of the change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.inject.inherited import INHERITED
from debugdiff.inject.readings import ProgramReading, known_reading

if TYPE_CHECKING:
    from collections.abc import Collection

RETURN = "return"
"""In `allow`: the bug is that a function returns nothing."""

_USED_BY_FRAMEWORK = frozenset(
    {"forward", "call", "__call__", "train_step", "test_step", "compute_loss"}
)


def artefact(before: str, after: str, allow: Collection[str] = ()) -> str:
    """What would fail in a mutant because of the text of the change; empty if nothing would.

    Args:
        before: the program, which parses.
        after: the mutant.
        allow: names that may be unbound, since the bug is about that.
    """
    old = known_reading(before)
    try:
        new = ProgramReading(after)
    except SyntaxError as error:
        return f"Python could not read the changed program: {error.msg} (line {error.lineno})"
    checks: tuple[str, ...] = (
        _problem(new),
        _unbound(old, new, allow),
        _early(old, new, allow),
    )
    value = "" if RETURN in allow else _without_value(old, new)
    checks = (*checks, value, _undefined(old, new, allow), _of_tuples(old, new))
    return next(filter(None, checks), "")


def _problem(new: ProgramReading) -> str:
    for line, reading in new.parts:
        if reading.problem:
            return f"{reading.problem} (line {line + 1})"
    return ""


def _unbound(old: ProgramReading, new: ProgramReading, allow: Collection[str]) -> str:
    for name, line in new.unbound.items():
        if name not in old.unbound and name not in allow:
            return f"the bug needs `{name}`, which has no value in line {line} of this program"
    return ""


def _early(old: ProgramReading, new: ProgramReading, allow: Collection[str]) -> str:
    known = {(read.scope, read.name) for read in old.early}
    for read in new.early:
        if (read.scope, read.name) not in known and read.name not in allow:
            return f"the change would read `{read.name}` before it has a value (line {read.line})"
    return ""


def _without_value(old: ProgramReading, new: ProgramReading) -> str:
    used = new.all("used") | _USED_BY_FRAMEWORK
    for name, line in new.lines("valueless").items():
        is_new = name in old.all("valued") and name not in old.lines("valueless")
        if name in used and is_new:
            return f"`{name}` (line {line}) would return nothing, and its result is used"
    return ""


def _undefined(old: ProgramReading, new: ProgramReading, allow: Collection[str]) -> str:
    known = {*old.lines("attributes"), *new.all("defined"), *INHERITED, *allow}
    for name, line in new.lines("attributes").items():
        if name not in known:
            return f"the change would use `self.{name}`, which nothing defines (line {line})"
    return ""


def _of_tuples(old: ProgramReading, new: ProgramReading) -> str:
    for code, line in new.lines("of_tuples").items():
        if code not in old.lines("of_tuples"):
            return f"`{code}` (line {line}) would treat several values as one tensor"
    return ""
