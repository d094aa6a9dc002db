"""Paths in texts that leave this machine: none begins at its root."""

from __future__ import annotations

import re
import sys
from pathlib import Path, PurePosixPath

_UNIX = re.compile(r"(?<![\w.~:/\\<])/(?:[^\s/\"'`<>|:,;()]+/)+[^\s/\"'`<>|:,;()]+")
_WINDOWS = re.compile(r"(?<!\w)[A-Za-z]:[\\/](?:[^\s\\/\"'`<>|:,;()]+[\\/])+[^\s\\/\"'`<>|:,;()]+")
_INSTALLED = "site-packages/"
_ROOT = len("//")


def near_paths(text: str) -> str:
    """A text whose absolute paths are as short as they may be from here.

    A file below the current folder keeps the path from there, a file of an installed package the
    path in it; of others the last folder and the name are left.
    """
    if "/" not in text and "\\" not in text:
        return text
    here = f"{Path.cwd()}/"
    if len(here) > _ROOT:
        text = text.replace(here, "")  # names of folders may have spaces
    return _WINDOWS.sub(_near, _UNIX.sub(_near, text))


def _near(found: re.Match[str]) -> str:
    path = PurePosixPath(found[0].replace("\\", "/"))
    inside = str(path).rpartition(_INSTALLED)[2]
    if inside != str(path):
        return inside
    return str(path.relative_to(sys.prefix)) if path.is_relative_to(sys.prefix) else _last(path)


def _last(path: PurePosixPath) -> str:
    return "/".join(path.parts[-2:])
