"""Paths, hashes and JSON: what touches the disk for more than one module. Standard library only."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import io
import json
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from debugdiff.errors import DebugdiffError
from debugdiff.visible import encodable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType


def shipped(name: str) -> Path:
    """The folder `cases` or `injected_bugs` that came with debugdiff: in a wheel or a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / name
    return installed if installed.is_dir() else package.parent / name


LARGEST_TEXT = 1_000_000
"""Bytes of a file that people write: a program, a bug, a `case.toml`."""


@contextmanager
def opened_file(path: Path) -> Iterator[IO[bytes]]:
    """An ordinary file, to be read. A pipe or a device is never waited for.

    Raises:
        OSError: it cannot be read, or is no ordinary file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.ENOTSUP, "it is not an ordinary file", str(path))
        yield file


def read_bytes(path: Path, most: int = LARGEST_TEXT) -> bytes:
    """The content of an ordinary file. A pipe or a device is never waited for.

    Raises:
        OSError: it cannot be read, is no ordinary file, or has more than `most` bytes.
    """
    with opened_file(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most / 1e6:g} MB", str(path))
    return content


def read_text(path: Path) -> str:
    """The text of an ordinary file in UTF-8, with line ends as Python has them.

    Raises:
        OSError, UnicodeDecodeError: as `read_bytes`, or it is not UTF-8.
    """
    return io.TextIOWrapper(io.BytesIO(read_bytes(path)), encoding="utf-8").read()


def files_below(
    folder: Path, suffix: str, *, skip: Callable[[Path], bool] = lambda _: False
) -> Iterator[Path]:
    """Files with a suffix in a folder and below, however deep; links to folders are not followed.

    Args:
        folder: where to look.
        suffix: what their names end in.
        skip: of a folder, whether it is left out.
    """
    waiting = [folder]
    while waiting:
        try:
            entries = sorted(os.scandir(waiting.pop()), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                waiting += [] if skip(Path(entry.path)) else [Path(entry.path)]
            elif entry.name.endswith(suffix) and not entry.is_dir():
                yield Path(entry.path)


def name_of(printed: str, names: Iterable[str]) -> str:
    """The file that a traceback means by a path, of those with relative names; else empty."""
    # On Windows a path has backslashes; elsewhere one stands for a byte of a name.
    paths = (f"/{printed}", f"/{PurePosixPath(printed.replace(chr(92), '/'))}")
    fits = [name for name in names if any(path.endswith(f"/{name}") for path in paths)]
    return max(fits, key=len, default="")


def digest(*parts: str) -> str:
    """A hexadecimal SHA-256 of texts, with their borders: `("ab", "c")` is not `("a", "bc")`."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogatepass")  # a file's name may be no UTF-8
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def source_digest(module: ModuleType) -> str:
    """The hash of a module, or of all modules and tables of a package: its results go by it."""
    assert module.__file__ is not None
    path = Path(module.__file__)
    inside = path.parent.rglob("*") if path.name == "__init__.py" else [path]
    sources = sorted(source for source in inside if source.suffix in {".py", ".toml"})
    return digest(*(source.read_text(encoding="utf-8") for source in sources))


def inside(folder: Path, relative: str) -> Path:
    """A path below `folder`; `DebugdiffError` if `relative` leaves it, through `..` or a link."""
    root = folder.resolve()
    path = (root / relative).resolve()
    if not path.is_relative_to(root):
        raise DebugdiffError(
            f"`{relative}` leaves the folder {folder}.",
            hint="Files of a case and of a bug stay inside their own folder.",
            slug="path-leaves-folder",
        )
    return path


def to_json(value: object, *, indent: int | None = None) -> str:
    """Dataclasses, enums, paths and plain data as JSON; NaN and infinity are refused.

    With an indentation it is for readers of all kinds, and some take no lone surrogates: they show
    as in `encodable`.
    """
    if indent is None:
        return json.dumps(value, default=_plain, allow_nan=False)
    encoder = json.JSONEncoder(default=_plain, allow_nan=False, indent=indent)
    return encodable_json("".join(_in_stretches(encoder.iterencode(value))))


def _in_stretches(pieces: Iterator[str]) -> Iterator[str]:
    """Fewer and longer texts: millions of short ones would take several times their room."""
    while stretch := "".join(islice(pieces, _PIECES)):
        yield stretch


_PIECES = 10_000


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


@cache
def _umask() -> int:
    """What new files of this process may not allow; a temporary file allows its owner alone."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file as a whole, a text in UTF-8; see `atomic_file`."""
    with atomic_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """A file beside the target, renamed when it is whole, so that nobody ever sees half of one.

    A device or a pipe, such as `/dev/null`, is written to as it is. Who may read a file that is
    replaced stays as it was.
    """
    if _is_stream(path):
        with path.open("ab") as file:  # what is in the file behind `/dev/stdout` stays
            yield file
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{path.name[:_NAMED]}."  # the name may be as long as the disk allows
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=prefix)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(name).chmod(_mode(path))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


_OPEN_FILES = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")
_NAMED = 40
"""Characters of a file's name that are in that of the file beside it."""


def _is_stream(path: Path) -> bool:
    """A device, a pipe, or a name for a file that is open, such as `/dev/stdout`."""
    if not path.exists() or path.is_dir():
        return False
    return not path.is_file() or str(path.absolute()).startswith(_OPEN_FILES)


def _mode(path: Path) -> int:
    """Of the file that is replaced, else of a new one."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0o666 & ~_umask()


def behind_links(path: Path) -> Path:
    """The file that a user means by a path which may be a link: not the link is replaced.

    Raises:
        OSError: the links lead in a circle.
    """
    return path if _is_stream(path) or not path.is_symlink() else path.resolve(strict=False)


def require_place(file: Path) -> None:
    """See, before anything runs, that a file can be written in its place.

    Raises:
        DebugdiffError: `output-unwritable`.
    """
    problem = _problem_of_place(file)
    if problem:
        raise DebugdiffError(
            f"`{file}` cannot be written: {problem}.",
            hint="Name a file in an existing folder that you may write to.",
            slug="output-unwritable",
        )


def _problem_of_place(file: Path) -> str:
    """Why a file cannot be written, as a clause; empty if it can."""
    if _is_stream(file):
        return ""
    if file.is_dir() or not file.parent.is_dir():
        return "its folder does not exist, or it is itself a folder"
    try:
        folder = behind_links(file).parent
    except (OSError, RuntimeError):  # Python 3.12 and before raise the latter
        return "it is a link that leads to itself"
    if not folder.is_dir():
        return "it is a link into a folder that does not exist"
    return "" if os.access(folder, os.W_OK) else "you may not write to its folder"


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """A folder to write into, whose content becomes that of a new or empty `folder` at the end.

    Of what is stopped or fails before that, nothing is left.

    Raises:
        DebugdiffError: `output-unwritable`.
    """
    folder = folder.resolve()
    home = folder if folder.is_dir() else folder.parent  # it may be a disk of its own
    aside = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=home, prefix=f".{folder.name}."))
        whole = aside / folder.name
        whole.mkdir()
        yield whole
        if home is folder:
            for each in whole.iterdir():
                each.rename(folder / each.name)
        else:
            whole.rename(folder)
    except OSError as error:
        raise DebugdiffError(
            f"The folder {folder} cannot be written: {error.strerror or error}.",
            hint="Name another one, or free some space.",
            slug="output-unwritable",
        ) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
