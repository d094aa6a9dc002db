"""A campaign as one file to cite: records, programs, bugs, claims with their verdicts, checksums.

The same store gives the same bytes: nothing in a bundle says when it was written.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from debugdiff import __version__
from debugdiff.archives import write_zip
from debugdiff.campaign import bundle_form as form
from debugdiff.campaign.bundle_texts import citation, licenses, readme
from debugdiff.campaign.checking import require_sense
from debugdiff.campaign.reporting import build_report, in_bundle
from debugdiff.campaign.running import stored_campaign
from debugdiff.errors import DebugdiffError
from debugdiff.files import atomic_file, behind_links, read_text, to_json
from debugdiff.model import Instrument, Mutant, NotApplicable, TrialResult
from debugdiff.records import read
from debugdiff.report import Format, Page, render
from debugdiff.report.layout import count_of
from debugdiff.report.verdict import render_json
from debugdiff.store import Store
from debugdiff.verdict import decide, read_claims

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from debugdiff.campaign.planning import PlannedCampaign, PlannedProgram
    from debugdiff.campaign.request import RunRequest
    from debugdiff.model import Bug, Case, Interpreter, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """What was written.

    Attributes:
        members: of the zip, the manifest not counted.
        records: how many trials have a record in it.
        manifest: the checksum of its manifest, which has those of all other members.
    """

    path: Path
    members: int
    records: int
    size: int
    manifest: str


def write_bundle(
    path: Path,
    request: RunRequest,
    claims: Path,
    authors: Sequence[str],
    say: Callable[[str], None],
) -> Bundled:
    """Write everything that is stored of a request into a bundle.

    Args:
        path: the new file; one that exists is replaced when the new one is whole.
        request: what was measured.
        claims: a file of claims.
        authors: of the bundle, as `Family, Given`, or the name of a group.
        say: is given a sentence before each part of the work.

    Raises:
        DebugdiffError: `bundle-empty`, `output-unwritable`, or as `campaign.stored`.
    """
    require_sense(request)
    with Store(request.store) as store:
        planned, results = stored_campaign(request, store)
        if not results:
            raise _empty(request)
        say(f"Judging {count_of(len(results), 'trial')} again.")
        kept = [_without_machine(each, request.cases) for each in results]
        report = build_report(planned, kept, store)
    members = _Members(planned, report, sorted(kept, key=lambda each: each.trial.id))
    say(f"Writing {count_of(len(kept), 'record')}.")
    return _written(path, members, claims, authors)


def _empty(request: RunRequest) -> DebugdiffError:
    return DebugdiffError(
        f"The store {request.store} has no record of this selection.",
        hint="Measure it first, with the same options: `debugdiff run`.",
        slug="bundle-empty",
    )


# --- what a record may say of the machine --------------------------------------------------------

_LIBRARIES = re.compile(r"[^\s\"'(<>=\\]*/(site-packages|lib/python3\.\d+)/")
_OURS = re.compile(r"[^\s\"'(<>=\\]*/debugdiff/(?=worker/)")


def _without_machine(result: TrialResult, cases: Sequence[Case]) -> TrialResult:
    """A result whose texts name files by `/cases/NAME` and `/site-packages`, wherever these are."""
    case = next(each for each in cases if each.name == result.trial.case)
    names = sorted({*case.helpers, *(each.file for each in case.implementations)})
    files = "|".join(map(re.escape, names))
    own = re.compile(rf"[^\s\"'(<>=\\]*/{re.escape(case.name)}/(?=(?:{files})\b)")
    text = own.sub(f"/cases/{case.name}/", to_json(result.record))
    text = _OURS.sub("/site-packages/debugdiff/", _LIBRARIES.sub(r"/\1/", text))
    record = read(type(result.record), text)
    trial = replace(result.trial, folder=f"/cases/{case.name}")
    return TrialResult(trial=trial, record=record, reused=True)


# --- members -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Members:
    """The members of a bundle, made one after the other."""

    planned: PlannedCampaign
    report: Report
    results: Sequence[TrialResult]

    def all(self, claims: Path, authors: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Name and text of each; records come last, as they are many."""
        request = self.planned.request
        campaign = self.campaign()
        verdicts = decide(read_claims(claims), self.report.programs)
        yield form.README, readme(campaign, self.report)
        yield form.CITATION, citation(campaign, authors)
        yield form.LICENSES, licenses(request.cases, request.bugs, claims)
        yield form.CAMPAIGN, to_json(campaign, indent=2) + "\n"
        yield form.REPORT, render(in_bundle(self.report), Format.JSON, Page())
        yield form.CLAIMS, read_text(claims)
        yield form.VERDICTS, render_json(verdicts)
        for case in request.cases:
            yield from _case_files(case)
        for bug in request.bugs:
            yield from _bug_files(bug)
        for program in self.planned.programs:
            yield _injections(program)
        for result in self.results:
            yield form.record_name(result.trial.id), to_json(result) + "\n"

    def campaign(self) -> form.BundledCampaign:
        request = self.planned.request
        return form.BundledCampaign(
            schema_version=form.SCHEMA_VERSION,
            debugdiff=__version__,
            cases=tuple(_bundled(case) for case in request.cases),
            bugs=tuple(bug.id for bug in request.bugs),
            frameworks=request.frameworks,
            styles=request.styles,
            stacks=tuple(self.planned.stacks.versions),
            modes=request.modes,
            size=request.size,
            seeds=request.seeds,
            instruments=tuple(Instrument) if self.has_depth() else (),
            seconds=request.seconds,
            memory=request.memory,
            versions=self.planned.stacks.versions,
            interpreters=self.interpreters(),
            environment=self.report.environment,
            pairings={case.name: case.pairing for case in request.cases if not case.declared},
        )

    def interpreters(self) -> Mapping[str, Interpreter]:
        """Those of the campaign's stacks, without where they are on this machine."""
        return {
            name: replace(each, python="", packages="")
            for name, each in self.planned.request.interpreters.items()
            if name in self.planned.stacks.versions
        }

    def has_depth(self) -> bool:
        """Whether crashes were traced; that is measured only where it was asked for."""
        return any(each.trial.instrument is Instrument.DEPTH for each in self.results)


def _bundled(case: Case) -> form.BundledCase:
    """A single script is a case that is called as its file."""
    alone = len(case.implementations) == 1 and not case.declared
    is_script = alone and case.title == case.implementations[0].path.name
    return form.BundledCase(name=case.name, script=case.title if is_script else "")


def _case_files(case: Case) -> Iterator[tuple[str, str]]:
    """The programs, their helpers and `case.toml`; data of other kinds stays where it is."""
    folder = f"cases/{case.name}"
    texts = {each.file: each.source for each in case.implementations} | dict(case.helpers)
    if case.declared:
        texts["case.toml"] = read_text(case.folder / "case.toml")
    yield from ((f"{folder}/{name}", texts[name]) for name in sorted(texts))


def _bug_files(bug: Bug) -> Iterator[tuple[str, str]]:
    yield f"bugs/{bug.id}.toml", read_text(bug.path)
    for name in sorted({rule.codemod.partition(":")[0] for rule in bug.rules if rule.codemod}):
        yield f"bugs/{bug.category}/{name}", read_text(bug.path.parent / name)


def _injections(program: PlannedProgram) -> tuple[str, str]:
    found = program.injections
    injections = form.Injections(
        mutants={bug: each for bug, each in found.items() if isinstance(each, Mutant)},
        missing={bug: each for bug, each in found.items() if isinstance(each, NotApplicable)},
    )
    name = form.injections_name(program.case.name, program.implementation.name)
    return name, to_json(injections, indent=1) + "\n"


# --- the file ------------------------------------------------------------------------------------


def _written(path: Path, members: _Members, claims: Path, authors: Sequence[str]) -> Bundled:
    """A bundle is whole, or is not there."""
    listed: dict[str, form.Member] = {}
    try:
        with atomic_file(behind_links(path)) as file:
            write_zip(file, _encoded(members.all(claims, authors), listed))
    except OSError as error:
        raise _unwritable(path, error) from error
    manifest = listed.pop(form.MANIFEST)
    return Bundled(
        path=path,
        members=len(listed),
        records=len(members.results),
        size=path.stat().st_size,
        manifest=manifest.sha256,
    )


def _unwritable(path: Path, error: OSError) -> DebugdiffError:
    return DebugdiffError(
        f"`{path}` cannot be written: {error.strerror or error}.",
        hint="Name a file in a folder that exists, with enough space.",
        slug="output-unwritable",
    )


def _encoded(
    texts: Iterator[tuple[str, str]], listed: dict[str, form.Member]
) -> Iterator[tuple[str, bytes]]:
    """The members as bytes, each once and noted; the manifest comes last."""
    for name, text in texts:
        if name not in listed:
            data = text.encode("utf-8", "surrogatepass")
            listed[name] = _member(data)
            yield name, data
    manifest = form.Manifest(
        schema_version=form.SCHEMA_VERSION, members=dict(sorted(listed.items()))
    )
    data = (to_json(manifest, indent=1) + "\n").encode()
    listed[form.MANIFEST] = _member(data)
    yield form.MANIFEST, data


def _member(data: bytes) -> form.Member:
    return form.Member(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
