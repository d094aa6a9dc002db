"""Every bug into every implementation, with the answers kept: injection is pure, but not cheap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import debugdiff.inject
from debugdiff.files import digest, source_digest
from debugdiff.inject import inject
from debugdiff.model import Mutant, NotApplicable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from debugdiff.model import Bug, Implementation
    from debugdiff.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """What injecting one bug into one implementation gave: exactly one of the two."""

    mutant: Mutant | None = None
    refusal: NotApplicable | None = None


def inject_all(
    implementations: Iterable[Implementation], bugs: Sequence[Bug], store: Store
) -> tuple[Injected, ...]:
    """All pairs, implementation by implementation; `BugError` if a bug itself is broken."""
    engine = source_digest(debugdiff.inject)
    texts = {bug.id: text_digest(bug) for bug in bugs}
    return tuple(
        store.cached(
            Injected,
            digest("inject", engine, texts[bug.id], *_facts(implementation)),
            partial(_one, implementation, bug),
        )
        for implementation in implementations
        for bug in bugs
    )


def _one(implementation: Implementation, bug: Bug) -> Injected:
    result = inject(implementation, bug)
    if isinstance(result, Mutant):
        return Injected(mutant=result)
    return Injected(refusal=result)


def _facts(implementation: Implementation) -> tuple[str, ...]:
    """What of an implementation decides where a bug fits."""
    return (
        implementation.case,
        implementation.name,
        repr((implementation.framework, implementation.style, implementation.training)),
        implementation.source,
    )


def text_digest(bug: Bug) -> str:
    """The hash of a bug: of its file and of the codemods that it names."""
    names = sorted({rule.codemod.partition(":")[0] for rule in bug.rules if rule.codemod})
    codemods = [(bug.path.parent / name).read_text() for name in names]
    return digest(bug.id, bug.path.read_text(), *codemods)[:16]
