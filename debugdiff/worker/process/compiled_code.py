"""Compiled code that the clean run of a program leaves to its mutants, so that they begin with it.

A compiler's cache is code that whoever uses it runs. A trial therefore has one of its own, among
its temporary files; what a clean run compiled is put aside once all its processes are gone, where
no program can change it, and each later trial of the same program begins with a copy.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from debugdiff.model import Sandbox
from debugdiff.worker.folders import LinkLeavesFolderError, copy_files
from debugdiff.worker.process.sandbox import level_here

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.model import Job
    from debugdiff.worker.workplace import Workplace


def take_compiled_code(job: Job, workplace: Workplace) -> None:
    """Copy what the clean run of the job's program left, if it has left anything."""
    aside = _aside(job, workplace)
    if not (_is_kept_apart(job) and aside.is_dir()):
        return
    # A link that leads elsewhere is the clean run's own doing: then nothing more is copied.
    with contextlib.suppress(LinkLeavesFolderError, OSError):
        workplace.compiled.mkdir()
        copy_files((path.relative_to(aside) for path in aside.iterdir()), aside, workplace.compiled)


def leave_compiled_code(job: Job, workplace: Workplace) -> None:
    """Put aside what a clean run has compiled. To be called when none of its processes is left."""
    made = workplace.compiled
    if _is_kept_apart(job) and job.leaves_compiled and made.is_dir() and not made.is_symlink():
        with contextlib.suppress(OSError):  # it is there already
            made.rename(_aside(job, workplace))


def _is_kept_apart(job: Job) -> bool:
    return bool(job.compiled) and level_here() is not Sandbox.OFF


def _aside(job: Job, workplace: Workplace) -> Path:
    return workplace.root.parent / f"compiled-{job.compiled}"
