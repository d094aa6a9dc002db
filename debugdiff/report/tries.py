"""The changes that were tried on a copy of a program, and what each run did then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.report.layout import BAD, GOOD, LOUD, QUIET, indented, quiet
from debugdiff.report.text import Text
from debugdiff.suspects.trying import End
from debugdiff.visible import shortened, uncoloured, visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import RenderableType

    from debugdiff.suspects.results import Edit
    from debugdiff.suspects.trying import Experiment, Try

_MESSAGE = 120
_WHAT_IT_IS = (
    "An experiment on a copy: nothing of yours was changed. That a change ends the crash does not"
    " make it the right one."
)


def parts(found: Experiment) -> Iterator[RenderableType]:
    """Each change as removed and added lines, and how the run ended."""
    yield Text("Tried on a copy of the program", style=LOUD)
    if found.problem:
        yield Text(found.problem)
        return
    for each in found.tries:
        yield from _part(each)
    yield Text(_summary(found.tries))
    if found.left_out:
        yield quiet(f"{found.left_out} less likely changes were not tried.")
    yield quiet(_WHAT_IT_IS)


def _part(one: Try) -> Iterator[RenderableType]:
    edit = one.edit
    yield Text.assemble(f"Suspect {one.rank}, ", (f"{visible_line(edit.file)}:{edit.first}", LOUD))
    removed, added = _changed(edit)
    yield from (indented(Text(f"- {visible(line)}", style=QUIET)) for line in removed)
    yield from (indented(Text(f"+ {visible(line)}")) for line in added)
    yield indented(_ending(one))


def _changed(edit: Edit) -> tuple[Sequence[str], Sequence[str]]:
    """The lines that differ, without those that they begin or end with alike."""
    before, after = list(edit.before), list(edit.after)
    while before and after and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return before, after


def _ending(one: Try) -> Text:
    steps = f"{one.steps or 'no'} optimizer step{'s' * (one.steps > 1)}"
    match one.end:
        case End.GONE:
            fired = (
                f"; check: {', '.join(one.alarms)}" if one.alarms else "; no check found anything"
            )
            return Text.assemble(("The program runs to its end", GOOD), f", with {steps}{fired}.")
        case End.OTHER:
            return Text.assemble(("Another error", BAD), f"{_where(one)}: ", _error(one))
        case End.SAME:
            return Text("The same error.")
        case End.STOPPED:
            return Text.assemble(("Stopped", BAD), f": {one.note or 'the run did not end'}")


def _where(one: Try) -> str:
    return f" at {visible_line(one.at.file)}:{one.at.line}" if one.at else ""


def _error(one: Try) -> str:
    message = shortened(visible(" ".join(uncoloured(one.message).split())), _MESSAGE)
    return f"{one.type.rpartition('.')[2]}: {message}"


def _summary(tries: Sequence[Try]) -> str:
    """How many changes ended the crash."""
    ended = sum(each.end is End.GONE for each in tries)
    return f"{ended} of {len(tries)} changes that were tried end the crash."
