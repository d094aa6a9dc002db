"""The file of timed processes: a line of JSON each, added as soon as it is measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.files import to_json
from debugdiff.model import SpeedRun
from debugdiff.records import read

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA_VERSION = 1


class SpeedFile:
    """Runs of any settings; who asks takes those of its own keys.

    Raises:
        DebugdiffError: `speed-unreadable` or `output-unwritable`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.runs: list[SpeedRun] = []
        self._ends_in_line = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        except (OSError, UnicodeDecodeError) as error:
            raise _unusable(path, error) from error
        for number, line in enumerate(lines, start=1):
            self._ends_in_line = line.endswith("\n")
            self._take(number, line)

    def _take(self, number: int, line: str) -> None:
        """A last line without an end was cut off when the process was killed: it is not there."""
        try:
            facts = json.loads(line)
            if facts.pop("schema_version") != SCHEMA_VERSION:
                raise ValueError("of another version")  # noqa: TRY301 - one answer for all
            self.runs.append(read(SpeedRun, json.dumps(facts)))
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            if self._ends_in_line:
                raise DebugdiffError(
                    f"Line {number} of `{self._path}` is not a result of `debugdiff speed`.",
                    hint="Delete the line, or name another file with `-o`.",
                    slug="speed-unreadable",
                ) from error

    def add(self, run: SpeedRun) -> None:
        """Keep one more run, on the disk first."""
        facts = {"schema_version": SCHEMA_VERSION, **json.loads(to_json(run))}
        try:
            if not self._ends_in_line:
                self._drop_the_piece()
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(facts) + "\n")
        except OSError as error:
            raise _unusable(self._path, error) from error
        self._ends_in_line = True
        self.runs.append(run)

    def _drop_the_piece(self) -> None:
        """Cut off what is left of a line that was never finished."""
        content = self._path.read_bytes()
        with self._path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)


def _unusable(path: Path, error: Exception) -> DebugdiffError:
    reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
    return DebugdiffError(
        f"`{path}` cannot be used for results: {reason}.",
        hint="Name another file with `-o`.",
        slug="output-unwritable",
    )
