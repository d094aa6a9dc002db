"""What was written into a bundle, and what a check of one found; as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.files import to_json
from debugdiff.report.layout import (
    BAD,
    GOOD,
    STRONG,
    Block,
    Column,
    Grid,
    count_of,
    indented,
    quiet,
)
from debugdiff.report.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import RenderableType

    from debugdiff.campaign.bundling import Bundled
    from debugdiff.campaign.verifying import Verification
    from debugdiff.report import Page

SCHEMA_VERSION = 1
_SHOWN = 20
"""Differences in the table; the JSON has all of them."""
_COLUMNS = (
    Column(header="what", flexible=30),
    Column(header="in the bundle", flexible=12),
    Column(header="computed now", flexible=12),
)


def written(bundled: Bundled, page: Page) -> str:
    """How large a bundle is, and the checksum to cite it by."""
    records = count_of(bundled.records, "record")
    return page.write(
        Text.assemble((str(bundled.path), STRONG)),
        indented(Text(f"{records}, {bundled.members} members, {bundled.size:,} bytes.")),
        indented(Text(f"SHA-256 of its manifest: {bundled.manifest}")),
        indented(quiet("A citation that gives this checksum fixes every member.")),
    )


def written_json(bundled: Bundled) -> str:
    """The same for a program."""
    return to_json({"schema_version": SCHEMA_VERSION, "bundle": bundled}, indent=2) + "\n"


def checked(path: Path, found: Verification, page: Page) -> str:
    """Whether members and scores are what the bundle says, and which are not."""
    return page.write(Text.assemble((str(path), STRONG)), *_findings(found))


def _findings(found: Verification) -> Iterator[RenderableType]:
    if found.altered:
        yield indented(Text(f"{len(found.altered)} of {found.members} members:", style=BAD))
        yield from (indented(Text(each, style=BAD)) for each in found.altered[:_SHOWN])
        return
    yield indented(Text(f"{found.members} members are what the manifest says.", style=GOOD))
    counts = f"{found.scores} scores and {found.outcomes} outcomes were computed again"
    if not found.differing:
        yield indented(Text(f"{counts}: all are the same.", style=GOOD))
    else:
        yield indented(Text(f"{counts}: {len(found.differing)} differ.", style=BAD))
        yield _differences(found)
    if found.written_by != found.read_by:
        versions = f"debugdiff {found.written_by}; this is {found.read_by}"
        yield indented(quiet(f"It was written by {versions}: its scores may be defined anew."))
    yield indented(quiet(f"SHA-256 of its manifest: {found.manifest}"))


def _differences(found: Verification) -> Grid:
    rows = tuple(
        (Text(each.what), Text(each.bundled), Text(each.computed))
        for each in found.differing[:_SHOWN]
    )
    return Grid(columns=_COLUMNS, blocks=(Block(rows=rows),))


def checked_json(path: Path, found: Verification) -> str:
    """The same for a program."""
    content = {
        "schema_version": SCHEMA_VERSION,
        "bundle": path,
        "holds": found.holds,
        "verification": found,
    }
    return to_json(content, indent=2) + "\n"
