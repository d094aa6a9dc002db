"""Every bug into every implementation, with the answers kept: injection is pure, but not cheap."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import debugdiff.inject
import debugdiff.source
from debugdiff.files import digest, read_text, source_digest
from debugdiff.inject import inject
from debugdiff.model import Injection, Mutant, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from debugdiff.model import Bug, Implementation
    from debugdiff.store import Store

_INJECTION = cast("type[Mutant | NotApplicable]", Injection)


def inject_all(
    implementations: Iterable[Implementation], bugs: Sequence[Bug], store: Store
) -> dict[str, Mapping[str, Injection]]:
    """All pairs, by the implementation's key and the bug's id.

    Raises:
        BugError: a bug itself is broken.
    """
    key_of = pair_keys("injection", bugs)
    return {
        implementation.key: {
            bug.id: store.cached(
                _INJECTION, key_of(implementation, bug), partial(inject, implementation, bug)
            )
            for bug in bugs
        }
        for implementation in implementations
    }


def pair_keys(what: str, bugs: Sequence[Bug]) -> Callable[[Implementation, Bug], str]:
    """Under which key something that injection says of a program and a bug is kept."""
    engine = (source_digest(debugdiff.inject), source_digest(debugdiff.source))
    texts = {bug.id: text_digest(bug) for bug in bugs}

    def key_of(implementation: Implementation, bug: Bug) -> str:
        return digest(what, *engine, texts[bug.id], *_facts(implementation))

    return key_of


def _facts(implementation: Implementation) -> tuple[str, ...]:
    """What of an implementation decides where a bug fits."""
    return (
        implementation.case,
        implementation.name,
        repr((implementation.framework, implementation.style, implementation.training)),
        repr(sorted(implementation.files.items())),
    )


def text_digest(bug: Bug) -> str:
    """The hash of a bug: of its file and of the codemods that it names."""
    names = sorted({rule.codemod.partition(":")[0] for rule in bug.rules if rule.codemod})
    codemods = [read_text(bug.path.parent / name) for name in names]
    return digest(bug.id, read_text(bug.path), *codemods)[:16]
