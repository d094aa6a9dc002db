"""An exception as the user would have seen it: its text, its frames, its chain."""

from __future__ import annotations

import io
import itertools
import linecache
import sys
import traceback
from dataclasses import dataclass
from sys import __excepthook__ as print_as_python  # as it is now: a program may replace it
from typing import TYPE_CHECKING

from debugdiff.bounds import MOST, bounded_notes, is_countable, last, plain_text
from debugdiff.model import ChainedException, Failure, Frame
from debugdiff.worker.failure.exception_fields import field, is_kind, notes_of
from debugdiff.worker.failure.frames import frames_in_message, owner_of, without_worker_stack
from debugdiff.worker.failure.shapes import Literals, literals_of
from debugdiff.worker.failure.source_lines import is_safe_to_read, line_of
from debugdiff.worker.failure.tracebacks import program_traceback

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from debugdiff.worker.failure.tracebacks import Step
    from debugdiff.worker.workplace import Workplace

_REPETITIONS = 3
"""Python prints a frame that repeats itself three times, then says how often it went on."""


@dataclass(frozen=True, slots=True)
class _Link:
    error: BaseException
    link: str


def capture_failure(error: BaseException, steps: Sequence[Step], workplace: Workplace) -> Failure:
    """Describe an exception that ended the program.

    Args:
        error: the exception as it escaped.
        steps: its whole stack, before any filter.
        workplace: maps the trial's paths back to the user's.
    """
    trace = program_traceback(field(error, "__traceback__"))
    BaseException.with_traceback(error, trace)
    try:
        text = _printed_text(error, workplace)
        chain = _chain(error)
        frames = last(_frames(chain, workplace), "frames")
        exceptions = tuple(_chained_exception(link, workplace) for link in chain)
    except BaseException as broken:  # noqa: BLE001  (an exception may break whoever looks at it)
        return _failure_without_text(error, broken)
    literals = _literals(steps, workplace)
    return Failure(
        type=_qualified_name(type(error)),
        bases=_bases(error),
        message=exceptions[-1].message,
        text=text,
        frames=frames,
        chain=exceptions,
        hidden_frames=max(len(steps) - _length(error), 0),
        shapes=tuple(literals.shapes),
        sizes=tuple(literals.sizes),
    )


def _printed_text(error: BaseException, workplace: Workplace) -> str:
    """Exactly what the interpreter prints, by the very function that prints it."""
    if is_kind(error, SystemExit):
        code = field(error, "code")
        return "" if isinstance(code, int) else plain_text(f"{code}\n")
    if hide_unreadable(error):  # that function would read them
        return _clean(plain_text("".join(traceback.format_exception(error))), workplace)
    usual, sys.stderr = sys.stderr, io.StringIO()
    try:
        print_as_python(type(error), error, field(error, "__traceback__"))
        printed = plain_text(sys.stderr.getvalue())
    finally:
        sys.stderr = usual
    return _clean(printed, workplace)


def hide_unreadable(error: BaseException) -> bool:
    """Whether a frame names what must not be read as its source; from now on that has no lines."""
    traces = (field(link.error, "__traceback__") for link in _chain(error))
    files = {entry.tb_frame.f_code.co_filename for trace in traces for entry in _entries(trace)}
    unreadable = [file for file in files if not is_safe_to_read(file)]
    linecache.cache.update({file: (0, None, [], file) for file in unreadable})
    return bool(unreadable)


def _clean(text: str, workplace: Workplace) -> str:
    return workplace.as_seen_by_user(without_worker_stack(text))


def _chain(error: BaseException) -> list[_Link]:
    """The exceptions in printed order; each but the last says how it leads to the next one."""
    return list(last(_links_as_printed(error, "", set()), "chain"))


def _links_as_printed(error: BaseException, link: str, seen: set[int]) -> Iterator[_Link]:
    if len(seen) == MOST["chain"]:
        return
    seen.add(id(error))
    cause, context = field(error, "__cause__"), field(error, "__context__")
    hides_context = field(error, "__suppress_context__")
    if cause is not None and id(cause) not in seen:
        yield from _links_as_printed(cause, "cause", seen)
    elif context is not None and not hides_context and id(context) not in seen:
        yield from _links_as_printed(context, "context", seen)
    members = field(error, "exceptions") if is_kind(error, BaseExceptionGroup) else ()
    for member in members:
        yield from _links_as_printed(member, "group", seen)
    yield _Link(error, link)


def _frames(chain: Sequence[_Link], workplace: Workplace) -> Iterator[Frame]:
    for number, link in enumerate(chain):
        exception = len(chain) - 1 - number
        yield from _trace_frames(link.error, workplace, exception)
        if is_kind(link.error, SyntaxError):
            yield from _syntax_frame(link.error, workplace, exception)
        message = without_worker_stack(_text(link.error))
        yield from frames_in_message(message, workplace, exception)


def _trace_frames(error: BaseException, workplace: Workplace, exception: int) -> Iterator[Frame]:
    entries = _entries(program_traceback(field(error, "__traceback__")))
    for _, run in itertools.groupby(
        entries, key=lambda entry: (entry.tb_frame.f_code, entry.tb_lineno)
    ):
        for entry in itertools.islice(run, _REPETITIONS):
            yield _trace_frame(entry, workplace, exception)


def _trace_frame(entry: TracebackType, workplace: Workplace, exception: int) -> Frame:
    code = entry.tb_frame.f_code
    position = _position(entry)
    return Frame(
        file=workplace.as_seen_by_user(code.co_filename),
        line=entry.tb_lineno,
        function=code.co_name,
        code=line_of(code.co_filename, entry.tb_lineno).strip(),
        owner=owner_of(code.co_filename, workplace),
        exception=exception,
        column=_character(code.co_filename, entry.tb_lineno, position.column),
        end_line=position.end_line,
        end_column=_character(code.co_filename, position.end_line, position.end_column),
    )


@dataclass(frozen=True, slots=True)
class _Position:
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


def _position(entry: TracebackType) -> _Position:
    """What the printed carets mark. A traceback that a filter has rebuilt may not know it."""
    positions = entry.tb_frame.f_code.co_positions()
    at = next(itertools.islice(positions, entry.tb_lasti // 2, None), None)
    if at is None or at[0] != entry.tb_lineno:
        return _Position()
    return _Position(column=at[2], end_line=at[1], end_column=at[3])


def _entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _syntax_frame(error: BaseException, workplace: Workplace, exception: int) -> Iterator[Frame]:
    """A `SyntaxError` prints the place of the mistake below its traceback."""
    file, text, line, offset = (
        field(error, name) for name in ("filename", "text", "lineno", "offset")
    )
    # A program may make one with anything in the place of a number or a text.
    if isinstance(file, str) and is_countable(line):
        yield Frame(
            file=workplace.as_seen_by_user(file),
            line=line or 0,
            function="",
            code=plain_text(text).strip() if isinstance(text, str) else "",
            owner=owner_of(file, workplace),
            exception=exception,
            column=max((offset or 1) - 1, 0) if is_countable(offset) else 0,
        )


def _character(file: str, line: int | None, column: int | None) -> int | None:
    """A column in characters: the interpreter counts bytes of UTF-8."""
    if line is None or column is None:
        return None
    encoded = line_of(file, line).encode()
    return len(encoded[:column].decode(errors="replace")) if encoded else column


def _chained_exception(link: _Link, workplace: Workplace) -> ChainedException:
    texts = notes_of(link.error)
    return ChainedException(
        type=_qualified_name(type(link.error)),
        message=_message(link.error, workplace),
        link=link.link,
        notes=tuple(workplace.as_seen_by_user(plain_text(n)) for n in bounded_notes(texts)),
    )


def _message(error: BaseException, workplace: Workplace) -> str:
    if is_kind(error, SyntaxError):
        return plain_text(str(field(error, "msg")))
    return _clean(_text(error), workplace)


def _text(error: BaseException) -> str:
    """An exception's text, whatever its own `__str__` does; then it is what Python prints."""
    try:
        return plain_text(str(error))
    except BaseException:  # noqa: BLE001  (a user's own exception class)
        return "<exception str() failed>"


def _qualified_name(kind: type) -> str:
    """A class as Python prints it: builtins and the program's own classes without a module."""
    module, name = _attribute(kind, "__module__"), _attribute(kind, "__qualname__")
    return name if module in {"builtins", "__main__"} else f"{module}.{name}"


def _attribute(kind: type, name: str) -> str:
    """What every class has, read past a metaclass that may say anything of it."""
    try:
        value = type.__dict__[name].__get__(kind)
    except AttributeError:
        return "<unknown>"
    return plain_text(value) if isinstance(value, str) else "<unknown>"


def _bases(error: BaseException) -> tuple[str, ...]:
    order = type.__dict__["__mro__"].__get__(type(error))
    return tuple(_qualified_name(base) for base in order[1:] if base is not object)


def _length(error: BaseException) -> int:
    return sum(1 for _ in _entries(field(error, "__traceback__")))


def _literals(steps: Sequence[Step], workplace: Workplace) -> Literals:
    """A frame of a stack that is in a bad state gives no literals, and takes nothing else away."""
    try:
        return literals_of(steps, str(workplace.work))
    except BaseException:  # noqa: BLE001  (values of a program in a bad state raise anything)
        return Literals()


def _failure_without_text(error: BaseException, broken: BaseException) -> Failure:
    kind = _qualified_name(type(error))
    message = f"<the exception cannot be described: {_qualified_name(type(broken))}>"
    return Failure(
        type=kind,
        bases=_bases(error),
        message=message,
        text=f"{kind}: {message}\n",
        frames=(),
        chain=(ChainedException(type=kind, message=message),),
    )
