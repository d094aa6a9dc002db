"""Damaged inputs get an answer or a sentence; `benchmarks/fuzz.py` tries many more."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fuzz import Tried, write_row
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


def test_a_page_keeps_its_other_rows_and_its_notes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_row(page, "cases", Tried(10, Counter()))
    assert "coverage" not in page.read_text()
    page.write_text(page.read_text() + "\n## Notes\n\nMended.\n")
    write_row(page, "cases", Tried(30, Counter({"seed 3: no": 2}), reached=400))
    write_row(page, "bugs", Tried(20, Counter({"seed 5: no": 1})))
    text = page.read_text()
    rows = [line for line in text.splitlines() if line.startswith(("| bugs", "| cases"))]
    assert rows == ["| bugs | 20 | 1 |", "| cases | 10 | 0 |", "| cases | 30 | 2 | 400 |"]
    assert text.endswith("\n\n## Notes\n\nMended.\n")
