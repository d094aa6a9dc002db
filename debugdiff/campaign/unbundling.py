"""A bundle read again: a store in a temporary folder, and its cases and bugs as files beside it.

Nothing of a bundle is run, its members never leave the folder, and none is read that is not what
the manifest says.
"""

from __future__ import annotations

import errno
import hashlib
import os
import zipfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from debugdiff.archives import DAMAGED, ENCRYPTED, slashed, unsafe_member
from debugdiff.bounds import bounded
from debugdiff.bugs import load_catalogue
from debugdiff.campaign import bundle_form as form
from debugdiff.campaign.injecting import pair_keys
from debugdiff.campaign.request import Elsewhere, RunRequest
from debugdiff.cases import load_case, load_script
from debugdiff.errors import DebugdiffError
from debugdiff.files import inside, opened_file, to_json
from debugdiff.model import NotApplicable, TrialResult
from debugdiff.records import describe_damage, read
from debugdiff.store import Store
from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from debugdiff.model import Bug, Case, Pairing, Trial

Kind = TypeVar("Kind")

MOST_MEMBERS = 200_000
MOST_BYTES = 4 * 2**30
MOST_RATIO = 300
"""Bytes of all members for one of the file; records of layers are packed to a fortieth."""
_ALWAYS = 50_000_000
"""Bytes of all members that are fine whatever the ratio."""
_NAMED = 5
"""Altered members that a sentence names."""


class Archive:
    """The members of a bundle, each checked against the manifest when it is read.

    Raises:
        DebugdiffError: `bundle-unreadable`, `bundle-unsafe`, or `bundle-altered`.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self._members = {slashed(each): each for each in archive.infolist() if not each.is_dir()}
        self._require_safe()
        self.manifest = self._parsed(form.Manifest, form.MANIFEST, self._raw(form.MANIFEST))
        self._require_version(self.manifest.schema_version)

    def _require_safe(self) -> None:
        members = self._archive.infolist()
        problem = unsafe_member(members)
        total = sum(each.file_size for each in members)
        if any(each.flag_bits & ENCRYPTED for each in members):
            problem = "it needs a password"
        elif len(members) > MOST_MEMBERS:
            problem = f"it holds more than {MOST_MEMBERS:,} members"
        elif total > min(MOST_BYTES, max(MOST_RATIO * self.path.stat().st_size, _ALWAYS)):
            problem = f"it would take {total / 1e9:.1f} GB"
        if problem:
            raise DebugdiffError(
                f"`{self.path}` was refused: {problem}.",
                hint="A bundle that `debugdiff bundle` wrote has nothing of that kind.",
                slug="bundle-unsafe",
            )

    def _require_version(self, version: int) -> None:
        if version != form.SCHEMA_VERSION:
            raise _unreadable(self.path, f"it has form {version}, not {form.SCHEMA_VERSION}")

    @property
    def names(self) -> tuple[str, ...]:
        """The members that the manifest lists."""
        return tuple(self.manifest.members)

    def altered(self) -> Iterator[str]:
        """What is not as the manifest says, a clause for each member."""
        for name in self.names:
            if name not in self._members:
                yield f"`{name}` is missing"
            elif self._sum(name) != self.manifest.members[name]:
                yield f"`{name}` is not what was put into it"
        for name in sorted(self._members.keys() - {*self.names, form.MANIFEST}):
            yield f"`{name}` was added"

    def _sum(self, name: str) -> form.Member | None:
        try:
            data = self._raw(name)
        except DebugdiffError:
            return None
        return form.Member(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))

    def require_unaltered(self) -> None:
        """Refuse a bundle of which anything was changed, and name it."""
        found = list(self.altered())
        if found:
            more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
            raise DebugdiffError(
                f"`{self.path}` was altered: {', '.join(found[:_NAMED])}{more}.",
                hint="Get it again from where it was published.",
                slug="bundle-altered",
            )

    def digest(self, name: str) -> str:
        """The SHA-256 of a member."""
        return hashlib.sha256(self._raw(name)).hexdigest()

    def text(self, name: str) -> str:
        """A member as text."""
        try:
            return self._raw(name).decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise self.unreadable(f"`{name}`: {describe_damage(error)}") from error

    def unreadable(self, problem: str) -> DebugdiffError:
        """The error that a bundle is for which a clause is true."""
        return _unreadable(self.path, problem)

    def parsed(self, kind: type[Kind], name: str) -> Kind:
        """A member as a value of a shared type."""
        return self._parsed(kind, name, self._raw(name))

    def _parsed(self, kind: type[Kind], name: str, data: bytes) -> Kind:
        try:
            return read(kind, data)
        except (ValueError, RecursionError) as error:
            raise _unreadable(self.path, f"`{name}`: {describe_damage(error)}") from error

    def _raw(self, name: str) -> bytes:
        """The bytes of a member, at most as many as its entry says."""
        member = self._members.get(name)
        if member is None:
            raise _unreadable(self.path, f"it has no `{name}`")
        try:
            with self._archive.open(member) as file:
                return file.read(member.file_size)
        except DAMAGED as error:
            raise _unreadable(self.path, f"`{name}` is damaged") from error


def _unreadable(path: Path, problem: str) -> DebugdiffError:
    return DebugdiffError(
        f"`{path}` is no bundle that can be read: {problem}.",
        hint="`debugdiff bundle OUT.zip CASE` writes one.",
        slug="bundle-unreadable",
    )


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """The members of a bundle.

    Raises:
        DebugdiffError: `bundle-unreadable` or `bundle-unsafe`.
    """
    with ExitStack() as opened:
        try:
            file = opened.enter_context(opened_file(path))
            archive = opened.enter_context(zipfile.ZipFile(file))
        except DAMAGED as error:
            is_file = isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}
            reason = describe_damage(error) if is_file else "it is damaged, or no zip"
            raise _unreadable(path, reason) from error
        yield Archive(path, archive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle that was unpacked.

    Attributes:
        request: what was measured; its store and its cases are in a temporary folder.
        claims: the file of claims.
        archive: the members.
    """

    request: RunRequest
    claims: Path
    archive: Archive


@contextmanager
def opened_bundle(path: Path) -> Iterator[Bundle]:
    """A bundle, as long as it is needed.

    Raises:
        DebugdiffError: it cannot be read, is unsafe, or was altered.
    """
    with opened_archive(path) as archive, temporary_folder() as folder:
        archive.require_unaltered()
        try:
            yield _unpacked(archive, folder)
        except DebugdiffError as error:
            raise _of_bundle(error, folder, path) from error


def _of_bundle(error: DebugdiffError, folder: Path, path: Path) -> DebugdiffError:
    """The error with the names that its files have in the bundle: the folder goes away."""

    def named(text: str) -> str:
        for each in {folder, folder.resolve()}:
            text = text.replace(f"{each}{os.sep}", f"{path}/").replace(str(each), str(path))
        return text

    return DebugdiffError(
        named(error.message), hint=named(error.hint), slug=error.slug, exit_code=error.exit_code
    )


def _unpacked(archive: Archive, folder: Path) -> Bundle:
    campaign = archive.parsed(form.BundledCampaign, form.CAMPAIGN)
    try:
        _write_files(archive, folder)
        cases = tuple(_case(each, folder, campaign.pairings) for each in campaign.cases)
        bugs = _bugs(archive, campaign.bugs, folder)
    except (OSError, ValueError) as error:  # names that no disk takes, or a file that is a folder
        raise archive.unreadable(describe_damage(error)) from error
    store = folder / "store.sqlite3"
    trials = _fill(store, archive, cases, bugs)
    request = RunRequest(
        cases=cases,
        bugs=bugs,
        store=store,
        frameworks=campaign.frameworks,
        styles=campaign.styles,
        stacks=campaign.stacks,
        modes=campaign.modes,
        size=campaign.size,
        seeds=campaign.seeds,
        instruments=campaign.instruments,
        seconds=campaign.seconds,
        memory=campaign.memory,
        interpreters=campaign.interpreters,
        elsewhere=Elsewhere(
            versions=campaign.versions,
            trials={(each.condition, each.bug, each.instrument): each.id for each in trials},
            environment=campaign.environment,
        ),
    )
    return Bundle(request=request, claims=folder / form.CLAIMS, archive=archive)


def _write_files(archive: Archive, folder: Path) -> None:
    """Cases, bugs and claims, as files."""
    archive.text(form.CLAIMS)  # without it, this is no bundle
    for name in archive.names:
        if name.startswith(("cases/", "bugs/")) or name == form.CLAIMS:
            file = inside(folder, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.text(name).encode("utf-8", "surrogatepass"))


def _case(case: form.BundledCase, folder: Path, pairings: Mapping[str, Pairing]) -> Case:
    home = inside(folder, case.folder)
    found = load_script(inside(home, case.script)) if case.script else load_case(home)
    return replace(found, pairing=pairings.get(case.name, found.pairing))


def _bugs(archive: Archive, names: Sequence[str], folder: Path) -> tuple[Bug, ...]:
    """The bugs in the order of the campaign."""
    if not names:
        return ()
    known = {bug.id: bug for bug in load_catalogue([folder / "bugs"])}
    absent = next((name for name in names if name not in known), None)
    if absent is not None:
        raise archive.unreadable(f"it has no bug `{absent}`")
    return tuple(known[name] for name in names)


def _fill(path: Path, archive: Archive, cases: Sequence[Case], bugs: Sequence[Bug]) -> list[Trial]:
    """Put the records, and what injection made of the bugs, into a new store."""
    trials = []
    with Store(path) as store, store.together():
        for name in filter(form.is_record, archive.names):
            result = archive.parsed(TrialResult, name)
            store.put(replace(result, record=bounded(result.record)))
            trials.append(result.trial)
        _keep_injections(store, archive, cases, bugs)
    return trials


def _keep_injections(
    store: Store, archive: Archive, cases: Sequence[Case], bugs: Sequence[Bug]
) -> None:
    """Under the keys that injection looks at: no rule, and no codemod, of a bundle is run."""
    key_of = pair_keys("injection", bugs)
    for case in cases:
        for each in case.implementations:
            name = form.injections_name(case.name, each.name)
            found = archive.parsed(form.Injections, name) if name in archive.names else _NOTHING
            for bug in bugs:
                made = found.mutants.get(bug.id) or found.missing.get(bug.id)
                absent = NotApplicable(
                    bug=bug.id,
                    case=case.name,
                    implementation=each.name,
                    reason="The bundle does not have it.",
                )
                store.keep(key_of(each, bug), to_json(made or absent))


_NOTHING = form.Injections(mutants={}, missing={})
