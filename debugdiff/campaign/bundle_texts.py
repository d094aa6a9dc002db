"""The texts of a bundle that people read: what is in it, whose it is, and how to cite it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from debugdiff import __version__
from debugdiff.files import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from debugdiff.campaign.bundle_form import BundledCampaign
    from debugdiff.model import Bug, Case, Report

_OWN = "Apache-2.0, as debugdiff"
_UNKNOWN = "not stated: ask its author"
_NAME_AND_VERSION = 2
"""Words of a description of a package; that of generated data has more."""
_QUOTED = (
    "Records and reports quote messages of PyTorch (BSD-3-Clause), of Keras and TensorFlow"
    " (Apache-2.0), and of the programs."
)
_README = """# A debugdiff bundle

{title}: {programs} programs, {bugs} bugs, {trials} trials, measured with debugdiff {version}.

| member | what it is |
|---|---|
| `report.json` | the results; the fields are those of `debugdiff report --json` |
| `verdicts.json`, `claims.toml` | claims, and what these results say of them |
| `records/` | everything that came out of each trial |
| `cases/`, `bugs/` | the programs and the bugs; data files of programs are not here |
| `injections/` | each program with each bug in it, or why there is none |
| `campaign.json` | what was asked for, the versions and the machine |
| `LICENSES.md`, `CITATION.cff` | the terms of every part, and how to cite it |
| `MANIFEST.json` | size and SHA-256 of every other member |

## Read it

With debugdiff {version}; no framework is needed:

```console
debugdiff report BUNDLE.zip
debugdiff verdict BUNDLE.zip
debugdiff compare BUNDLE.zip ANOTHER.zip
debugdiff bundle verify BUNDLE.zip
```

The last command checks every member, and computes every score again from the records.

## Make it again

With debugdiff {version}, and the Python and machine below for the same figures to the last digit:

```console
unzip BUNDLE.zip -d bundle && cd bundle
{commands}
```

## Measured with

{versions}

{machine}
"""


def readme(campaign: BundledCampaign, report: Report) -> str:
    """What is in the bundle, and the commands that read it and make it again."""
    found = campaign.environment
    versions = sorted({f"{n} {v}" for each in campaign.versions.values() for n, v in each.items()})
    return _README.format(
        title=", ".join(case.name for case in campaign.cases),
        programs=len(report.programs),
        bugs=len(campaign.bugs),
        trials=len(report.results),
        version=campaign.debugdiff,
        commands="\n".join(_commands(campaign)),
        versions="\n".join(f"* {each}" for each in versions),
        machine=f"{found.platform}, {found.cpu_count} processors, Python {found.python}.",
    )


def _commands(campaign: BundledCampaign) -> Iterator[str]:
    packages = {name: v for each in campaign.versions.values() for name, v in each.items()}
    packages.pop("python", None)
    data = (text.split() for text in campaign.environment.data.values())
    packages |= {each[0]: each[1] for each in data if len(each) == _NAME_AND_VERSION}
    pins = [f"{name}=={version.partition('+')[0]}" for name, version in sorted(packages.items())]
    options = " ".join(_options(campaign))
    cases = " ".join(f"{case.folder}/{case.script}".rstrip("/") for case in campaign.cases)
    yield f"pip install {' '.join(pins)}"
    yield f"debugdiff run {cases} --store again.sqlite3 {options}"
    yield f"debugdiff bundle again.zip {cases} --store again.sqlite3 --claims claims.toml {options}"


def _options(campaign: BundledCampaign) -> Iterator[str]:
    yield "--bug bugs"
    yield f"--size {campaign.size}"
    for name, values in (
        ("seed", campaign.seeds),
        ("stack", campaign.stacks),
        ("mode", campaign.modes),
        ("framework", campaign.frameworks),
        ("style", campaign.styles),
    ):
        yield from (f"--{name} {value}" for value in values)
    if campaign.instruments:
        yield "--depth"
    if campaign.seconds is not None:
        yield f"--timeout {campaign.seconds:g}"
    if campaign.memory is not None:
        yield f"--memory {campaign.memory}"


def licenses(cases: Sequence[Case], bugs: Sequence[Bug], claims: Path) -> str:
    """The terms of every part, as far as they are known."""
    lines = [
        "# Licences",
        "",
        "| part | licence |",
        "|---|---|",
        *(f"| {part} | {terms} |" for part, terms in _parts(cases, bugs, claims)),
        "",
        _QUOTED,
        "",
    ]
    return "\n".join(lines)


def _parts(cases: Sequence[Case], bugs: Sequence[Bug], claims: Path) -> Iterator[tuple[str, str]]:
    yield "`report.json`, `verdicts.json`, `records/`, and the texts of this bundle", _OWN
    for case in cases:
        yield f"`cases/{case.name}/`, `injections/{case.name}/`", _terms(case.folder, "cases")
        if case.data:
            yield f"data of {case.name}, not in this bundle: {case.data}", case.licence
    own = [bug for bug in bugs if _terms(bug.path, "injected_bugs") != _OWN]
    if len(own) < len(bugs):
        yield "`bugs/`, unless listed below", _OWN
    yield from ((f"`bugs/{bug.id}.toml`", _UNKNOWN) for bug in own)
    yield "`claims.toml`", _terms(claims, "claims")


def _terms(path: Path, folder: str) -> str:
    return _OWN if path.resolve().is_relative_to(shipped(folder).resolve()) else _UNKNOWN


def citation(campaign: BundledCampaign, authors: Sequence[str]) -> str:
    """A Citation File Format file, version 1.2.0."""
    cases = ", ".join(case.name for case in campaign.cases)
    lines = [
        "cff-version: 1.2.0",
        "message: If you use these results, please cite them as below.",
        "type: dataset",
        f"title: {json.dumps(f'debugdiff results: {cases}')}",
        "authors:",
        *(_author(each) for each in authors or ["the authors of this bundle"]),
        "references:",
        "  - type: software",
        "    title: debugdiff",
        f"    version: {json.dumps(__version__)}",
        "    authors:",
        "      - name: the authors of debugdiff",
    ]
    return "\n".join(lines) + "\n"


def _author(text: str) -> str:
    family, comma, given = (part.strip() for part in text.partition(","))
    if not comma:
        return f"  - name: {json.dumps(family)}"
    return f"  - family-names: {json.dumps(family)}\n    given-names: {json.dumps(given)}"
