"""What a machine says of itself before it gets a trial, and whether it fits the campaign."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import debugdiff.worker
from debugdiff import __version__, corpora
from debugdiff.execute import stack_versions
from debugdiff.files import source_digest
from debugdiff.model import Interpreter, Sandbox, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a machine has to know of a campaign.

    Attributes:
        name: of the campaign; another one on the same machine has hosts of its own. The client
            makes it.
        home: the name of the client's machine.
        stacks, corpora: what its trials need, by name.
        folders: of its cases.
        interpreters: another Python for a stack.
        warm, sandbox: see `debugdiff.execute.pool.Pool`.
    """

    name: str = ""
    home: str = ""
    stacks: tuple[str, ...]
    corpora: tuple[str, ...]
    folders: tuple[str, ...]
    interpreters: Mapping[str, Interpreter]
    warm: bool
    sandbox: Sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a machine has.

    Attributes:
        host: its name.
        process: the number of the process that says it.
        debugdiff: its version, and the hash of what runs programs.
        stacks: versions of each stack; `None` for one that is missing.
        corpora: the version of each corpus.
        folders: which of the cases' folders it has.
    """

    host: str
    process: int
    debugdiff: tuple[str, str]
    stacks: Mapping[str, Mapping[str, str] | None]
    corpora: Mapping[str, str]
    folders: tuple[str, ...]


def facts_of_this_machine(setup: Setup) -> Facts:
    """What this machine has of what a campaign needs."""
    return Facts(
        host=platform.node(),
        process=os.getpid(),
        debugdiff=(__version__, source_digest(debugdiff.worker)),
        stacks={
            name: stack_versions(kind_of(name, setup.interpreters), setup.interpreters.get(name))
            for name in setup.stacks
        },
        corpora={name: corpora.describe(name).version for name in setup.corpora},
        folders=tuple(folder for folder in setup.folders if Path(folder).is_dir()),
    )


def misfit(machine: Facts, campaign: Facts) -> str:
    """Why a machine cannot run trials of a campaign, as a clause; empty if it can.

    Versions are part of a trial's id, so that a record of other versions would be a wrong one.
    """
    if machine.debugdiff != campaign.debugdiff:
        mine, theirs = campaign.debugdiff[0], machine.debugdiff[0]
        other = f"version {theirs} and not {mine}" if mine != theirs else "with other sources"
        return f"has another debugdiff: {other}"
    for stack, versions in campaign.stacks.items():
        if machine.stacks.get(stack) != versions:
            return f"has another {stack}: {_difference(machine.stacks.get(stack), versions)}"
    for corpus, version in campaign.corpora.items():
        if machine.corpora.get(corpus) != version:
            return f"has another corpus {corpus}: {machine.corpora.get(corpus)} and not {version}"
    missing = [folder for folder in campaign.folders if folder not in machine.folders]
    return f"does not have the folder {missing[0]}" if missing else ""


def _difference(theirs: Mapping[str, str] | None, mine: Mapping[str, str] | None) -> str:
    if theirs is None or mine is None:
        return "it is not installed"
    return ", ".join(
        f"{package} {theirs.get(package, 'missing')} and not {version}"
        for package, version in mine.items()
        if theirs.get(package) != version
    )
