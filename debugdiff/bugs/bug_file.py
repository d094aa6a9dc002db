"""A bug's TOML file as plain data, and where its keys stand.

A value of a rule may be one for each framework: `wrap.pytorch = "..."` beside `wrap.keras = "..."`.
Such a rule is one rule for each framework in the data.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff.errors import BugError
from debugdiff.files import read_text
from debugdiff.model import Framework
from debugdiff.toml_lines import line_of, read_toml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class BugFile:
    """A bug's file.

    Attributes:
        numbers: for every rule in `data`, which one of the file it is.
    """

    path: Path
    text: str
    data: Mapping[str, Any]
    numbers: Sequence[int]

    def line(self, keys: Sequence[str | int]) -> int:
        """The line of a key of the data, or of the closest table around it."""
        return line_of(self.text, self.written(keys))

    def written(self, keys: Sequence[str | int]) -> list[str | int]:
        """Keys of the data as the file has them."""
        match keys:
            case ["inject", int() as number, *rest]:
                return ["inject", self.numbers[number], *rest]
        return list(keys)

    def error(self, keys: Sequence[str | int], problem: str) -> BugError:
        """What is wrong with a value."""
        return BugError(
            f"{self.path}:{self.line(keys)}: {problem}.",
            hint="`docs/adding-a-bug.md` lists the keys of a bug and what they mean.",
            slug="bug-value",
        )


def read_bug_file(path: Path) -> BugFile:
    """Read a bug's file.

    Raises:
        BugError: it cannot be read, or is not TOML.
    """
    text = _text(path)
    try:
        data = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise BugError(
            f"{path} is not TOML: {error}.",
            hint="Code with quotes and backslashes is easiest between ''' and '''.",
            slug="bug-toml",
        ) from error
    rules = list(_rules(data))
    if rules:
        data["inject"] = [rule for _, rule in rules]
    return BugFile(path=path, text=text, data=data, numbers=[number for number, _ in rules])


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise BugError(
            f"{path} cannot be read: {error}.",
            hint="A bug is a TOML file in UTF-8.",
            slug="bug-unreadable",
        ) from error


def _rules(data: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    """The rules of a file, with their number in it; one for each framework where they differ."""
    rules = data.get("inject")
    for index, rule in enumerate(rules if isinstance(rules, list) else ()):
        if not _is_by_framework(rule) or "framework" in rule:
            yield index, rule
            continue
        for framework in Framework:
            yield index, {"framework": framework.value, **_of(framework, rule)}


def _is_by_framework(value: Any) -> bool:
    """Whether something in a rule is written once for each framework."""
    inner = value.values() if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping | list):
        return False
    return _is_choice(value) or any(map(_is_by_framework, inner))


def _is_choice(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and value.keys() <= set(Framework)


def _of(framework: Framework, value: Any) -> Any:
    """A value as it is for a framework; a key that has none for it is left out."""
    if isinstance(value, list):
        return [_of(framework, inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: _of(framework, inner[framework] if _is_choice(inner) else inner)
        for key, inner in value.items()
        if not _is_choice(inner) or framework in inner
    }
