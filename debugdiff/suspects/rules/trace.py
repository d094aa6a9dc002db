"""Rules that read the traceback alone: the frames, what made their values, what they quote."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from debugdiff.model import Location
from debugdiff.source.syntax import in_order, last_name
from debugdiff.suspects.complaint import SHAPES, Kind
from debugdiff.suspects.registry import Clues, of_crash
from debugdiff.suspects.results import Clue
from debugdiff.suspects.weights import weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.source.slices import Reached
    from debugdiff.suspects.crash import Crash, UserFrame


_OWN_FAULT = frozenset(
    {
        *(Kind.RESHAPE, Kind.AXIS, Kind.JOIN, Kind.NUMPY, Kind.SIGNATURE, Kind.ATTRIBUTE),
        *(Kind.OTHER, Kind.DTYPE, Kind.IDENTIFIER, Kind.KIND),
    }
)
"""Complaints about the expression itself rather than about what came into it."""


_TELLING = 2
"""Sizes up to this one stand everywhere and tell nothing."""


_QUOTED = re.compile(r"""['"`]([A-Za-z_][\w.\- ]{2,40})['"`]""")


_COMMON = frozenset(
    {"self", "float", "float32", "int64", "str", "NoneType", "input", "inputs", "backward"}
)


@of_crash("raised-here")
def raised_here(crash: Crash) -> Clues:
    """The user's frames, innermost first.

    Half of the defects of real crashes are on a line of the trace, most of them in its first frames
    (Schroeter, Bettenburg and Premraj, MSR 2010).
    """
    kind = crash.complaint.kind
    number = "dtype" if kind is Kind.DTYPE else "own-fault" if kind in _OWN_FAULT else "line"
    checked = bool(crash.frames[1:]) and _raises(crash.frames[0])
    for rank, frame in enumerate(crash.frames):
        factor = weight("raised-here", "decay") ** max(rank - checked, 0)
        factor *= weight("raised-here", "drives") if frame.drives else 1.0
        own = "outer" if rank and not frame.drives else number
        if checked:
            own = "own-check" if not rank else number if rank == 1 else own
        reason = "This call was running when the program stopped." if rank else _STOPPED
        yield Clue(at=frame.location, weight=own, factor=factor, reason=reason)


def _raises(frame: UserFrame) -> bool:
    """Whether the user's own check stopped the program: it does what it is for, its caller not."""
    around = (frame.node, *frame.file.up(frame.node))
    return any(isinstance(node, ast.Raise | ast.Assert) for node in around)


_STOPPED = "The program stopped on this line."


@of_crash("made-the-value")
def made_the_value(crash: Crash) -> Clues:
    """Statements that made what the failing expression uses, nearest first.

    The backward slice (Weiser 1981); most defects of crashes are at most a few hops from the trace
    (Wu et al., CrashLocator, ISSTA 2014).
    """
    under_way = {frame.location for frame in crash.frames}
    for reached in crash.slice:
        if reached.location in under_way:
            continue
        factor = weight("made-the-value", "decay") ** (reached.depth - 1)
        factor *= weight("made-the-value", "setting") if _plain(reached) else 1.0
        reason = f"This line made `{reached.via}`, which the failing expression uses."
        yield Clue(at=reached.location, factor=factor, reason=reason)


def _plain(reached: Reached) -> bool:
    """Whether it is a module's constant without a call in it: a setting, seldom at fault."""
    piece = reached.place
    constant = isinstance(piece.node, ast.Assign) and piece.file.function(piece.node) is None
    return constant and not any(isinstance(each, ast.Call) for each in in_order(piece.node))


@of_crash("quoted-in-message")
def quoted_in_message(crash: Crash) -> Clues:
    """Lines that have a name or text which the message quotes (Traver 2010: specific messages)."""
    quoted = {word for word in _QUOTED.findall(crash.message) if word not in _COMMON}
    found = [
        (location, word)
        for word in sorted(quoted)
        for location in dict.fromkeys(_with(crash, word))
    ]
    for location, word in found:
        share = sum(other == word for _, other in found)
        near = crash.near(location)
        reason = f"The message quotes `{word}`, which is here."
        yield Clue(at=location, factor=near / share, reason=reason)


def _with(crash: Crash, word: str) -> Iterator[Location]:
    for file, node in crash.program.nodes:
        match node:
            case ast.Constant(value=str() as text) if text == word:
                yield file.location(node)
            case ast.keyword(arg=name) if name == word:
                yield file.location(node.value)
            case ast.Attribute(attr=name) if name == word:
                yield Location(file.name, node.end_lineno or node.lineno)


@of_crash("size-in-source", (SHAPES - {Kind.RANK}) | {Kind.CLASSES, Kind.INDICES})
def size_in_source(crash: Crash) -> Clues:
    """Numbers of the program that equal one of those that the message complains about.

    What a user does with a shape error: looks for the number (Wu et al., 2022, "An empirical
    study of shape errors"; constants followed through names).
    """
    wanted = {
        size for size in (*crash.complaint.expected, *crash.complaint.actual) if size > _TELLING
    }
    found = [
        (file.location(argument), size, isinstance(argument, ast.Constant))
        for file, call in crash.program.calls
        for argument in (*call.args, *(each.value for each in call.keywords))
        for size in [crash.program.number(argument, file)]
        if size in wanted
    ]
    own = set(_instances(crash))
    for location, size, is_written in dict.fromkeys(found):
        # Where a number is written, lines that only name it do not count as others.
        share = len({at for at, same, other in found if same == size and other >= is_written})
        reason = f"The message complains about {size}, and this line says {size}."
        number = "own" if location in own else "line"
        near = crash.near(location, "size-in-source", aside="shared" if share > 1 else "alone")
        factor = near / share ** weight("size-in-source", "share")
        yield Clue(at=location, weight=number, factor=factor, reason=reason)


def _instances(crash: Crash) -> Iterator[Location]:
    """Where the objects are made whose own methods were under way."""
    owners = {owner.name for each in crash.frames[:3] if (owner := each.file.owner(each.node))}
    for file, call in crash.program.calls:
        if last_name(call.func) in owners:
            yield from (file.location(each) for each in (call, *call.args))
            yield from (file.location(each.value) for each in call.keywords)
