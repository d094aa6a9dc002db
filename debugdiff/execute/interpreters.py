"""What another interpreter gets to see of debugdiff: the worker and what it needs, nothing else."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(__file__).resolve().parent.parent
_PARTS = ("__init__.py", "model", "errors.py", "files.py", "corpora", "corpora.py", "worker")
_DROPPED = frozenset(
    {"PYTHONHOME", "PYTHONWARNINGS", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONBREAKPOINT"}
)
_ADDED = {
    # The order of sets of strings must be the same in every run.
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
}


@contextlib.contextmanager
def worker_environment(
    interpreter: str | None, *, spool: Path | None = None
) -> Iterator[dict[str, str]]:
    """The environment of a worker in an interpreter (`None`: this one), while it is needed.

    This interpreter finds the worker where it found debugdiff. Another one gets a copy of a few
    files on its path, and never the path of this one: these packages would not fit it. The copy
    lies in `spool`, or else where temporary files lie.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    if interpreter is None or is_this_one(interpreter):
        yield {**kept, **_ADDED}
        return
    kept.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory(prefix="debugdiff-worker-", dir=spool) as folder:
        _copy_to(Path(folder) / _PACKAGE.name)
        yield {**kept, **_ADDED, "PYTHONPATH": folder}


def is_this_one(interpreter: str) -> bool:
    """Whether a path is this interpreter's. Links count: an environment's Python is often one."""
    return Path(interpreter).absolute() == Path(sys.executable).absolute()


def _copy_to(target: Path) -> None:
    target.mkdir()
    for part in _PARTS:
        source = _PACKAGE / part
        if source.is_dir():
            shutil.copytree(source, target / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, target / part)
