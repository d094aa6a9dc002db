"""Every bug into every implementation, with the answers kept: injection is pure, but not cheap."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import debugdiff.inject
from debugdiff.files import digest
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
    return tuple(
        store.cached(Injected, _key(implementation, bug), partial(_one, implementation, bug))
        for implementation in implementations
        for bug in bugs
    )


def _one(implementation: Implementation, bug: Bug) -> Injected:
    result = inject(implementation, bug)
    if isinstance(result, Mutant):
        return Injected(mutant=result)
    return Injected(refusal=result)


def _key(implementation: Implementation, bug: Bug) -> str:
    return digest(
        "inject",
        _engine(),
        _texts(bug),
        implementation.case,
        implementation.name,
        repr((implementation.framework, implementation.style, implementation.training)),
        implementation.source,
    )


@cache
def _engine() -> str:
    assert debugdiff.inject.__file__ is not None
    folder = Path(debugdiff.inject.__file__).parent
    return digest(*(path.read_text() for path in sorted(folder.glob("*.py"))))


def _texts(bug: Bug) -> str:
    names = sorted({rule.codemod.partition(":")[0] for rule in bug.rules if rule.codemod})
    codemods = [(bug.path.parent / name).read_text() for name in names]
    return digest(bug.id, bug.path.read_text(), *codemods)
