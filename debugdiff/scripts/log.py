"""A traceback that somebody printed, read from a log: nothing is run, and nothing has to be here.

Read are the tracebacks of Python (chains and groups too), of IPython and notebooks, and the stacks
that TensorFlow prints inside of messages; behind time stamps, ranks or names of containers, between
other lines, with colours, and cut off anywhere.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import tempfile
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.bounds import LONGEST_TEXT, MOST
from debugdiff.errors import DebugdiffError
from debugdiff.files import name_of
from debugdiff.model import ChainedException, Failure, Frame, Owner
from debugdiff.syntax import split_lines
from debugdiff.visible import shortened
from debugdiff.worker.failure.frames import frames_in_message, owner_of
from debugdiff.worker.workplace import Workplace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

LONGEST_LOG = 64 * 2**20
"""Bytes; of a longer one the last are read: the end of a run stands there."""
_LONGEST_STREAM = 16 * LONGEST_LOG
_PIECE = 2**16
_LONGEST_MESSAGE = 200
_FARTHEST = 400
"""Lines: of a message, and of other things between two lines of one traceback."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_START = re.compile(r"^(?P<before>.*?)(?:Exception Group )?Traceback \(most recent call last\)")
_IPYTHON_HEAD = re.compile(r"^[A-Za-z_][\w.]* {2,}$")
"""`ValueError         ` stands before `Traceback` there."""
_TIME = re.compile(r"\d\d:\d\d")
_FRAME = re.compile(
    r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d{1,9})(?:, in (?P<function>.+))?$'
)
_IPYTHON_FRAME = re.compile(
    r"^(?:File (?P<file>[^\"\n]+):(?P<line>\d{1,9})"
    r"|(?:Cell |Input )?In ?\[(?P<cell>\d+)\](?:, line (?P<cell_line>\d{1,9}))?"
    r"|(?P<old>[~/<]\S*)(?= in ))(?:,? in (?P<function>[^(\n]+)(?:\(.*)?)?$"
)
_ARROW = re.compile(r"^-+> ?(?P<line>\d{1,9})(?: (?P<code>.*))?$")
_CODE_INDENT = "    "
_CARETS = re.compile(r"^\s*[~^][~^ ]*$")
_EXCEPTION = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?:: ?(?P<message>.*))?$")
_CERTAIN_EXCEPTION = re.compile(
    r"^(?P<type>(?:[A-Za-z_]\w*\.)*\w*(?:Error|Exception|Interrupt|Exit|Group))"
    r"(?:: ?(?P<message>.*))?$"
)
"""One that is known by its name, where other lines stand between it and its frames."""
_LINKS = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}
_OTHER_LINE = re.compile(
    r"^(?:\[?\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b|[IWEF]\d{4} "
    r"|Epoch \d|-{20,}$|\+-)"
)
"""Where a message has ended and the log goes on."""
_PYTHON = re.compile(r"[/\\]lib(?:64)?[/\\]python3[.\d]*[/\\](?!site-packages|dist-packages)")


class PrintedWorkplace(Workplace):
    """Of a program that ran elsewhere, everything is the user's that looks like nothing else."""

    def __init__(self) -> None:
        folder = tempfile.gettempdir()
        super().__init__(root=Path(folder), case_folder=folder, temporary_folder=folder)

    def holds(self, file: str) -> bool:
        """A path that is neither Python's nor made up: `<frozen importlib._bootstrap>`."""
        is_made_up = file.startswith("<") and not file.startswith("<ipython-input")
        return not is_made_up and not _PYTHON.search(file)

    def as_seen_by_user(self, text: str) -> str:
        """The text itself."""
        return text


_PRINTED = PrintedWorkplace()


@dataclass(slots=True)
class _Exception:
    """One exception of a chain as far as the log has it; without a type it was cut off."""

    frames: list[Frame] = field(default_factory=list)
    type: str = ""
    message: list[str] = field(default_factory=list)
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chain:
    """A printed chain; `before` is what stood before its lines: a rank, a time."""

    before: str
    exceptions: tuple[_Exception, ...]

    @property
    def is_whole(self) -> bool:
        return all(each.type for each in self.exceptions)

    @property
    def sender(self) -> str:
        """Who printed it: a time in front of it does not tell two senders apart."""
        return _numberless(self.before) if _TIME.search(self.before) else self.before


def failure_of_log(text: str, name: str) -> Failure:
    """The failure that a log ends with; of several ranks, that of the one that failed first.

    Args:
        text: the log.
        name: of it, for the error.

    Raises:
        DebugdiffError: `log-without-traceback`.
    """
    chains = list(_chains(_lines(text)))
    if not chains:
        raise DebugdiffError(
            f"{name} has no traceback.",
            hint="A traceback begins with `Traceback (most recent call last)`. Give the whole log.",
            slug="log-without-traceback",
        )
    return _failure(_decisive([each for each in chains if each.is_whole] or chains))


def _decisive(chains: Sequence[_Chain]) -> _Chain:
    """The last one; where ranks have printed it, each its own, the last of the first of them."""
    last = {chain.sender: chain for chain in chains}
    kind = _numberless(chains[-1].sender)
    alike = [chain for sender, chain in last.items() if _numberless(sender) == kind]
    return alike[0]


def _numberless(sender: str) -> str:
    return re.sub(r"\d+", "#", sender)


def read_log(path: Path | None) -> str:
    """The text of a log, or of standard input.

    Raises:
        DebugdiffError: `log-unreadable`.
    """
    try:
        content = _end_of_stream(_standard_input()) if path is None else _end_of(path)
    except OSError as error:
        raise DebugdiffError(
            f"The log `{path or '-'}` cannot be read: {error.strerror}.",
            hint="Give the path of a text file, or `-` for standard input.",
            slug="log-unreadable",
        ) from error
    return decoded(content)


def _standard_input() -> BinaryIO:
    if sys.stdin is None:  # as Python has it where it is closed
        raise OSError(errno.EBADF, "standard input is closed")
    return sys.stdin.buffer


def _end_of(path: Path) -> bytes:
    """As much of its end as is read at all. A pipe is read to its end if somebody writes to it."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        if file.seekable() and path.is_file():
            file.seek(max(file.seek(0, os.SEEK_END) - LONGEST_LOG, 0))
            return file.read(LONGEST_LOG)
        first = file.raw.read(_PIECE)  # `None`: whoever writes has not begun
        if first == b"" and path.is_fifo():
            raise OSError(errno.EPIPE, "nobody writes to this pipe")
        os.set_blocking(file.fileno(), True)
        return (first or b"") + _end_of_stream(file)


def _end_of_stream(stream: BinaryIO) -> bytes:
    """The same of what cannot be wound; it may have no end."""
    kept: deque[bytes] = deque(maxlen=LONGEST_LOG // _PIECE)
    for _ in range(_LONGEST_STREAM // _PIECE):
        piece = stream.read(_PIECE)
        if not piece:
            break
        kept.append(piece)
    return b"".join(kept)


def decoded(content: bytes) -> str:
    """Text in whatever encoding a log may have; bytes that are no text stay visible."""
    content = content[-LONGEST_LOG:]
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return content.decode("utf-16" if is_utf16 else "utf-8-sig", errors="backslashreplace")


def _lines(text: str) -> list[str]:
    """Without escape sequences; of a line that was written over, what was there at last."""
    plain = _ESCAPE.sub("", text).replace("\r\n", "\n").replace("\0", "")
    return [line.rpartition("\r")[2] for line in plain.split("\n")]


# --- chains --------------------------------------------------------------------------------------


def _chains(lines: Sequence[str]) -> Iterator[_Chain]:
    """Every chain of the log, by the line that it begins at."""
    seen: set[int] = set()
    for at, line in enumerate(lines):
        start = _START.match(line)
        if start and at not in seen:
            head = start["before"]
            before = "" if _IPYTHON_HEAD.match(head) else head.replace("+", "|")
            exceptions = tuple(_exceptions(lines, at, before, seen))
            yield _Chain(before=before, exceptions=exceptions)


def _exceptions(lines: Sequence[str], at: int, before: str, seen: set[int]) -> Iterator[_Exception]:
    """The exceptions of the chain that begins at a line; `seen` gets the lines of its starts."""
    own = _Own(lines, at, before)
    link = "first"
    while link:
        found = _Exception()
        for number, line in own:
            if _START.match(line):
                seen.add(number)
                break
        else:
            return
        _read_frames(own, found)
        yield found
        link = found.link


class _Own:
    """The lines of one sender, from a line on, without what stands before them; one can go back."""

    def __init__(self, lines: Sequence[str], at: int, before: str) -> None:
        pattern = re.escape(before)
        if _TIME.search(before):
            pattern = re.sub(r"\d+", r"\\d+", pattern)
        self._prefix = re.compile(pattern)
        self._lines = lines
        self._at = at

    def __iter__(self) -> Iterator[tuple[int, str]]:
        missed = 0
        while self._at < len(self._lines) and missed < _FARTHEST:
            number, line = self._at, self._lines[self._at].replace("+ Exc", "| Exc")
            self._at += 1
            prefix = self._prefix.match(line)
            missed = 0 if prefix else missed + 1
            if prefix:
                yield number, line[prefix.end() :]

    def back(self) -> None:
        """Give the last line once more."""
        self._at -= 1


# --- one exception ------------------------------------------------------------------------------


def _read_frames(own: _Own, found: _Exception) -> None:
    """Frames, then the line with the type and the message; a log may end at any line."""
    missed = 0
    for _, line in own:
        if _START.match(line):
            own.back()
            return
        ended = (_CERTAIN_EXCEPTION if missed else _EXCEPTION).match(line)
        if _add_frame(line, found) or _add_code(line, found):
            missed = 0
            continue
        if ended and not _OTHER_LINE.match(line):
            found.type = ended["type"]
            _read_message(own, found, ended["message"] or "")
            return
        missed += 1
        if missed > _FARTHEST:
            return


def _read_message(own: _Own, found: _Exception, first: str) -> None:
    found.message.append(first)
    for _, line in own:
        if line.strip() in _LINKS:
            found.link = _LINKS[line.strip()]
            return
        if _START.match(line) or _OTHER_LINE.match(line):
            own.back()
            return
        if len(found.message) < _LONGEST_MESSAGE:
            found.message.append(line)


def _add_frame(line: str, found: _Exception) -> bool:
    """Whether the line names a frame."""
    usual, other = _FRAME.match(line), _IPYTHON_FRAME.match(line)
    if usual:
        found.frames.append(_frame(usual["file"], usual["line"], usual["function"]))
    elif other:
        file = f"In[{other['cell']}]" if other["cell"] else other["file"] or other["old"]
        found.frames.append(_frame(file, other["line"] or other["cell_line"], other["function"]))
    return bool(usual or other)


def _frame(file: str, line: str | None, function: str | None) -> Frame:
    return Frame(
        file=file,
        line=int(line or 0),
        function=(function or "").strip(),
        code="",
        owner=owner_of(file, _PRINTED),
    )


def _add_code(line: str, found: _Exception) -> bool:
    """Whether the line shows the code of the last frame, or marks the part of it that failed."""
    if not found.frames:
        return False
    last, arrow = found.frames[-1], _ARROW.match(line)
    changes: dict[str, Any] = {}
    if arrow:
        changes = {"line": int(arrow["line"]), "code": (arrow["code"] or "").strip()}
    elif last.code and last.column is None and _CARETS.match(line):
        marked = line.removeprefix(_CODE_INDENT)
        start = len(marked) - len(marked.lstrip())
        changes = {"column": start, "end_column": len(marked.rstrip())}
    elif not last.code and line.startswith(_CODE_INDENT) and line.strip():
        changes = {"code": line.strip()}
    if changes:
        found.frames[-1] = replace(last, **changes)
    return bool(changes)


def _failure(chain: _Chain) -> Failure:
    exceptions = chain.exceptions
    messages = ["\n".join(each.message).strip() for each in exceptions]
    last = exceptions[-1]
    kept = tuple(
        ChainedException(
            type=each.type or "<cut off>",
            message=shortened(message, LONGEST_TEXT),
            link=each.link,
        )
        for each, message in zip(exceptions, messages, strict=True)
    )
    frames = tuple(_all_frames(exceptions, messages))[-MOST["frames"] :]
    return Failure(
        type=last.type or "<cut off>",
        bases=(),
        message=kept[-1].message,
        text="",
        frames=frames,
        chain=kept[-MOST["chain"] :],
    )


def _all_frames(exceptions: Sequence[_Exception], messages: Sequence[str]) -> Iterator[Frame]:
    for number, (each, message) in enumerate(zip(exceptions, messages, strict=True)):
        exception = len(exceptions) - 1 - number
        yield from (replace(frame, exception=exception) for frame in each.frames)
        yield from frames_in_message(message, _PRINTED, exception)


def placed(failure: Failure, sources: Mapping[str, str]) -> tuple[Failure, tuple[str, ...]]:
    """The failure with columns in the text that is here, and which files have changed since.

    A frame whose line is another one now goes to the only line that reads like it, if there is one.
    """
    lines = {name: split_lines(text) for name, text in sources.items()}
    changed: dict[str, None] = {}
    frames = []
    for frame in failure.frames:
        name = name_of(frame.file, sources) if frame.owner is Owner.USER else ""
        found = _placed(frame, lines[name]) if name else frame
        if found is None:
            changed[name] = None
        frames.append(found or replace(frame, column=None, end_column=None))
    return replace(failure, frames=tuple(frames)), tuple(changed)


def _placed(frame: Frame, lines: Sequence[str]) -> Frame | None:
    """The frame where its code stands now; `None` if it cannot be told."""
    here = lines[frame.line - 1] if 0 < frame.line <= len(lines) else ""
    if frame.code and here.strip() != frame.code:
        alike = [at for at, line in enumerate(lines, 1) if line.strip() == frame.code]
        if len(alike) != 1:
            return None
        return _placed(replace(frame, line=alike[0]), lines)
    if frame.column is None or frame.end_column is None:
        return frame
    indent = len(here) - len(here.lstrip())
    return replace(
        frame,
        column=frame.column + indent,
        end_line=frame.line,
        end_column=frame.end_column + indent,
    )
