"""The documentation as a site: `make docs` builds it from the Markdown pages of the project.

The pages are read on the code host, too, so they hold nothing that only Sphinx understands. What
a sidebar needs is read from `docs/README.md`: a heading is a group, a link in a table is a page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util.logging import getLogger

from debugdiff import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = getLogger(__name__)

project = "debugdiff"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

ROOT = Path(__file__).parent.parent
root_doc = "docs/README"
include_patterns = ["[!R]*.md", "docs/*.md", "benchmarks/*.md"]  # the README is for the code host
exclude_patterns = [f"{path.name}/**" for path in ROOT.iterdir() if path.is_dir()]
exclude_patterns = [name for name in exclude_patterns if name not in {"docs/**", "benchmarks/**"}]

myst_heading_anchors = 4
autodoc_typehints = "description"
nitpick_ignore_regex = [("py:class", r".*")]  # types of other projects: the site asks no other host

html_theme = "furo"
html_title = f"debugdiff {release}"
html_additional_pages = {"index": "index.html"}  # what a host opens first leads to the start page
templates_path = ["templates"]
html_copy_source = html_show_sourcelink = False

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_OUTSIDE = re.compile(r"<(?!a\b)\w+ [^>]*(?:src|href|data)=[\"']?((?:https?:)?//[^\"' >]+)")
_PAGE = re.compile(r"\[([^\]]+)\]\(([^)#:]+)\.md\)")


def _with_sidebar(_: Sphinx, page: str, source: list[str]) -> None:
    """Give the index a table of contents for each of its headings."""
    if page == root_doc:
        _, *parts = _HEADING.split(source[0])
        groups = zip(parts[::2], parts[1::2], strict=True)
        source[0] += "".join(_contents(title, text) for title, text in groups)


def _contents(title: str, text: str) -> str:
    pages = "\n".join(f"{name} <{path}>" for name, path in _PAGE.findall(text))
    return f"\n```{{toctree}}\n:caption: {title}\n:hidden:\n\n{pages}\n```\n"


def _warn_of_assets(app: Sphinx, _: Exception | None) -> None:
    """Warn of a page that asks another host for a file; a link to a page there is none."""
    for page in sorted(Path(app.outdir).rglob("*.html")):
        for asset in _OUTSIDE.findall(page.read_text(encoding="utf-8")):
            logger.warning("%s loads %s", page.relative_to(app.outdir), asset)


def setup(app: Sphinx) -> None:
    """What Sphinx calls before it reads the pages."""
    app.connect("source-read", _with_sidebar)
    app.connect("build-finished", _warn_of_assets)
