"""The figures of `benchmarks/reading.py`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import kappa, share

YES_AND_NO = st.lists(st.booleans(), min_size=2, max_size=40).filter(lambda one: len(set(one)) == 2)


def test_kappa_of_a_known_table() -> None:
    """20 yes and yes, 5 yes and no, 10 no and yes, 15 no and no: 0.4."""
    one = [True] * 25 + [False] * 25
    other = [True] * 20 + [False] * 5 + [True] * 10 + [False] * 15
    assert kappa(one, other) == "0.40"


@given(YES_AND_NO)
def test_kappa_is_one_with_oneself_and_negative_with_the_opposite(one: list[bool]) -> None:
    assert kappa(one, one) == "1.00"
    assert float(kappa(one, [not each for each in one])) < 0


@pytest.mark.parametrize(("one", "other"), [([], []), ([True, True], [True, False])])
def test_kappa_is_not_defined_where_nothing_varies(one: list[bool], other: list[bool]) -> None:
    assert kappa(one, other).startswith("not defined")


def test_a_share_has_its_exact_interval() -> None:
    """Ten of ten: from the tenth root of 0.025."""
    assert share([True] * 10) == "10 of 10 (69 to 100 %)"
    assert share([]) == "-"
