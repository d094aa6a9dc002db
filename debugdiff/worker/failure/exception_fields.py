"""What an exception holds, read past its class: a `__getattribute__` of its own does anything."""

from __future__ import annotations

from typing import Any

_DESCRIPTORS = {
    name: descriptor
    for kind in (SyntaxError, SystemExit, BaseExceptionGroup, BaseException)
    for name, descriptor in vars(kind).items()
}


def field(error: BaseException, name: str) -> Any:
    """A field that every exception of its kind has: `__cause__`, `code` of a `SystemExit`."""
    return _DESCRIPTORS[name].__get__(error)


def is_kind(error: BaseException | None, *kinds: type[BaseException]) -> bool:
    """`isinstance`, without asking the exception what its class is."""
    return issubclass(type(error), kinds)


def attribute(error: BaseException | None, name: str) -> Any:
    """What somebody has added to an exception; `None` if there is nothing."""
    try:
        return object.__getattribute__(error, name)
    except BaseException:  # noqa: BLE001  (or a property of the program's own)
        return None


def notes_of(error: BaseException) -> list[str]:
    """The notes that were added to it; what else a program has put there is left out."""
    notes = attribute(error, "__notes__")
    return [note for note in notes if isinstance(note, str)] if type(notes) is list else []
