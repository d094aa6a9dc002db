"""What a bundle holds: the names of its members, and the form of those that are read again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from debugdiff.model import (
    Environment,
    Framework,
    Instrument,
    Interpreter,
    Mode,
    Mutant,
    NotApplicable,
    Pairing,
    Size,
    Style,
)

SCHEMA_VERSION = 1
"""Raised when a member goes or changes its meaning."""
MANIFEST = "MANIFEST.json"
CAMPAIGN = "campaign.json"
REPORT = "report.json"
CLAIMS = "claims.toml"
VERDICTS = "verdicts.json"
README = "README.md"
LICENSES = "LICENSES.md"
CITATION = "CITATION.cff"
_RECORD = re.compile(r"records/[0-9a-f]+\.json")


def record_name(trial: str) -> str:
    """The member with the record of a trial."""
    return f"records/{trial}.json"


def is_record(member: str) -> bool:
    """Whether a member is the record of a trial."""
    return _RECORD.fullmatch(member) is not None


def injections_name(case: str, implementation: str) -> str:
    """The member with what was made of every bug in a program."""
    return f"injections/{case}/{implementation}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledCase:
    """A case of a bundle; `script` is the one file that it was, empty for a folder."""

    name: str
    script: str = ""

    @property
    def folder(self) -> str:
        """Its folder in the bundle."""
        return f"cases/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundledCampaign:
    """What was asked for, and what it was measured with.

    Attributes:
        debugdiff: the version that wrote the bundle.
        bugs: their ids.
        claims: what the file of claims is called.
        versions: of each stack, by its name.
        interpreters: of the stacks that the user named, with the packages that were resolved;
            without the paths of the machine.
        pairings: what is known of cases without a `case.toml`, by the case's name.
    """

    schema_version: int
    debugdiff: str
    cases: tuple[BundledCase, ...]
    bugs: tuple[str, ...]
    frameworks: tuple[Framework, ...]
    styles: tuple[Style, ...]
    stacks: tuple[str, ...]
    modes: tuple[Mode, ...]
    size: Size
    seeds: tuple[int, ...]
    instruments: tuple[Instrument, ...]
    seconds: float | None
    memory: int | None
    versions: Mapping[str, Mapping[str, str]]
    environment: Environment
    pairings: Mapping[str, Pairing]
    interpreters: Mapping[str, Interpreter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injections:
    """What was made of each bug in one program, by its id: a mutant, or why there is none."""

    mutants: Mapping[str, Mutant]
    missing: Mapping[str, NotApplicable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member's checksum and size."""

    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Every other member of a bundle."""

    schema_version: int
    members: Mapping[str, Member]
