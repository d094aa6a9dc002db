"""A bundle checked: every member by its checksum, every score by computing it again."""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from debugdiff import __version__
from debugdiff.bounds import LARGEST_NUMBER
from debugdiff.campaign import bundle_form as form
from debugdiff.campaign.running import stored
from debugdiff.campaign.unbundling import opened_archive, opened_bundle
from debugdiff.records import describe_damage
from debugdiff.report import Format, Page, render
from debugdiff.report.layout import count_of
from debugdiff.report.verdict import render_json
from debugdiff.verdict import decide, read_claims
from debugdiff.visible import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from debugdiff.campaign.unbundling import Archive

_CLOSE = 1e-9
"""Relative: another processor may add up in another order."""
_TRIALS = "trials"
_NAMES = {
    "outcomes": ("case", "implementation", "stack", "mode", "bug", "seed"),
    "scores": ("case", "implementation", "stack", "mode", "bug", "trial", "metric"),
    "indices": ("case", "implementation", "stack", "mode", "analysis", "part", "name"),
    "comparisons": ("case", "implementation", "stack", "mode"),
    "claims": ("claim",),
    _TRIALS: ("id",),
}
"""What is computed, with the fields that name one entry."""
_PROSE = frozenset({"explanation", "reason", "reasons", "footnotes"})
_Key = tuple[str, ...]


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
        said, decided = _said(bundle.archive, form.REPORT), _said(bundle.archive, form.VERDICTS)
        campaign = bundle.archive.parsed(form.BundledCampaign, form.CAMPAIGN)
        report = stored(bundle.request)
        verdicts = decide(read_claims(bundle.claims), report.programs)
        found = _facts(json.loads(render(report, Format.JSON, Page())))
        found |= _facts(json.loads(render_json(verdicts)))
    return Verification(
        members=members,
        manifest=manifest,
        altered=(),
        scores=sum(key[0] == "scores" for key in said),
        outcomes=sum(key[0] == "outcomes" for key in said),
        differing=tuple(_differing({**said, **decided}, found)),
        written_by=campaign.debugdiff,
    )


def _said(archive: Archive, name: str) -> dict[_Key, object]:
    """The facts of a member, which may be anything."""
    try:
        return _facts(json.loads(archive.text(name)))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        reason = describe_damage(error)
        raise archive.unreadable(f"`{name}`: {reason}") from error


def _facts(said: Mapping[str, Any]) -> dict[_Key, object]:
    """Every figure and outcome, by its part of the report, its names and its field."""
    facts: dict[_Key, object] = {}
    for part, names in _NAMES.items():
        leaves = _fields if part == _TRIALS else _leaves
        seen: Counter[tuple[str, ...]] = Counter()
        for each in said.get(part, ()):
            key = (part, *(_name(each[name]) for name in names))
            seen[key] += 1
            key += (f"({seen[key]})",) if seen[key] > 1 else ()  # a second one hides nothing
            facts |= {(*key, *path): leaf for path, leaf in leaves(each) if path[0] not in names}
    return facts


def _name(value: Any) -> str:
    """A claim is written whole, and has its own name."""
    return str(value["id"]) if isinstance(value, dict) else "" if value is None else str(value)


def _fields(trial: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], object]]:
    """Of a trial, which may have thousands of frames: each of its fields as a whole."""
    yield from (((name,), value) for name, value in trial.items())


def _leaves(value: Any) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = ((str(number), each) for number, each in enumerate(value))
    else:
        yield (), value
        return
    for name, each in items:
        if name not in _PROSE:
            yield from (((name, *path), leaf) for path, leaf in _leaves(each))


def _differing(said: Mapping[_Key, object], found: Mapping[_Key, object]) -> Iterator[Disagreement]:
    for key in dict.fromkeys([*said, *found]):
        here, there = said.get(key, _ABSENT), found.get(key, _ABSENT)
        if not _alike(here, there):
            what = " ".join(name for name in key[1:] if name not in {"", "value", "outcome"})
            yield Disagreement(what=what, bundled=_shown(here), computed=_shown(there))


_ABSENT = "absent"
_LONGEST = 100


def _alike(here: object, there: object) -> bool:
    if isinstance(here, int | float) and isinstance(there, int | float):
        if max(abs(here), abs(there)) > LARGEST_NUMBER:
            return here == there  # a whole number may be no float at all
        return math.isclose(here, there, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return here == there


def _shown(value: object) -> str:
    return "not judged" if value is None else shortened(str(value), _LONGEST)
