"""`python -P -m debugdiff.worker STACK [--once | --program ENDS ROOT TEMPORARY_FOLDER]`.

The environment variable `DEBUGDIFF_SPOOL` names the folder that trials get their folders in; it is
removed when the parent of this process dies, whose number `DEBUGDIFF_PARENT` holds.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from debugdiff.model import Stack
from debugdiff.worker.process.frameworks import import_framework, prepare_environment


def main(arguments: list[str]) -> None:
    """Be a host, the supervisor of one trial, or the program of one trial."""
    stack = Stack(arguments[0])
    prepare_environment(stack)
    role = arguments[1] if len(arguments) > 1 else ""
    if role == "--program":
        _be_program(stack, *arguments[2:])
    from debugdiff.worker.process.host import run_host, run_once  # noqa: PLC0415  (the program needs none)

    spool = os.environ.pop("DEBUGDIFF_SPOOL", "") or tempfile.mkdtemp(prefix="debugdiff-")
    parent = int(os.environ.pop("DEBUGDIFF_PARENT", os.getppid()))
    (run_once if role == "--once" else run_host)(stack, spool, parent)


def _be_program(stack: Stack, numbers: str, root: str, temporary_folder: str) -> NoReturn:
    from debugdiff.worker.process.program import run_program  # noqa: PLC0415
    from debugdiff.worker.process.result_channel import ProgramEnds, ResultWriter  # noqa: PLC0415
    from debugdiff.worker.process.sandbox import confine_program  # noqa: PLC0415
    from debugdiff.worker.process.supervisor import settle_process  # noqa: PLC0415
    from debugdiff.worker.wire import decode_job  # noqa: PLC0415
    from debugdiff.worker.workplace import Workplace  # noqa: PLC0415

    ends = ProgramEnds.of(numbers)
    job = decode_job(ends.read_job())
    channel = ResultWriter(ends)
    settle_process(int(os.environ.pop("DEBUGDIFF_SUPERVISOR")), job.budget.memory)
    workplace = Workplace(
        root=Path(root), case_folder=job.case_folder, temporary_folder=temporary_folder
    )
    confine_program(job, workplace)
    if not job.bare:
        import_framework(stack)
    run_program(job, workplace, channel)


if __name__ == "__main__":
    main(sys.argv[1:])
