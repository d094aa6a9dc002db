"""Errors that others met before: what they are called, the page that explains them, a thread."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from debugdiff.model import Framework
from debugdiff.score.phrases import contents, link
from debugdiff.score.prose import plain_message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from debugdiff.model import Failure

_FILE = Path(__file__).with_name("known_errors.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownError:
    """A kind of error, told by its message.

    Attributes:
        types: classes of the exception, without the module; one of them has to be in the chain.
        pattern: what the message holds.
        called: what it is, in a few words.
        page: the official page that explains it; empty where none was found.
        thread: a public thread in which the message stands; empty where none was found.
    """

    id: str
    framework: Framework
    types: frozenset[str]
    pattern: re.Pattern[str]
    called: str
    page: str = ""
    thread: str = ""


def known_error(failure: Failure) -> KnownError | None:
    """The kind of a failure: the first of the table whose type and message fit."""
    message = plain_message(failure)
    types = frozenset(_types(failure))
    fitting = (
        each for each in known_errors() if types & each.types and each.pattern.search(message)
    )
    return next(fitting, None)


def help_in_message(failure: Failure, own_names: Collection[str] = ()) -> str:
    """The public API or the address that the message itself names; empty if it names neither.

    Args:
        failure: what was raised.
        own_names: classes and functions of the user's, which are no public API.
    """
    return contents(failure, own_names)["api"] or link(plain_message(failure))


def _types(failure: Failure) -> Iterator[str]:
    chained = (each.type for each in failure.chain)
    for name in (failure.type, *failure.bases, *chained):
        yield name.rpartition(".")[2]


@cache
def known_errors() -> tuple[KnownError, ...]:
    """Every entry of `known_errors.toml`, in its order."""
    with _FILE.open("rb") as file:
        return tuple(_entry(**fields) for fields in tomllib.load(file)["error"])


def _entry(*, framework: str, types: list[str], pattern: str, **texts: str) -> KnownError:
    return KnownError(
        framework=Framework(framework),
        types=frozenset(types),
        pattern=re.compile(pattern),
        **texts,
    )
