"""In how many places of each program the catalogue's bugs can be made; nothing is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from debugdiff.campaign.injecting import inject_all, pair_keys
from debugdiff.inject import count_places
from debugdiff.model import Mutant, NotApplicable
from debugdiff.static import measure
from debugdiff.store import Store
from debugdiff.verdict.exposure import Exposure, ProgramExposure, fit_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from debugdiff.model import Bug, Case, Implementation, Injection


def measure_exposure(cases: Sequence[Case], bugs: Sequence[Bug], store: Path) -> Exposure:
    """Count the places of every bug in every program, and fit the model to them.

    Raises:
        BugError: a bug itself is broken.
        StoreError: the store cannot be used.
    """
    programs = tuple(program for case in cases for program in case.implementations)
    with Store(store) as kept:
        injections = inject_all(programs, bugs, kept)
        key_of = pair_keys("places", bugs)

        def places(program: Implementation, bug: Bug) -> int:
            return kept.cached(int, key_of(program, bug), lambda: count_places(program, bug))

        found = tuple(_program(each, bugs, injections[each.key], places) for each in programs)
    return Exposure(bugs=len(bugs), programs=found, model=fit_model(found))


def _program(
    implementation: Implementation,
    bugs: Sequence[Bug],
    injections: Mapping[str, Injection],
    places: Callable[[Implementation, Bug], int],
) -> ProgramExposure:
    size = measure(implementation.source).whole
    fitting = [bug for bug in bugs if isinstance(injections[bug.id], Mutant)]
    return ProgramExposure(
        case=implementation.case,
        name=implementation.name,
        framework=implementation.framework,
        style=implementation.style,
        training=implementation.training,
        lines=size.lloc,
        api=size.api_surface,
        bugs=len(fitting),
        places=sum(places(implementation, bug) for bug in fitting),
        prevented=sum(_is_prevented(injections[bug.id]) for bug in bugs),
    )


def _is_prevented(injection: Injection) -> bool:
    return isinstance(injection, NotApplicable) and not injection.expressible
