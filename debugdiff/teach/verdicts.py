"""Verdicts by program: in memory, and in a file until a class is graded to its end."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from debugdiff.files import to_json
from debugdiff.records import read
from debugdiff.teach.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the judge said of a program; `key` is all that decides it."""

    key: str
    verdict: Verdict
    reason: str


class Verdicts:
    """What was judged so far. Whoever is stopped and begins again need not judge it twice.

    Args:
        path: a file, to which each verdict is appended; `None`: they are kept in memory alone. A
            file that cannot be read or written is none.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known = {each.key: each for each in _read(path)}
        self.found_before = len(self._known)

    def get(self, key: str) -> Judged | None:
        """The verdict of a program, if there is one."""
        return self._known.get(key)

    def add(self, judged: Judged) -> Judged:
        """Keep a verdict. One that says that nothing could be judged is not written down."""
        self._known[judged.key] = judged
        if self._path is not None and judged.verdict is not Verdict.NOT_JUDGED:
            with suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(f"\n{to_json(judged)}")  # behind half a line, too
        return judged

    def forget(self) -> None:
        """Remove the file: all is graded."""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


def _read(path: Path | None) -> Iterator[Judged]:
    """The verdicts of a file; half a line is left out."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace") if path is not None else ""
    except OSError:
        return
    for line in filter(None, text.split("\n")):
        with suppress(ValueError):
            yield read(Judged, line)
