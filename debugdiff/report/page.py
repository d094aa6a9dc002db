"""The page that is written on: how wide, in colour or not, and for what medium."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Medium = Literal["table", "json", "text", "svg", "html"]

DEFAULT_WIDTH = 100
NARROWEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A width in columns and whether colours may be used. `medium` chooses what `write` exports."""

    width: int = DEFAULT_WIDTH
    colour: bool = False
    medium: Medium = "table"

    def of(self, medium: Medium) -> Self:
        """The same page for another medium."""
        return replace(self, medium=medium)

    def write(self, *parts: RenderableType, title: str = "debugdiff") -> str:
        """Rich renderables as text of this page's medium."""
        console = self._console()
        for part in parts:
            console.print(part, crop=False)
        match self.medium:
            case "svg":
                return console.export_svg(title=title)
            case "html":
                return console.export_html(inline_styles=True)
        assert isinstance(console.file, io.StringIO)
        return _without_trailing_spaces(console.file.getvalue())

    def _console(self) -> Console:
        from rich.console import Console  # noqa: PLC0415 - not needed for `--help`

        export = self.medium in {"svg", "html"}
        colour = self.colour or export
        return Console(
            file=io.StringIO(),
            width=max(self.width, NARROWEST),
            color_system="standard" if colour and self.medium != "text" else None,
            force_terminal=colour and self.medium != "text",
            no_color=None if colour else True,
            highlight=False,
            emoji=False,
            markup=False,
            record=export,
            legacy_windows=False,
        )


def _without_trailing_spaces(text: str) -> str:
    return "\n".join(line.rstrip(" ") for line in text.split("\n"))
