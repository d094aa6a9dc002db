"""The page that is written on: how wide, in colour or not, and for what medium."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Self

from debugdiff.visible import visible_line

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.terminal_theme import TerminalTheme

    from debugdiff.report.text import Console

Medium = Literal["table", "json", "text", "svg", "html", "fragment", "markdown"]

DEFAULT_WIDTH = 100
COMMENT = 65_536
"""Bytes of a comment on GitHub, which counts characters: no character has less than one byte."""
JOB_SUMMARY = 2**20
"""Bytes of the summary of a step there; a longer one is lost as a whole."""
_FRAGMENT = """<pre style="white-space: pre-wrap">{code}</pre>"""
"""A part of somebody else's page: of a notebook."""
NARROWEST = 60
_ENDLESS = 4_000
_MARKDOWN_WIDTH = 140
"""Columns for which tables are made that are no drawing: they have all figures, and messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is written on.

    Attributes:
        width: in columns.
        colour: whether colours may be used.
        medium: what `write` exports.
        plain: for a screen reader: nothing is drawn, and every statement has a line of its own.
        longest: bytes that a page of Markdown has at most.
    """

    width: int = DEFAULT_WIDTH
    colour: bool = False
    medium: Medium = "table"
    plain: bool = False
    longest: int = COMMENT

    def of(self, medium: Medium) -> Self:
        """The same page for another medium; nothing is drawn with characters in Markdown."""
        if medium == "markdown":
            return replace(self, medium=medium, plain=True, width=_MARKDOWN_WIDTH)
        return replace(self, medium=medium)

    def read_aloud(self) -> Self:
        """The same page for a screen reader: nothing is drawn, and only a picture's lines end."""
        return replace(self, plain=True, width=self.width if self.medium == "svg" else _ENDLESS)

    def write(self, *parts: RenderableType, title: str = "debugdiff") -> str:
        """Rich renderables as text of this page's medium."""
        if self.medium == "markdown":
            from debugdiff.report.markdown import document  # noqa: PLC0415 - rich is slow

            return document(parts, self.longest)
        if self.medium == "html":
            from debugdiff.report.html.document import simple_page  # noqa: PLC0415 - jinja is slow

            return simple_page(title, parts)
        console, title = self._console(), visible_line(title)
        for part in parts:
            console.print(part, crop=False)
        match self.medium:
            case "svg":
                console.line()  # the frame would cut the last line's descenders
                return _without_web_fonts(console.export_svg(title=title, theme=_dark()))
            case "fragment":
                return console.export_html(inline_styles=True, code_format=_FRAGMENT)
        assert isinstance(console.file, io.StringIO)
        return _without_trailing_spaces(console.file.getvalue())

    def _console(self) -> Console:
        from debugdiff.report.text import Console  # noqa: PLC0415 - not needed for `--help`

        export = self.medium in {"svg", "fragment"}
        colour = self.colour or export
        console = Console(
            file=io.StringIO(),
            width=max(self.width, NARROWEST),
            color_system="standard" if colour and self.medium != "text" else None,
            force_terminal=colour and self.medium != "text",
            no_color=None if colour else True,
            highlight=False,
            emoji=False,
            markup=False,
            record=export,
            force_jupyter=False,  # rich would show each part in the notebook by itself
            legacy_windows=False,
        )
        console.plain = self.plain
        return console


def _dark() -> TerminalTheme:
    """Colours of a picture: quiet text keeps a contrast of 4.5 with the ground."""
    from rich.terminal_theme import TerminalTheme  # noqa: PLC0415 - not needed for `--help`

    ground, text = (13, 17, 23), (240, 246, 252)
    red, green, yellow = (255, 123, 114), (86, 211, 100), (227, 179, 65)
    blue, magenta, cyan = (121, 192, 255), (210, 168, 255), (86, 212, 221)
    return TerminalTheme(ground, text, [ground, red, green, yellow, blue, magenta, cyan, text])


def _without_web_fonts(svg: str) -> str:
    """A picture that loads nothing from anywhere; without the font it has any monospaced one."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def _without_trailing_spaces(text: str) -> str:
    return "\n".join(line.rstrip(" ") for line in text.split("\n"))
