"""Damaged inputs get an answer or a sentence; `benchmarks/fuzz.py` tries many more."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fuzzing import KINDS, problem_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW = {"stores": 10, "records": 15, "sources": 6}


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_input_gets_an_answer(name: str) -> None:
    @settings(
        max_examples=FEW.get(name, 20),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.integers(0, 2**32))
    def try_one(seed: int) -> None:
        made = KINDS[name].make(random.Random(seed))
        with TemporaryDirectory() as folder:
            assert problem_of(KINDS[name], made, Path(folder)) == ""

    try_one()
