"""What the figures of a report were measured with."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from debugdiff import __version__, corpora
from debugdiff.model import Environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from debugdiff.model import Stack


def environment(versions: Mapping[Stack, Mapping[str, str]], corpus_names: set[str]) -> Environment:
    """This machine, the versions of the stacks, and where the text of some corpora comes from."""
    merged = {name: version for facts in versions.values() for name, version in facts.items()}
    return Environment(
        debugdiff=__version__,
        python=platform.python_version(),
        platform=platform.platform(terse=True),
        cpu_count=os.cpu_count() or 1,
        versions=dict(sorted(merged.items())),
        data={name: source_of(name) for name in sorted(corpus_names)},
        stand_ins=tuple(
            name for name in sorted(corpus_names) if not corpora.describe(name).installed
        ),
    )


def source_of(name: str) -> str:
    """The package that a corpus's text comes from."""
    described = corpora.describe(name)
    if described.installed:
        return f"{described.package} {described.version}"
    return "a generated stand-in"
