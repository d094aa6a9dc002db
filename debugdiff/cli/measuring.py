"""The Python files that were typed, with the metrics of each one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.errors import DebugdiffError
from debugdiff.notebooks import NotebookError
from debugdiff.programs import Folder, read_source
from debugdiff.report.metrics import FileMetrics
from debugdiff.static import measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CASE_FILE = "case.toml"


def measure_paths(texts: Sequence[str]) -> tuple[FileMetrics, ...]:
    """Metrics of files, of every Python file in folders, and of the programs of cases.

    Raises:
        DebugdiffError: neither a path nor a shipped case, or a folder without Python files.
    """
    files = dict.fromkeys(file for text in texts for file in _files(text))
    return tuple(_measure(file) for file in files)


def _files(text: str) -> Iterator[Path]:
    path = Path(text)
    if path.exists() and not path.is_dir():
        yield path
    elif path.is_dir() and not (path / CASE_FILE).is_file():
        yield from _folder(path)
    else:
        yield from _case(text)


def _folder(folder: Path) -> list[Path]:
    files = [folder / name for name in Folder(folder).python_files()]
    if not files:
        raise DebugdiffError(
            f"The folder {folder} has no Python file.",
            hint="Name a .py file, a folder with such files, or a case (`debugdiff cases list`).",
            slug="nothing-to-measure",
        )
    return files


def _case(text: str) -> list[Path]:
    """The programs of a case, whose shared data file is not theirs."""
    from debugdiff.cases import find_case  # noqa: PLC0415 - pydantic is slow

    case = find_case(text)
    usable = [program.path for program in case.implementations]
    return usable + [program.path for program in case.broken]


def _measure(file: Path) -> FileMetrics:
    try:
        return FileMetrics(path=_label(file), metrics=measure(read_source(file)))
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        problem = f"does not parse{line}: {error.msg}"
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except NotebookError as error:
        problem = f"cannot be read: {error}"
    except UnicodeDecodeError as error:
        problem = f"cannot be read: {error}"
    return FileMetrics(path=_label(file), metrics=None, problem=problem)


def _label(file: Path) -> str:
    """The path as short as it may be from here."""
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)
