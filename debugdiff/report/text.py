"""Rich's text and console, in which nothing is hidden. All that is shown is written with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import rich.console
import rich.text

from debugdiff.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.style import Style

LONGEST = 20_000
"""Characters of one text that are shown; as many as a record keeps of an output."""


class Text(rich.text.Text):
    """A text that is made visible when it is made, so that its width is that of what is shown."""

    def __init__(self, text: str = "", *arguments: Any, **settings: Any) -> None:
        """Rich's text; it drops some control characters itself, so they have to go first."""
        super().__init__(_fit_to_show(text), *arguments, **settings)

    def append(self, text: str | rich.text.Text, style: str | Style | None = None) -> Self:
        """Add a text."""
        super().append(_fit_to_show(text) if isinstance(text, str) else text, style)
        return self

    @classmethod
    def assemble(cls, *parts: Any, **settings: Any) -> Self:
        """A text of parts: texts, or pairs of a text and a style."""
        return cast("Self", super().assemble(*parts, **settings))

    def join(self, lines: Iterable[rich.text.Text]) -> Self:
        """Texts as one, with this one between them."""
        return self.assemble(super().join(lines))


class Console(rich.console.Console):
    """A console that makes visible whatever it is given as a plain string.

    Attributes:
        plain: whether it is read aloud: tables are written as statements, and nothing is drawn.
    """

    plain = False

    def render_str(self, text: str, **settings: Any) -> rich.text.Text:
        """A string as rich's text."""
        return super().render_str(_fit_to_show(text), **settings)


def is_plain(console: rich.console.Console) -> bool:
    """Whether what is written there is read aloud."""
    return isinstance(console, Console) and console.plain


def _fit_to_show(text: str) -> str:
    return visible(shortened(text, LONGEST))
