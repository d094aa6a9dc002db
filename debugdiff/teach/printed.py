"""What a run of a program showed on a terminal, without the folders of the machine it ran on."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.teach.symptoms import describe_end, has_failed
from debugdiff.teach.views import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from debugdiff.model import Record

_FILE = re.compile(r'(?<=File ")[^"\n]+(?=")')
_NAME = r"[^/\\\s\"'()]"
_FOLDER = re.compile(rf"(?<![\w.</~])(?:(?:/{_NAME}+)+/|[A-Za-z]:(?:\\{_NAME}+)+\\)(?={_NAME})")
_PACKAGES = ("site-packages/", "dist-packages/")


def printed(record: Record) -> str:
    """The traceback as printed; without one, how the run ended, warnings and metrics, a line each.

    Files are named below their package, `torch/nn/functional.py`; elsewhere by their names alone.
    """
    text = record.failure.text if record.failure else "\n".join(_lines(record))
    return without_folders(clean(text)).rstrip()


def _lines(record: Record) -> Iterator[str]:
    end = describe_end(record) if has_failed(record) else "it runs to the end"
    yield f"{end[:1].upper()}{end[1:]}."
    yield from dict.fromkeys(f"{each.category}: {each.message}" for each in record.warnings)
    for name, value in record.metrics.items():
        yield f"{name}: {'not finite' if value is None else f'{value:.4g}'}"


def without_folders(text: str) -> str:
    """What was printed, or is told about a program, with files as `printed` names them."""
    text = _FILE.sub(lambda file: _short(file[0]), text)
    for known in (Path(tempfile.gettempdir()), Path(sys.prefix), Path.home()):
        if len(known.parts) > 1:
            text = text.replace(f"{known}{os.sep}", "")
    return _FOLDER.sub(lambda folder: _short(f"{folder[0]}.")[:-1], text)


def _short(path: str) -> str:
    path = path.replace("\\", "/")
    ends = [path.rfind(each) + len(each) for each in _PACKAGES if each in path]
    return path[max(ends) :] if ends else path.rpartition("/")[2]
