"""A bundle checked: every member by its checksum, every score by computing it again."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff import __version__
from debugdiff.campaign import bundle_form as form
from debugdiff.campaign.running import stored
from debugdiff.campaign.unbundling import opened_archive, opened_bundle
from debugdiff.report import Format, Page, render
from debugdiff.report.layout import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_CLOSE = 1e-9
"""Relative: another processor may add up in another order."""
_OF_SCORE = ("case", "implementation", "stack", "mode", "bug", "trial", "metric")
_OF_OUTCOME = ("case", "implementation", "stack", "mode", "bug", "seed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """A figure, or an outcome, that comes out different from what the bundle says."""

    what: str
    bundled: str
    computed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a check found.

    Attributes:
        members: how many were checked.
        manifest: the checksum of the manifest, which a citation can give.
        altered: a clause for each member that is not as the manifest says; then nothing more was
            checked.
        scores, outcomes: how many were computed again.
        differing: those that came out different.
        written_by, read_by: versions of debugdiff.
    """

    members: int
    manifest: str
    altered: tuple[str, ...]
    scores: int
    outcomes: int
    differing: tuple[Disagreement, ...]
    written_by: str
    read_by: str = __version__

    @property
    def holds(self) -> bool:
        """Whether everything is as the bundle says."""
        return not self.altered and not self.differing


def verify(path: Path, say: Callable[[str], None]) -> Verification:
    """Check a bundle. Nothing of it is run.

    Args:
        path: the bundle.
        say: is given a sentence before each part of the work.

    Raises:
        DebugdiffError: it cannot be read, or is unsafe.
    """
    with opened_archive(path) as archive:
        say(f"Checking {count_of(len(archive.names), 'member')}.")
        altered = tuple(archive.altered())
        manifest, members = archive.digest(form.MANIFEST), len(archive.names)
    if altered:
        return Verification(
            members=members,
            manifest=manifest,
            altered=altered,
            scores=0,
            outcomes=0,
            differing=(),
            written_by="",
        )
    say("Computing every score again.")
    with opened_bundle(path) as bundle:
        said = json.loads(bundle.archive.text(form.REPORT))
        campaign = bundle.archive.parsed(form.BundledCampaign, form.CAMPAIGN)
        found = json.loads(render(stored(bundle.request), Format.JSON, Page()))
    return Verification(
        members=members,
        manifest=manifest,
        altered=(),
        scores=len(said["scores"]),
        outcomes=len(said["outcomes"]),
        differing=tuple(_differing(said, found)),
        written_by=campaign.debugdiff,
    )


def _differing(said: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Disagreement]:
    for part, names, value in (
        ("outcomes", _OF_OUTCOME, "outcome"),
        ("scores", _OF_SCORE, "value"),
    ):
        left = {tuple(each[name] for name in names): each[value] for each in said[part]}
        right = {tuple(each[name] for name in names): each[value] for each in found[part]}
        for key in dict.fromkeys([*left, *right]):
            here, there = left.get(key, _ABSENT), right.get(key, _ABSENT)
            if not _alike(here, there):
                what = " ".join(str(each) for each in key if each not in {None, ""})
                yield Disagreement(what=what, bundled=_shown(here), computed=_shown(there))


_ABSENT = "absent"


def _alike(here: object, there: object) -> bool:
    if isinstance(here, int | float) and isinstance(there, int | float):
        return math.isclose(here, there, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return here == there


def _shown(value: object) -> str:
    return "not judged" if value is None else str(value)
