"""What the figures of a report were measured with."""

from __future__ import annotations

import os
import platform
from types import MappingProxyType
from typing import TYPE_CHECKING

from debugdiff import __version__, corpora
from debugdiff.model import Environment, UsedStack, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Interpreter

_NONE: Mapping[str, Interpreter] = MappingProxyType({})


def environment(
    versions: Mapping[str, Mapping[str, str]],
    corpus_names: set[str],
    interpreters: Mapping[str, Interpreter] = _NONE,
) -> Environment:
    """This machine, the versions of the stacks, and where the text of some corpora comes from."""
    merged: dict[str, dict[str, None]] = {}
    for facts in versions.values():
        for name, version in facts.items():
            merged.setdefault(name, {})[version] = None
    return Environment(
        debugdiff=__version__,
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        cpu_count=os.cpu_count() or 1,
        versions={name: ", ".join(found) for name, found in sorted(merged.items())},
        stacks={name: _used(name, facts, interpreters) for name, facts in versions.items()},
        data={name: source_of(name) for name in sorted(corpus_names)},
        stand_ins=tuple(
            name for name in sorted(corpus_names) if not corpora.describe(name).installed
        ),
    )


def _used(
    name: str, versions: Mapping[str, str], interpreters: Mapping[str, Interpreter]
) -> UsedStack:
    lock = interpreters[name].lock if name in interpreters else ()
    return UsedStack(kind=kind_of(name, interpreters), versions=versions, lock=lock)


def source_of(name: str) -> str:
    """The package that a corpus's text comes from."""
    described = corpora.describe(name)
    if described.installed:
        return f"{described.package} {described.version}"
    return "a generated stand-in"
