"""Codemods and regular expressions of bugs are code of others: they run in a child with limits.

The child is a fork of this process; it answers with one line of JSON over a pipe. What it does to
itself (leaving, waiting, growing, looping for ever) is a sentence about the bug.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

from debugdiff.errors import BugError
from debugdiff.files import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from debugdiff.model import Bug

PROCESSOR_SECONDS = 20
_WAITING_SECONDS = 150.0
"""For a child that sleeps: far more than one that works can take."""
_MEMORY = 8 << 30
_LARGEST_ANSWER = 64 << 20
_LATE = b"late"
_leave, _write = os._exit, os.write
"""As they are now: the code that runs in the child may replace what the module has."""


def is_needed(bug: Bug) -> bool:
    """Whether a bug has a codemod or a regular expression."""
    return any(
        rule.codemod or any(each.regex or each.not_regex for each in rule.where.values())
        for rule in bug.rules
    )


def run(bug: Bug, work: Callable[[], object]) -> str:
    """What some work with a bug comes to, as JSON.

    Args:
        bug: whose codemod or regular expression is part of the work.
        work: is done in the child; its result has a form in JSON.

    Raises:
        BugError: as the work raises it, or `bug-limits` if there is no answer.
    """
    if not hasattr(os, "fork"):
        return to_json(work())
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _be_child(bug, writing, work)
    os.close(writing)
    with _ended(child) as status, os.fdopen(reading, "rb", buffering=0) as answers:
        kind, _, answer = _answer(answers.fileno()).decode().partition(" ")
    if kind == "result":
        return answer
    if kind == "error":
        raise BugError(**json.loads(answer))
    raise BugError(
        f"{bug.path}: a codemod or a regular expression of this bug {_reason(kind, status[0])}.",
        hint="A codemod must return text or None. A `regex` must not nest repetitions.",
        slug="bug-limits",
    )


def _be_child(bug: Bug, writing: int, work: Callable[[], object]) -> NoReturn:
    """Do the work, answer, and be gone: nothing of this process goes on in the child."""
    try:
        _limit()
        try:
            answer = f"result {to_json(work())}"
        except BugError as error:
            facts = {"message": error.message, "hint": error.hint, "slug": error.slug}
            answer = f"error {to_json(facts)}"
        except Exception as error:  # noqa: BLE001 - in the child there is nobody to raise it to
            message = f"{bug.path}: this bug cannot be put in: {type(error).__name__}: {error}."
            answer = f"error {to_json({'message': message, 'slug': 'bug-limits'})}"
        left = answer.encode() + b"\n"
        while left:
            left = left[_write(writing, left) :]
    finally:
        _leave(0)


def _limit() -> None:
    """A session of its own, so that it can be ended with all that it starts; no output."""
    os.setsid()
    for asked_to_end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked_to_end, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    sys.stdout = sys.stderr = os.fdopen(nothing, "w")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + 5))
    with suppress(ValueError):  # there is a lower limit already
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _answer(reading: int) -> bytes:
    """The child's line; empty if it leaves without one or writes for ever, `_LATE` if it waits."""
    parts, size = [], 0
    give_up = time.monotonic() + _WAITING_SECONDS
    while size < _LARGEST_ANSWER:
        if not select.select([reading], [], [], max(0.0, give_up - time.monotonic()))[0]:
            return _LATE
        part = os.read(reading, 1 << 20)
        if not part:
            return b""
        parts.append(part)
        size += len(part)
        if part.endswith(b"\n"):
            return b"".join(parts)
    return b""


@contextmanager
def _ended(child: int) -> Iterator[list[int]]:
    """A child that is gone at the end, with all of its session; its status stands in the list."""
    status = [0]
    try:
        yield status
    finally:
        for end in (os.killpg, os.kill):
            with suppress(ProcessLookupError, PermissionError):
                end(child, signal.SIGKILL)
        _, status[0] = os.waitpid(child, 0)


def _reason(kind: str, status: int) -> str:
    if kind == _LATE.decode() or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return f"did not end within {PROCESSOR_SECONDS} seconds of processor time"
    return "ended its process instead of giving an answer"
