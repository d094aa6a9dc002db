"""Copies of folders that a program may do anything to, and how they are removed."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

COPIED_BYTES = 256 * 2**20
COPIED_FILES = 10_000
_CHUNK = 2**30


def lock_of(folder: Path) -> Path:
    """The file beside a temporary folder that its owner holds a lock on; see `temporary`."""
    return folder.with_name(f"{folder.name}.lock")


class LinkLeavesFolderError(Exception):
    """A link of the case folder points out of it; a trial does not follow it."""


def copy_files(paths: Iterable[Path], source: Path, target: Path) -> list[Path]:
    """Copy files and whole folders below `source` to the same place below `target`.

    Together the copies have at most `COPIED_FILES` files and `COPIED_BYTES` bytes, which take no
    room of their own where the file system can share them: the small files come first. What is in
    the target already is left as it is; what is neither a file nor a folder is left out.

    Returns:
        the files that are too large or too many: they are linked to instead.

    Raises:
        LinkLeavesFolderError: a link points out of `source`.
        OSError: the disk is full, or a file cannot be read.
    """
    root = source.resolve()
    files = [file for path in paths for file in _files_in(path, root, target)]
    files.sort(key=lambda file: (file.stat().st_size, file))
    linked, left = [], COPIED_BYTES
    for number, file in enumerate(files):
        copy = target / file.relative_to(root)
        left -= file.stat().st_size
        if left >= 0 and number < COPIED_FILES:
            _copy(file, copy)
        elif not copy.exists():
            copy.symlink_to(file.resolve())
            linked.append(file.resolve())
    return linked


def _files_in(path: Path, root: Path, target: Path) -> list[Path]:
    """The regular files in a folder, or the file itself; folders and their links are made."""
    waiting, files = [root / path], []
    while waiting:
        path = waiting.pop()
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            aim = _aim_of(path, root)
            if aim.is_dir():
                _link(target / path.relative_to(root), target / aim.relative_to(root))
                continue
            kind = aim.stat().st_mode if aim.exists() else 0
        if stat.S_ISDIR(kind) and not (is_environment(path) or _holds(path, target, root)):
            (target / path.relative_to(root)).mkdir(parents=True, exist_ok=True)
            waiting += path.iterdir()
        elif stat.S_ISREG(kind):
            files.append(path)
    return files


def _holds(folder: Path, target: Path, root: Path) -> bool:
    """Whether the copies lie in it, as those of a case in `/tmp` do: they are not copied again."""
    return folder != root and target.resolve().is_relative_to(folder)


def is_environment(folder: Path) -> bool:
    """A virtual environment: no program reads it as data, and its links lead out of the folder."""
    return (folder / "pyvenv.cfg").is_file()


def _aim_of(link: Path, root: Path) -> Path:
    aim = link.resolve()
    if not aim.is_relative_to(root):
        raise LinkLeavesFolderError(f"The link {link} leaves the folder {root}.")
    return aim


def _link(link: Path, aim: Path) -> None:
    if not link.is_symlink() and not link.exists():
        link.symlink_to(aim)


def _copy(file: Path, copy: Path) -> None:
    if copy.exists():
        return
    with file.open("rb") as reading, copy.open("xb") as writing:
        try:
            while os.copy_file_range(reading.fileno(), writing.fileno(), _CHUNK):
                pass
        except (AttributeError, OSError):  # not on this system, or not between these two
            reading.seek(0)
            writing.seek(0)
            shutil.copyfileobj(reading, writing)
    shutil.copystat(file, copy)


def remove_tree(root: Path) -> None:
    """Remove a folder with all that is in it, as far as that can be done. Never raises.

    Folders are moved up to the root one level at a time: a program may nest them so deeply that no
    recursion and no path reaches their end.
    """
    kept: set[str] = set()
    with contextlib.suppress(OSError):
        while folders := _emptied(root) - kept:
            for name in folders:
                for inner in _emptied(root / name):
                    with contextlib.suppress(OSError):
                        (root / name / inner).rename(root / uuid.uuid4().hex)
                try:
                    (root / name).rmdir()
                except OSError:
                    kept.add(name)
        root.rmdir()


def _emptied(folder: Path) -> set[str]:
    """The folders in a folder, all else in which is removed."""
    folders = set()
    with contextlib.suppress(OSError):
        folder.chmod(stat.S_IRWXU)
        with os.scandir(folder) as entries:
            for entry in list(entries):
                if entry.is_dir(follow_symlinks=False):
                    folders.add(entry.name)
                else:
                    with contextlib.suppress(OSError):
                        Path(entry.path).unlink()
    return folders
