"""What a run of a program showed on a terminal, without the folders of the machine it ran on."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import WorkerEnd
from debugdiff.report.frames import short
from debugdiff.teach.symptoms import describe_end
from debugdiff.teach.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Record

_FILE = re.compile(r'(?<=File ")[^"\n]+(?=")')
_PACKAGES = re.compile(r"(?:[A-Za-z]:)?[/\\][^\s'\"()]*[/\\]site-packages[/\\]")


def printed(record: Record, folder: Path) -> str:
    """The traceback as printed; without one, warnings, an untimely end, and metrics, a line each.

    Args:
        record: of the run.
        folder: where its program lay.
    """
    text = record.failure.text if record.failure else "\n".join(_lines(record))
    return clean(without_folders(text, folder)).rstrip()


def _lines(record: Record) -> Iterator[str]:
    yield from dict.fromkeys(f"{each.category}: {each.message}" for each in record.warnings)
    if record.worker is not WorkerEnd.FINISHED:
        yield describe_end(record)
    for name, value in record.metrics.items():
        yield f"{name}: {'not finite' if value is None else f'{value:.4g}'}"


def without_folders(text: str, folder: Path) -> str:
    """Files of the program by their names alone, others as `short` has them.

    Args:
        text: that was printed or is told about a program.
        folder: where the program lay.
    """
    text = text.replace(f"{folder}{os.sep}", "")
    text = _PACKAGES.sub("", _FILE.sub(lambda found: short(found[0]), text))
    for known in (folder, Path(tempfile.gettempdir()), Path(sys.prefix), Path.home()):
        if len(known.parts) > 1:
            text = text.replace(f"{known}{os.sep}", "").replace(str(known), known.name)
    return text
