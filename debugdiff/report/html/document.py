"""One file that loads nothing: its parts, our style and script, and a policy that allows no other.

Whatever is written into a template is made visible and escaped here, in one place.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from debugdiff import __version__
from debugdiff.report.html.elements import elements, with_code
from debugdiff.report.html.packing import packed
from debugdiff.report.text import LONGEST
from debugdiff.score import METRICS
from debugdiff.visible import shortened, visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

_REMEMBERED = 20_000
"""Texts: most of them stand on many pages."""
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A page of the document, in its head."""

    name: str
    title: str


def document(
    title: str,
    first: Markup,
    *,
    links: tuple[Link, ...] = (),
    pages: Iterable[tuple[str, str]] = (),
) -> str:
    """A whole file.

    Args:
        title: of the window.
        first: what is open when the file is.
        links: the pages in the head; the first one is `first`. Without any, there is one page.
        pages: all other pages, by name.
    """
    style, script = _ours("report.css"), _ours("report.js")
    filled = fill(
        "document.html",
        title=visible_line(title),
        version=__version__,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        first=first,
        links=links,
        keys=any(link.name == "matrix" for link in links),
        packed=Markup(packed(pages)) if links else "",
    )
    return str(filled)


def simple_page(title: str, parts: Iterable[RenderableType]) -> str:
    """A file of one page that is made of what a terminal would show."""
    return document(title, elements(parts))


def fill(template: str, **values: object) -> Markup:
    """A template with values; each is made visible, and escaped unless it is markup.

    Raises:
        jinja2.UndefinedError: the template needs a value that is not there.
    """
    return Markup(_environment().get_template(template).render(**values))


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals |= {"web": _web, "prose": _prose}
    return found


def _web(address: str) -> Markup:
    """An address as a link, if it is one of the web: nothing else is to be followed."""
    if not address.startswith(("https://", "http://")):
        return escape(visible_line(address))
    return Markup('<a class="address" rel="noreferrer" href="{0}">{0}</a>').format(
        visible_line(address)
    )


def _finalized(value: object) -> object:
    return _safe(value) if type(value) is str or isinstance(value, StrEnum) else value


@lru_cache(_REMEMBERED)
def _safe(text: str) -> Markup:
    return escape(_shown(text))


@lru_cache(_REMEMBERED)
def _prose(text: str) -> Markup:
    return with_code(_shown(text))


@lru_cache(_REMEMBERED)
def score_row(metric: str, value: str, why: str) -> Markup:
    """A row of a table of scores; a report has a hundred thousand, and many are alike."""
    known = METRICS.get(metric)
    title = escape(known.title) if known else ""
    return Markup(  # every part is escaped; `Markup.format` takes four times as long
        f'<tr><th scope="row">{_safe(metric)}<span>{title}</span></th>'
        f'<td class="number">{escape(value)}</td><td>{_prose(why)}</td></tr>'
    )


def _shown(text: str) -> str:
    return visible(shortened(text, LONGEST))


@cache
def _ours(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """What the file may load: nothing but its own style and script, known by their hashes."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}';"
        f" script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
