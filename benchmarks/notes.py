"""Pages that a benchmark writes, with notes of their own below."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NOTES = "\n## Notes\n"


def write_page(path: Path, page: str) -> None:
    """Write a page anew; what stands in the old one from the heading of its notes on stays."""
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    _, heading, notes = old.partition(NOTES)
    path.write_text(page.rstrip("\n") + "\n" + heading + notes, encoding="utf-8")
