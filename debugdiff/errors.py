"""The errors a user may see: a sentence, a hint, an exit code, never a traceback of ours."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the command's exit status means."""

    DONE = 0
    CHECK_FAILED = 1
    USAGE = 2
    SOME_NOT_RUN = 3
    INTERRUPTED = 130


class DebugdiffError(Exception):
    """Something the user can put right.

    Args:
        message: one sentence that says what is wrong, and where.
        hint: what to do about it.
        slug: a stable name of the error; `docs/errors.md` has a paragraph for each, which
            `debugdiff help` prints.
        exit_code: the command's exit status.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        slug: str = "error",
        exit_code: ExitCode = ExitCode.USAGE,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.slug = slug
        self.exit_code = exit_code


class CaseError(DebugdiffError):
    """A case folder, its `case.toml` or one of its programs is not usable."""


class BugError(DebugdiffError):
    """A bug of the catalogue is not usable: its TOML, a pattern or a codemod."""


class StoreError(DebugdiffError):
    """The store of records cannot be read or written."""


class StackError(DebugdiffError):
    """A framework, a back end or an interpreter is missing."""


class DataError(DebugdiffError):
    """An installed text corpus is not the file that its loader expects."""
