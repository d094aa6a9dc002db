"""Lines of the user's files: which a traceback names, and which count as found.

A statement over several lines is one place, known by its first line: layout decides nothing.
"""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from debugdiff.model import Failure, Frame, FrameOrigin, Location, Owner, Span
from debugdiff.source.lines import line_map
from debugdiff.syntax import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from debugdiff.model import Attempt


_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]


def user_frames(failure: Failure) -> tuple[Frame, ...]:
    """Frames of user code over the whole printed chain, innermost first.

    That is the printed order read from its end: frames that TensorFlow prints inside the message
    come before those of the trace, and those of a cause after those of what it caused.
    """
    return tuple(frame for frame in printed_frames(failure) if frame.owner is Owner.USER)


def printed_frames(failure: Failure) -> tuple[Frame, ...]:
    """Frames but the worker's own, read from the end, each once if several stacks print it.

    TensorFlow prints in its message frames that the trace has too: a repetition tells nothing, so
    it is neither a rank of its own nor a frame more. Recursion within one stack is no repetition.
    """
    stack_of: dict[tuple[str, int, str], tuple[int, FrameOrigin]] = {}
    kept = []
    for frame in reversed(failure.frames):
        stack = (frame.exception, frame.origin)
        known = stack_of.setdefault((frame.file, frame.line, frame.function), stack)
        if known == stack and frame.owner is not Owner.TOOL:
            kept.append(frame)
    return tuple(kept)


def place_of(frame: Frame, attempt: Attempt) -> Location:
    """The statement that a frame points at."""
    name = _file_of(frame.file, attempt)
    lines = line_map(attempt.sources.get(name, ""))
    return Location(name, lines.statement.get(frame.line, frame.line))


def _file_of(printed: str, attempt: Attempt) -> str:
    """The relative name of a user's file, as far as it is one of the case's."""
    separator = "\\" if "\\" in printed else "/"
    path = (PureWindowsPath if separator == "\\" else PurePosixPath)(printed).as_posix()
    names = sorted((attempt.program, *attempt.case.helpers), key=len, reverse=True)
    return next((name for name in names if f"/{path}".endswith(f"/{name}")), path)


def defect_places(attempt: Attempt) -> frozenset[Location]:
    """Where the bug was made, and where an equally good fix could be."""
    mutant = attempt.mutant
    return _places(attempt, (*mutant.defect, *mutant.accept)) if mutant else frozenset()


def use_places(attempt: Attempt) -> frozenset[Location]:
    """Where the bug bites, if that is another line than where it was made."""
    return _places(attempt, attempt.mutant.use) if attempt.mutant else frozenset()


def _places(attempt: Attempt, spans: Iterable[Span]) -> frozenset[Location]:
    return frozenset(
        Location(file, line)
        for span in spans
        for file in [span.file or attempt.file]
        for line in line_map(attempt.sources.get(file, "")).statements(span.lines)
    )


def code_at(place: Location, attempt: Attempt) -> str:
    """The text of a place's first line, stripped."""
    lines = split_lines(attempt.sources.get(place.file, ""))
    return lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""


def in_words(place: Location, attempt: Attempt) -> str:
    """A place in words: ``line 12, `logits = self.head(h)` ``, with its file if not the program.

    A statement over several lines is named with all of them.
    """
    where = "" if place.file == attempt.program else f"{place.file} "
    code = code_at(place, attempt)
    return f"{where}{_lines_of(place, attempt)}" + (f", `{code}`" if code else "")


def _lines_of(place: Location, attempt: Attempt) -> str:
    owners = line_map(attempt.sources.get(place.file, "")).statement
    last = max((line for line, first in owners.items() if first == place.line), default=place.line)
    return f"line {place.line}" if last <= place.line else f"lines {place.line} to {last}"


def own_places(attempt: Attempt) -> frozenset[Location]:
    """Where the bug was made."""
    return _places(attempt, attempt.mutant.defect) if attempt.mutant else frozenset()


def rank_of(frames: Sequence[Frame], places: frozenset[Location], attempt: Attempt) -> int | None:
    """The rank, from 1, of the first frame at one of the places."""
    ranks = (
        rank for rank, frame in enumerate(frames, start=1) if place_of(frame, attempt) in places
    )
    return next(ranks, None)


def ordinal(rank: int) -> str:
    """A rank in words up to ten, then in figures."""
    if rank <= len(_ORDINALS):
        return _ORDINALS[rank - 1]
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th") if rank % 100 // 10 != 1 else "th"
    return f"{rank}{suffix}"
