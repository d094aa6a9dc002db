"""Settings: flags come first, then `DEBUGDIFF_*`, then `[tool.debugdiff]` of the nearest pyproject.

The command line asks here for what the file says and hands it to typer as defaults; typer itself
puts flags over environment variables over defaults. A key of the file is the long name of the
option that it sets: `jobs`, `seed`, `timeout`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.errors import DebugdiffError
from debugdiff.files import read_text
from debugdiff.toml_lines import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "DEBUGDIFF_"

_TEXTS = frozenset({"bug", "category", "framework", "style", "stack", "mode"})
_ALIASES = {"catalogue": "bugs"}
_PATHS = frozenset({"bugs", *_ALIASES})
_KEYS: Mapping[str, str] = {
    **dict.fromkeys(_TEXTS | _PATHS, "a string or a list of strings"),
    "size": "a text",
    "sandbox": "a string: off, write or strict",
    "seed": "a whole number or a list of them",
    "jobs": "a whole number",
    "timeout": "a number of seconds",
    "memory": "a string such as `8GiB`, or a number of bytes",
    "store": "the path of a file",
    "python": "the path of a Python interpreter, or a table that maps a stack to one",
}

_OF_STACKS = "stacks"
"""A table of `[tool.debugdiff]` that `own_stacks` reads."""

_UNITS: Mapping[str, int] = {
    "": 1,
    "b": 1,
    **{letter: 1024**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", start=1)},
    **{f"{letter}b": 1000**power for power, letter in enumerate("kmgt", start=1)},
}


def default_store() -> Path:
    """Where records are kept unless told otherwise: `debugdiff/store.sqlite3` in the user cache."""
    import platformdirs  # noqa: PLC0415 - not needed for `--help`

    return Path(platformdirs.user_cache_dir("debugdiff", appauthor=False)) / "store.sqlite3"


def parse_memory(text: str) -> int:
    """Bytes of a human size: `8GiB`, `8G` and `8192 MiB` are one; `8GB` is decimal; 0: no limit.

    Raises:
        DebugdiffError: not a size.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", text)
    if match is None or match[2].lower() not in _UNITS:
        raise DebugdiffError(
            f"`{text}` is not a size of memory.",
            hint="Write a number and a unit, such as 8GiB or 512MiB; 0 means no limit.",
            slug="bad-size",
        )
    return int(float(match[1]) * _UNITS[match[2].lower()])


def read_settings(start: Path) -> Mapping[str, Any]:
    """Defaults from the nearest `pyproject.toml` at or above `start`, as typer wants them.

    Paths in the file count from the file's own folder.

    Raises:
        DebugdiffError: the file does not parse, has an unknown key or a value of a wrong type.
    """
    file = _nearest(start)
    if file is None:
        return {}
    table = _tool_table(file)
    return {
        _ALIASES.get(key, key): _checked(file, key, value)
        for key, value in table.items()
        if key != _OF_STACKS
    }


def _nearest(start: Path) -> Path | None:
    folders = (start, *start.parents)
    return next((folder / "pyproject.toml" for folder in folders if _is_project(folder)), None)


def _is_project(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file()


def _tool_table(file: Path) -> Mapping[str, Any]:
    try:
        document = read_toml(read_text(file))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DebugdiffError(
            f"{file} cannot be read: {error}.",
            hint="Its table [tool.debugdiff] holds the settings of debugdiff.",
            slug="config-unreadable",
        ) from error
    table = document.get("tool", {}).get("debugdiff", {})
    if not isinstance(table, dict):
        raise _wrong(file, "tool.debugdiff", "a table")
    return table


def _checked(file: Path, key: str, value: object) -> Any:
    if key not in _KEYS:
        raise _unknown(file, key)
    converted = _converted(file.parent, key, value)
    if converted is None:
        raise _wrong(file, key, _KEYS[key])
    return converted


def _converted(folder: Path, key: str, value: object) -> Any:
    """The value as the option takes it; `None` if its type is wrong."""
    if key in _PATHS:
        texts = _list_of(str, value)
        return texts and [str(folder / text) for text in texts]
    if key in _TEXTS or key == "seed":
        return _list_of(int if key == "seed" else str, value)
    if key == "python":
        return _pythons(folder, value)
    return _single(folder, key, value)


def _pythons(folder: Path, value: object) -> list[str] | None:
    if isinstance(value, dict):
        return [f"{stack}={folder / str(path)}" for stack, path in value.items()]
    return [str(folder / value)] if isinstance(value, str) else None


def _single(folder: Path, key: str, value: object) -> Any:
    match key, value:
        case _, bool():
            return None
        case "store", str():
            return str(folder / value)
        case ("size" | "sandbox", str()) | ("jobs", int()) | ("memory", str() | int()):
            return value
        case "timeout", int() | float():
            return float(value)
    return None


def _list_of(kind: type, value: object) -> list[Any] | None:
    values = value if isinstance(value, list) else [value]
    fits = all(isinstance(item, kind) and not isinstance(item, bool) for item in values)
    return values if fits else None


def _unknown(file: Path, key: str) -> DebugdiffError:
    near = difflib.get_close_matches(key, _KEYS, n=1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    return DebugdiffError(
        f"{file}: [tool.debugdiff] has an unknown key `{key}`.",
        hint=f"{meant}Known keys: {', '.join(sorted(_KEYS))}.",
        slug="config-unknown-key",
    )


def _wrong(file: Path, key: str, expected: str) -> DebugdiffError:
    return DebugdiffError(
        f"{file}: `{key}` in [tool.debugdiff] must be {expected}.",
        hint="See `debugdiff run --help` for what each option takes.",
        slug="config-wrong-type",
    )
