"""A report that `run --json` wrote: how each fault was reported, by bug and program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.files import read_bytes
from debugdiff.model import Instrument, Mode, Outcome, ProgramEnd, WorkerEnd
from debugdiff.records import describe_damage, read

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 2**30
"""Bytes of a report: one of 10,000 trials has about 60 MB."""
_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedException:
    """An exception of a chain, as far as it is compared."""

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFailure(SavedException):
    """What ended a trial; `text` is the traceback as it was printed."""

    text: str
    frames: tuple[Mapping[str, object], ...]
    chain: tuple[SavedException, ...] = ()
    hidden_frames: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTrial:
    """A trial of the report."""

    id: str
    stack: str
    mode: Mode
    instrument: Instrument
    worker: WorkerEnd
    program: ProgramEnd
    failure: SavedFailure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedOutcome:
    """What became of a bug in a program under a condition."""

    bug: str
    case: str
    implementation: str
    stack: str
    mode: Mode
    seed: int
    outcome: Outcome
    reason: str
    trial: str = ""

    @property
    def name(self) -> tuple[str, str, str, Mode, int]:
        """What it has in common with that of another stack or version."""
        return (self.case, self.implementation, self.bug, self.mode, self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedScore:
    """A figure of a trial."""

    trial: str
    metric: str
    value: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedStack:
    """What one stack consists of."""

    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedEnvironment:
    """The versions of everything that was measured."""

    versions: Mapping[str, str]
    stacks: Mapping[str, SavedStack] = field(default_factory=dict)

    def of(self, stack: str | None) -> Mapping[str, str]:
        """The versions of one stack, if the report has them by stack; else of everything."""
        known = self.stacks.get(stack) if stack else None
        return known.versions if known else self.versions


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReport:
    """A report, as far as two are compared."""

    schema_version: int
    environment: SavedEnvironment
    trials: tuple[SavedTrial, ...]
    outcomes: tuple[SavedOutcome, ...]
    scores: tuple[SavedScore, ...] = field(default=())


def read_report(path: Path) -> SavedReport:
    """Read a report.

    Raises:
        DebugdiffError: it cannot be read, is no report, or one of another form.
    """
    return parse_report(path, lambda: read_bytes(path, _LARGEST))


def parse_report(path: Path, content: Callable[[], bytes]) -> SavedReport:
    """The report of some content, such as a member of a bundle; with the same errors.

    Args:
        path: what it is called in a message.
        content: reads it.
    """
    try:
        report = read(SavedReport, content())
    except (OSError, ValueError, RecursionError) as error:
        raise DebugdiffError(
            f"`{path}` is not a report that can be read: {describe_damage(error)}.",
            hint="`debugdiff run --json -o FILE` writes one, as does `debugdiff report`.",
            slug="report-unreadable",
        ) from error
    if report.schema_version != _VERSION:
        raise DebugdiffError(
            f"`{path}` has form {report.schema_version}; this debugdiff reads {_VERSION}.",
            hint="Write both reports with one version of debugdiff: `debugdiff report --json`.",
            slug="report-unreadable",
        )
    return report
