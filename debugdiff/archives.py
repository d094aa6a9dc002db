"""Zip files: the same members always give the same bytes, and none is read that could do harm."""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What reading a damaged zip raises."""
SUFFIX = ".zip"
ENCRYPTED = 1
"""The bit of a member that says so."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold: its members have no time."""
_MODE = 0o100644 << 16
_UNIX = 3


def is_zip(name: str) -> bool:
    """Whether a file is meant as a zip."""
    return name.lower().endswith(SUFFIX)


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """Members by name as a zip: sorted, without times and owners."""
    data = io.BytesIO()
    write_zip(data, sorted(members.items()))
    return data.getvalue()


def write_zip(file: IO[bytes], members: Iterable[tuple[str, bytes]]) -> None:
    """Write members, each with its name, in their order: without times and owners."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system, member.external_attr = _UNIX, _MODE
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)


def slashed(member: zipfile.ZipInfo) -> str:
    """A member's name as zips should write it: some programs of Windows write backslashes."""
    return member.filename.replace("\\", "/")


def unsafe_member(members: Iterable[zipfile.ZipInfo]) -> str:
    """Why nothing of these may be unpacked, as a clause; empty if all may."""
    names: set[str] = set()
    for member in members:
        name = slashed(member)
        if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
            return f"the member `{member.filename}` points outside the zip"
        if stat.S_ISLNK(member.external_attr >> 16):
            return f"the member `{member.filename}` is a link"
        if name in names:
            return f"it holds `{member.filename}` twice"
        names.add(name)
    return ""
