"""A report never overwrites what it is made of."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from debugdiff.config import default_store
from debugdiff.errors import DebugdiffError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OUTPUTS = ("output", "page", "wide", "junit", "gradescope", "classroom50")
"""The parameters that name a file which a command writes and does not read."""


def require_no_input(values: Mapping[str, Any]) -> None:
    """See that the file that a command writes is none that it reads.

    Args:
        values: of all options and arguments of a command, by the names of its parameters.

    Raises:
        DebugdiffError: `output-is-input`.
    """
    targets = [values[name] for name in _OUTPUTS if values.get(name) is not None]
    for target, path in product(filter(Path.is_file, targets), _inputs(values)):
        if _is_same(path, target):
            raise DebugdiffError(
                f"`{target}` would be overwritten, but it is read by this command.",
                hint="Write to another file.",
                slug="output-is-input",
            )


def _inputs(values: Mapping[str, Any]) -> Iterator[Path]:
    """What may be a file, of all that was named; the store also where it was not."""
    for name, value in values.items():
        several = value if isinstance(value, list | tuple) else [value]
        if name not in _OUTPUTS:
            yield from (Path(each) for each in several if isinstance(each, str | Path))
    if "store" in values and values["store"] is None:
        yield default_store()


def _is_same(path: Path, target: Path) -> bool:
    try:
        return path.samefile(target)
    except (OSError, ValueError):  # it is no file: a word, a number, or a text with a NUL
        return False
