"""One warm host per stack for the whole test run, and a way to run a few lines on it."""

from __future__ import annotations

import signal
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from crashing import PROGRAMS, run
from lending import Lending

from debugdiff.model import Budget, Instrument, Job, Mode, Record, Size, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from debugdiff.execute.pool import Pool

# A shell starts what runs in the background without Ctrl-C, and programs that we start inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass
class Bench:
    """Runs programs on the session's hosts, as if they lay in `folder`."""

    pool: Pool
    folder: Path
    records: list[Record] = field(default_factory=list)

    def job(self, source: str, **options: Any) -> Job:
        """A job of one program, `program.py`; `files` adds others."""
        files = {"program.py": textwrap.dedent(source), **options.pop("files", {})}
        defaults: dict[str, Any] = {
            "id": "trial",
            "case_folder": str(self.folder),
            "program": "program.py",
            "stack": Stack.PYTORCH,
            "mode": Mode.DEFAULT,
            "instrument": Instrument.NONE,
            "seed": 0,
            "size": Size.TINY,
            "budget": Budget(seconds=60),
            "contract": False,
        }
        return Job(files=files, **{**defaults, **options})

    def run(self, source: str, **options: Any) -> Record:
        """The record of one program; a script unless `contract=True`."""
        return self.run_all([self.job(source, **options)])[0]

    def run_all(self, jobs: list[Job]) -> list[Record]:
        """The records of several jobs, in the order in which they ended."""
        records: list[Record] = []
        self.pool.run(jobs, records.append)
        return records


@pytest.fixture(scope="session", autouse=True)
def lending() -> Iterator[Lending]:
    """Campaigns in this process run on hosts that stay."""
    lending = Lending()
    with pytest.MonkeyPatch.context() as patch:
        lending.patch(patch)
        yield lending
    lending.close()


@pytest.fixture(scope="session")
def pool(lending: Lending) -> Iterator[Pool]:
    """Hosts that stay for the whole test run; each starts when it is first needed."""
    with lending.lend(slots=2) as pool:
        yield pool


@pytest.fixture(scope="session")
def foreign_records(pool: Pool) -> Mapping[str, Record]:
    """The crashes of `tests/foreign`, by the name of the file."""
    return run(pool, PROGRAMS)


@pytest.fixture
def bench(pool: Pool, tmp_path: Path) -> Bench:
    """Programs run as if they lay in a folder of the test's own."""
    return Bench(pool=pool, folder=tmp_path)
