"""What a student handed in as bytes: a folder or a zip, with limits, nothing unpacked to disk."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

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

    Links are not followed. A zip inside a folder is read as a folder of its name.

    Raises:
        DebugdiffError: `submission-unsafe`, `submission-large`, `submission-zip`.
        OSError: a file cannot be read.
    """
    if path.is_file() and path.suffix.lower() == ".zip":
        return _within_limits(path.name, _of_zip(path))
    if path.is_file():
        return _within_limits(path.name, iter([(path.name, path)]))
    return _within_limits(path.name, _of_folder(path))


def _of_folder(folder: Path) -> Iterator[tuple[str, Path | bytes]]:
    for top, folders, names in os.walk(folder):
        here = Path(top).relative_to(folder)
        deep = len(here.parts) >= _DEPTH
        folders[:] = [] if deep else sorted(each for each in folders if _is_looked_into(each))
        for name in sorted(names):
            path = Path(top) / name
            if _matters(name) and path.is_file() and not path.is_symlink():
                relative = (here / name).as_posix()
                if path.suffix.lower() == ".zip":
                    yield from ((f"{relative}/{inner}", data) for inner, data in _of_zip(path))
                else:
                    yield relative, path


def _of_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _refuse_unsafe(path, members)
            for member in members:
                parts = PurePosixPath(member.filename).parts
                seen = all(_is_looked_into(part) for part in parts[:-1])
                if parts and not member.is_dir() and seen and _matters(parts[-1]):
                    yield member.filename, archive.read(member)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise DebugdiffError(
            f"{path.name} cannot be read as a zip: {error}.",
            hint="Ask for it again, without a password.",
            slug="submission-zip",
        ) from error


def _refuse_unsafe(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Before anything is unpacked: no name that leads out, no link, no bomb, no name twice."""
    names: set[str] = set()
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
            raise _unsafe(path, f"the member `{member.filename}` leads out of it")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _unsafe(path, f"the member `{member.filename}` is a link")
        if name in names:
            raise _unsafe(path, f"it holds `{member.filename}` twice")
        names.add(name)
    if len(members) > MAXIMUM_FILES or sum(each.file_size for each in members) > MAXIMUM_BYTES:
        raise _large(path.name)


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


def _is_looked_into(folder: str) -> bool:
    return folder == _STATES or not folder.startswith((".", "__"))


def _matters(name: str) -> bool:
    return name in _NAMES or (
        PurePosixPath(name).suffix.lower() in _SUFFIXES and not name.startswith("._")
    )


def _unsafe(path: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"{path.name} is refused as a whole: {problem}.",
        hint="Look at it by hand; nothing of it was unpacked.",
        slug="submission-unsafe",
    )


def _large(name: str) -> DebugdiffError:
    return DebugdiffError(
        f"{name} is refused: it holds more than {MAXIMUM_FILES} files"
        f" or {MAXIMUM_BYTES // 1_000_000} MB.",
        hint="Ask for the folder of the course, and nothing else.",
        slug="submission-large",
    )
