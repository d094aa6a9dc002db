"""Programs that crash, run as an engineer would run them: `tests/foreign` and files like them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Budget, Instrument, Job, Mode, Record, Size, Stack

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.execute.pool import Pool

FOREIGN = Path(__file__).parent / "foreign"
PROGRAMS = sorted(FOREIGN.glob("*.py"))


def run(pool: Pool, paths: Iterable[Path]) -> dict[str, Record]:
    """The record of each program, by the name of its file; `pt_` says PyTorch, else it is Keras."""
    records: dict[str, Record] = {}
    pool.run(map(_job, paths), lambda record: records.update({record.trial: record}))
    return records


def _job(path: Path) -> Job:
    return Job(
        id=path.name,
        case_folder=str(path.parent),
        files={path.name: path.read_text()},
        program=path.name,
        stack=Stack.PYTORCH if path.name.startswith("pt_") else Stack.KERAS_TENSORFLOW,
        mode=Mode.DEFAULT,
        instrument=Instrument.NONE,
        seed=0,
        size=Size.TINY,
        budget=Budget(seconds=120),
        contract=False,
        post_mortem=True,
    )
