"""What a student handed in as bytes: a folder or a zip, with limits, nothing unpacked to disk."""

from __future__ import annotations

import errno
import os
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from debugdiff.archives import DAMAGED, ENCRYPTED, slashed, unsafe_member
from debugdiff.errors import DebugdiffError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAXIMUM_FILES = 5_000
MAXIMUM_BYTES = 20_000_000
"""Of one submission: the largest course is below a megabyte, with its log."""

_SUFFIXES = frozenset({".py", ".json", ".jsonl", ".ipynb", ".zip"})
_NAMES = frozenset({".exercise"})
_STATES = ".states"
_DEPTH = 8


def read_tree(path: Path) -> Mapping[str, bytes]:
    """The files of a submission that matter here, relative name to content.

    Links are not followed: what holds one is refused. A zip inside a folder is read as a folder
    of its name.

    Raises:
        DebugdiffError: `submission-unsafe`, `submission-large`, `submission-zip`.
        OSError: a file cannot be read.
    """
    if path.is_file() and path.suffix.lower() == ".zip":
        return _within_limits(path.name, _of_zip(path, path.name))
    if path.is_file():
        return _within_limits(path.name, iter([(path.name, path)]))
    if not path.is_dir():
        raise _unsafe(path.name, "it is neither a file nor a folder")
    return _within_limits(path.name, _of_folder(path))


def _of_folder(folder: Path) -> Iterator[tuple[str, Path | bytes]]:
    for top, folders, names in os.walk(folder, onerror=_raise):
        here = Path(top).relative_to(folder)
        deep = len(here.parts) >= _DEPTH
        folders[:] = [] if deep else sorted(each for each in folders if _is_own(Path(top) / each))
        wanted = sorted(filter(_matters, names))
        for name in (*folders, *wanted):
            _refuse_link(folder, here / name)
        for name in wanted:
            path, relative = Path(top) / name, (here / name).as_posix()
            if path.suffix.lower() == ".zip":
                yield from ((f"{relative}/{each}", data) for each, data in _of_zip(path, relative))
            else:
                yield relative, path


def _refuse_link(folder: Path, relative: Path) -> None:
    """As in a zip: what a link leads to was not handed in. Reading from a pipe may never end."""
    path = folder / relative
    if path.is_symlink():
        raise _unsafe(folder.name, f"`{relative.as_posix()}` is a link")
    if not path.is_file() and not path.is_dir():
        raise _unsafe(folder.name, f"`{relative.as_posix()}` is not a regular file")


def _of_zip(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_unsafe(name, members)
            for member in members:
                parts = PurePosixPath(slashed(member)).parts
                seen = all(_is_looked_into(part) for part in parts[:-1])
                if parts and not member.is_dir() and seen and _matters(parts[-1]):
                    yield slashed(member), archive.read(member)
    except NotImplementedError as error:
        raise _unpackable(name, "uses a compression that is not supported") from error
    except DAMAGED as error:
        if isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}:
            raise  # it is the file that cannot be read
        raise _unpackable(name, "is damaged, or is not a zip") from error


def _refuse_unsafe(zip_name: str, members: list[zipfile.ZipInfo]) -> None:
    """Before anything is unpacked: no name that leads out, no link, no bomb, no name twice."""
    problem = unsafe_member(members)
    if problem:
        raise _unsafe(zip_name, problem)
    if any(member.flag_bits & ENCRYPTED for member in members):
        raise _unpackable(zip_name, "needs a password")
    if len(members) > MAXIMUM_FILES or sum(each.file_size for each in members) > MAXIMUM_BYTES:
        raise _large(zip_name)


def _within_limits(
    name: str, found: Iterator[tuple[str, Path | bytes]] | Iterator[tuple[str, bytes]]
) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    for relative, source in found:
        total += len(source) if isinstance(source, bytes) else source.stat().st_size
        if total > MAXIMUM_BYTES or len(files) >= MAXIMUM_FILES:
            raise _large(name)
        files[relative] = source if isinstance(source, bytes) else source.read_bytes()
    return files


def _raise(error: OSError) -> None:
    raise error


def _is_own(folder: Path) -> bool:
    """Whether it may hold what was handed in; an environment of Python holds that of others."""
    return _is_looked_into(folder.name) and not (folder / "pyvenv.cfg").exists()


def _is_looked_into(folder: str) -> bool:
    return folder == _STATES or not folder.startswith((".", "__"))


def _matters(name: str) -> bool:
    return name in _NAMES or (
        PurePosixPath(name).suffix.lower() in _SUFFIXES and not name.startswith("._")
    )


def _unpackable(name: str, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{name} {problem}.",
        hint="Ask for it again, as a .zip without a password.",
        slug="submission-zip",
    )


def _unsafe(name: str, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{name} was refused: {problem}.",
        hint="Look at it yourself: nothing was unpacked.",
        slug="submission-unsafe",
    )


def _large(name: str) -> DebugdiffError:
    return DebugdiffError(
        f"{name} was refused: it holds more than {MAXIMUM_FILES} files"
        f" or {MAXIMUM_BYTES // 1_000_000} MB.",
        hint="Ask for the folder of the course and nothing else.",
        slug="submission-large",
    )
