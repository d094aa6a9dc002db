"""`debugdiff speed`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from debugdiff.cli.option_groups import only, takes_groups
from debugdiff.cli.options import (
    OUTPUT,
    WHAT,
    WHERE,
    Json,
    ProgressOptions,
    Selection,
    SizeOption,
    option,
)
from debugdiff.errors import DebugdiffError, ExitCode
from debugdiff.model import Size, Way

if TYPE_CHECKING:
    from debugdiff.speed import SpeedStudy


@takes_groups
def speed(  # noqa: PLR0913 - each is an option
    *,
    selection: Annotated[Selection, only("case", "python", "sandbox", "store")],
    way: Annotated[
        list[Way] | None,
        option(
            WHAT,
            "--way",
            help="Time only this way to run a model, and PyTorch eager. Repeatable. Default: all.",
        ),
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        option(
            WHERE,
            "--batch-size",
            min=1,
            help="Batch size passed to `train`. Repeatable. Default: the program's own.",
        ),
    ] = None,
    size: SizeOption = Size.SMALL,
    processes: Annotated[
        int,
        option(WHERE, "--processes", min=1, show_default=True, help="Fresh processes per arm."),
    ] = 12,
    steps: Annotated[
        int,
        option(
            WHERE,
            "--steps",
            min=0,
            show_default=True,
            help="Stop training after this many steps; 0: train to the end.",
        ),
    ] = 200,
    warm_up: Annotated[
        int,
        option(
            WHERE,
            "--warm-up",
            min=1,
            show_default=True,
            help="Number of first steps that do not count as steady.",
        ),
    ] = 20,
    cores: Annotated[
        str,
        option(
            WHERE,
            "--cores",
            metavar="LIST",
            help="Run only on these processors, such as 0,1. Default: all that debugdiff may use.",
        ),
    ] = "",
    anyway: Annotated[
        bool,
        option(WHERE, "--anyway", help="Measure even on a busy machine. Do not cite the result."),
    ] = False,
    json: Json = False,
    file: Annotated[
        Path | None,
        option(
            OUTPUT,
            "--output",
            "-o",
            metavar="FILE",
            help="Keep every process in this file, one line of JSON each; those in it do not run"
            " again. Default: debugdiff/speed.jsonl in the user's cache folder.",
        ),
    ] = None,
    page: Annotated[
        Path | None,
        option(
            OUTPUT,
            "--page",
            metavar="FILE",
            help="Write the tables into this page: .md, or .html with bars.",
        ),
    ] = None,
    progress: ProgressOptions,
) -> None:
    """Time programs of the same model, from the import to the evaluation.

    Every process is fresh, and the arms run in order and then in reverse. Nothing is timed on a
    busy machine. This takes long; you can interrupt it, and the same command continues.

    Examples:
      debugdiff speed text_cnn
      debugdiff speed text_cnn --batch-size 1 --batch-size 256
      debugdiff speed --way fit --way own-loop --steps 0 -o speed.jsonl
    """
    from debugdiff.campaign.speed import measure_speed  # noqa: PLC0415
    from debugdiff.campaign.timed_runs import SpeedRequest  # noqa: PLC0415
    from debugdiff.choosing import find_cases  # noqa: PLC0415
    from debugdiff.cli.console import page as screen  # noqa: PLC0415
    from debugdiff.cli.console import print_result  # noqa: PLC0415
    from debugdiff.cli.selection import once  # noqa: PLC0415
    from debugdiff.config import default_store  # noqa: PLC0415
    from debugdiff.files import require_place  # noqa: PLC0415
    from debugdiff.report.speed import render, render_json  # noqa: PLC0415

    for target in filter(None, (file, page)):
        require_place(target)
    request = SpeedRequest(
        cases=find_cases(selection.case),
        file=file or default_store().with_name("speed.jsonl"),
        store=selection.store or default_store(),
        ways=once(way),
        batch_sizes=once(batch_size) or (0,),
        size=size,
        processes=processes,
        steps=steps,
        warm_up=warm_up,
        cores=_cores(cores),
        anyway=anyway,
        interpreters=selection.stacks().interpreters,
        sandbox=selection.sandbox,
    )
    with progress.reporter() as reporter:
        study = measure_speed(request, progress=reporter)
    if page is not None:
        _write_page(page, study)
    print_result(render_json(study) if json else render(study, screen()))
    if study.not_measured:
        raise typer.Exit(ExitCode.SOME_NOT_RUN)


def _cores(text: str) -> tuple[int, ...]:
    """The processors of a list; those of this process if it is empty.

    Raises:
        DebugdiffError: `bad-cores`.
    """
    allowed = _allowed()
    try:
        wanted = {int(part) for part in text.split(",")} if text else allowed
    except ValueError:
        wanted = set()
    if not wanted or not wanted <= allowed:
        raise DebugdiffError(
            f"`{text}` is not a list of processors that debugdiff may use.",
            hint=f"Choose from {', '.join(map(str, sorted(allowed)))}, separated by commas.",
            slug="bad-cores",
        )
    return tuple(sorted(wanted))


def _allowed() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(os.cpu_count() or 1))


def _write_page(file: Path, study: "SpeedStudy") -> None:
    from debugdiff.cli.pages import read_page, write_page  # noqa: PLC0415 - not for `--help`
    from debugdiff.report import Page  # noqa: PLC0415
    from debugdiff.report.speed import render, render_page  # noqa: PLC0415

    is_html = file.suffix.lower() in {".html", ".htm"}
    as_html = render(study, Page().of("html")) if is_html else ""
    write_page(file, as_html or render_page(study, read_page(file)))
