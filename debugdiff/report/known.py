"""What others call an error, and where it is explained: a few lines, or an object of the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.known_errors import known_error
from debugdiff.report.layout import STRONG, Verbatim
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from debugdiff.model import Failure


def known_lines(failure: Failure) -> Iterator[RenderableType]:
    """`Known as: ...`, with an official page and a thread; nothing if the table does not have it.

    Addresses are not wrapped, so that they can be opened from a narrow terminal.
    """
    known = known_error(failure)
    if known is None:
        return
    yield Text.assemble(("Known as: ", STRONG), known.called)
    for name, address in (("Page: ", known.page), ("Thread: ", known.thread)):
        if address:
            yield Verbatim(text=Text.assemble((name, STRONG), address))


def known_as(failure: Failure | None) -> dict[str, str] | None:
    """The same for a program; `None` where there is no failure, or none of the table's."""
    known = known_error(failure) if failure else None
    if known is None:
        return None
    return {"id": known.id, "called": known.called, "page": known.page, "thread": known.thread}
