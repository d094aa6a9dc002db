"""How much is tried: a part of what there is much of, or all with `DEBUGDIFF_TESTS=all`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import pytest

from debugdiff.cases import shipped_cases
from debugdiff.model import Framework

if TYPE_CHECKING:
    from collections.abc import Iterable

    from debugdiff.model import Case, Implementation

Value = TypeVar("Value")

IS_WHOLE = os.environ.get("DEBUGDIFF_TESTS") == "all"
"""Set by `make whole`."""


left_to_whole = pytest.mark.skipif(not IS_WHOLE, reason="dear, and tried in part by another test")
"""A test of `make whole` alone."""


def tried(*some: Value, more: Iterable[Value] = ()) -> list[Value]:
    """Parameters of a test: some, and more if all is tried."""
    return [*some, *(more if IS_WHOLE else ())]


def tried_programs(case: Case) -> tuple[Implementation, ...]:
    """PyTorch's programs and one of Keras', the next style in the next case; or all."""
    if IS_WHOLE:
        return case.implementations
    keras = [each for each in case.implementations if each.framework is Framework.KERAS]
    number = [each.name for each in shipped_cases()].index(case.name)
    turn = keras[number % len(keras)]
    return tuple(
        each
        for each in case.implementations
        if each.framework is Framework.PYTORCH or each is turn or each.name == turn.name
    )
