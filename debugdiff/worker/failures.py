"""An exception as a person would have had to work with it: its text, its frames, its chain."""

from __future__ import annotations

import io
import itertools
import linecache
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.model import ChainedException, Failure, Frame
from debugdiff.worker.frames import frames_in_message, owner_of, without_worker_stack
from debugdiff.worker.literals import Literals, literals_of
from debugdiff.worker.traces import program_traceback

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from debugdiff.worker.traces import Step
    from debugdiff.worker.workplace import Workplace

_REPEATED = 3
"""Python prints a frame that repeats itself three times, then says how often it went on."""


@dataclass(frozen=True, slots=True)
class _Link:
    error: traceback.TracebackException
    link: str


def capture_failure(error: BaseException, steps: Sequence[Step], place: Workplace) -> Failure:
    """Describe an exception that ended the program.

    Args:
        error: the exception as it escaped.
        steps: its whole stack, before any filter.
        place: maps the trial's paths back to the person's.
    """
    error.__traceback__ = program_traceback(error.__traceback__)
    try:
        text = _printed(error, place)
        chain = _chain(error)
        frames = tuple(_frames(chain, place))
    except Exception as broken:  # noqa: BLE001  (an exception may break whoever looks at it)
        return _undescribable(error, broken)
    literals = _literals(steps, place)
    return Failure(
        type=_qualified(type(error)),
        bases=_bases(error),
        message=_message(chain[-1].error, place),
        text=text,
        frames=frames,
        chain=tuple(_described(link, place) for link in chain),
        hidden_frames=max(len(steps) - _length(error), 0),
        shapes=tuple(literals.shapes),
        sizes=tuple(literals.sizes),
    )


def _printed(error: BaseException, place: Workplace) -> str:
    """Exactly what the interpreter prints, by the very function that prints it."""
    if isinstance(error, SystemExit):
        return "" if isinstance(error.code, int) else f"{error.code}\n"
    usual, sys.stderr = sys.stderr, io.StringIO()
    try:
        sys.__excepthook__(type(error), error, error.__traceback__)
        printed = sys.stderr.getvalue()
    finally:
        sys.stderr = usual
    return _clean(printed, place)


def _clean(text: str, place: Workplace) -> str:
    return place.as_seen_by_person(without_worker_stack(text))


def _chain(error: BaseException) -> list[_Link]:
    """The exceptions in printed order; each but the last says how it leads to the next one."""
    whole = traceback.TracebackException(type(error), error, error.__traceback__)
    return list(_printed_order(whole, ""))


def _printed_order(error: traceback.TracebackException, link: str) -> Iterator[_Link]:
    if error.__cause__ is not None:
        yield from _printed_order(error.__cause__, "cause")
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _printed_order(error.__context__, "context")
    for member in error.exceptions or ():
        yield from _printed_order(member, "group")
    yield _Link(error, link)


def _frames(chain: Sequence[_Link], place: Workplace) -> Iterator[Frame]:
    for number, link in enumerate(chain):
        exception = len(chain) - 1 - number
        yield from _trace_frames(link.error, place, exception)
        if link.error.exc_type is not None and issubclass(link.error.exc_type, SyntaxError):
            yield from _syntax_frame(link.error, place, exception)
        message = without_worker_stack(str(link.error))
        yield from frames_in_message(message, place, exception)


def _trace_frames(
    error: traceback.TracebackException, place: Workplace, exception: int
) -> Iterator[Frame]:
    for _, run in itertools.groupby(error.stack, key=lambda each: each[:3]):
        for summary in itertools.islice(run, _REPEATED):
            yield Frame(
                file=place.as_seen_by_person(summary.filename),
                line=summary.lineno or 0,
                function=summary.name,
                code=summary.line or "",
                owner=owner_of(summary.filename, place),
                exception=exception,
                column=_character(summary.filename, summary.lineno, summary.colno),
                end_line=summary.end_lineno,
                end_column=_character(summary.filename, summary.end_lineno, summary.end_colno),
            )


def _syntax_frame(
    error: traceback.TracebackException, place: Workplace, exception: int
) -> Iterator[Frame]:
    """A `SyntaxError` prints the place of the mistake below its traceback."""
    if error.filename is not None and error.lineno is not None:
        yield Frame(
            file=place.as_seen_by_person(error.filename),
            line=int(error.lineno),
            function="",
            code=(error.text or "").strip(),
            owner=owner_of(error.filename, place),
            exception=exception,
            column=max(int(error.offset or 1) - 1, 0),
        )


def _character(file: str, line: int | None, column: int | None) -> int | None:
    """A column in characters: the interpreter counts bytes of UTF-8."""
    if line is None or column is None:
        return None
    encoded = linecache.getline(file, line).encode()
    return len(encoded[:column].decode(errors="replace")) if encoded else column


def _described(link: _Link, place: Workplace) -> ChainedException:
    kind = link.error.exc_type
    notes = getattr(link.error, "__notes__", None) or ()
    return ChainedException(
        type=_qualified(kind) if kind else "",
        message=_message(link.error, place),
        link=link.link,
        notes=tuple(place.as_seen_by_person(note) for note in notes if isinstance(note, str)),
    )


def _message(error: traceback.TracebackException, place: Workplace) -> str:
    if error.exc_type is not None and issubclass(error.exc_type, SyntaxError):
        return getattr(error, "msg", None) or "<no detail available>"
    return _clean(str(error), place)


def _qualified(kind: type) -> str:
    """A class as Python prints it: builtins and the program's own classes without a module."""
    module, name = str(kind.__module__), str(kind.__qualname__)
    return name if module in {"builtins", "__main__"} else f"{module}.{name}"


def _bases(error: BaseException) -> tuple[str, ...]:
    return tuple(_qualified(base) for base in type(error).__mro__[1:] if base is not object)


def _length(error: BaseException) -> int:
    return sum(1 for _ in traceback.walk_tb(error.__traceback__))


def _literals(steps: Sequence[Step], place: Workplace) -> Literals:
    """A frame of a stack that is in a bad state gives no literals, and takes nothing else away."""
    try:
        return literals_of(steps, str(place.work))
    except Exception:  # noqa: BLE001  (values of a program in a bad state raise anything)
        return Literals()


def _undescribable(error: BaseException, broken: Exception) -> Failure:
    kind = _qualified(type(error))
    message = f"<the exception cannot be described: {type(broken).__name__}>"
    return Failure(
        type=kind,
        bases=_bases(error),
        message=message,
        text=f"{kind}: {message}\n",
        frames=(),
        chain=(ChainedException(type=kind, message=message),),
    )
