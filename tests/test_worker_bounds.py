"""A program says what it likes; its own process cuts it before anything else has to bear it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import Bench
from report_samples import report
from stub_stack import on_pytorch, stub_interpreter

from debugdiff.bounds import LONGEST_TEXT, MOST
from debugdiff.execute.pool import Pool
from debugdiff.model import Budget, Failure, ProgramEnd, WorkerEnd
from debugdiff.worker.process.describing import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

FEW = Budget(seconds=30, memory=2**30)
"""Of memory, too: nothing of these may grow without an end."""


@pytest.fixture(scope="module")
def stub_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("stub")
    with Pool(slots=1, interpreters=on_pytorch(stub_interpreter(folder / "stub"))) as pool:
        yield Bench(pool=pool, folder=folder)


def failure_of(bench: Bench, source: str) -> Failure:
    record = bench.run(source, budget=FEW)
    assert record.program is ProgramEnd.RAISED, record.note
    assert record.failure is not None
    return record.failure


@pytest.mark.parametrize(
    "source",
    [
        "raise ValueError('a' * 50_000_000)",
        "raise ValueError('a\\n' * 10_000_000)",
        "class E(Exception):\n    def __str__(self): return 'a' * 50_000_000\nraise E",
        (
            "class S(str):\n    def __len__(self): raise SystemExit\n"
            "class E(Exception):\n    def __str__(self): return S('a' * 5_000_000)\nraise E"
        ),
        "raise SyntaxError('a' * 50_000_000)",
        "import sys\nsys.exit('a' * 50_000_000)",
        "raise type('E' * 5_000_000, (Exception,), {})('a' * 200_000)",
    ],
)
def test_a_message_is_cut_where_it_is_made(stub_bench: Bench, source: str) -> None:
    failure = failure_of(stub_bench, source)
    assert "characters left out" in failure.message + failure.type
    assert len(failure.message) <= LONGEST_TEXT
    assert len(failure.text) <= LONGEST_TEXT


def test_notes_links_and_frames_are_counted(stub_bench: Bench) -> None:
    failure = failure_of(
        stub_bench,
        """
        error = None
        for number in range(500):
            newer = ValueError(number)
            newer.__cause__ = error
            error = newer
        for number in range(5_000):
            error.add_note("n" * 1_000)
        raise error
        """,
    )
    assert len(failure.chain) == MOST["chain"]
    assert failure.chain[-1].message == "499"
    assert failure.chain[-1].notes[-1] == "... 4,801 notes left out"
    deep = failure_of(
        stub_bench,
        """
        import sys
        sys.setrecursionlimit(10**6)
        def one(left): other(left)
        def other(left):
            if not left:
                raise ValueError("deep")
            one(left - 1)
        one(5_000)
        """,
    )
    assert len(deep.frames) == MOST["frames"]
    assert deep.frames[-1].code == 'raise ValueError("deep")'


@pytest.mark.parametrize(
    "source",
    [
        "size = 10**30\nraise ValueError(f'{size}')",
        "size = 10**5_000\nraise ValueError('size')",
        "sizes = [(10**30, 2), 10**40]\nraise ValueError('sizes')",
        "raise SyntaxError('x', ('program.py', 10**30, 10**30, 'text'))",
        "raise SyntaxError('x', (object(), 'line', [], object()))",
        "raise ValueError('  File \"a.py\", line ' + '9' * 5_000 + ', in f')",
        "raise ValueError('File \"a.py\", line 999999999999999999999999999999, in f')",
    ],
)
def test_no_number_is_too_large_for_a_record(stub_bench: Bench, source: str) -> None:
    assert failure_of(stub_bench, source).type.endswith("Error")


def test_metrics_are_counted_and_their_class_is_not_asked(stub_bench: Bench) -> None:
    record = stub_bench.run(
        """
        import itertools
        class Endless(dict):
            def items(self):
                return ((f"{number}", 1.0) for number in itertools.count())
        class Name(str):
            def __hash__(self): return 0
            def __eq__(self, other): raise SystemExit
            def __len__(self): raise SystemExit

        def main(seed=0, size="tiny"):
            fine = {"a" * 100_000 + str(number): float(number) for number in range(5_000)}
            return Endless({"nested": {}, "huge": 10**400, Name("b"): 2.0, **fine})
        """,
        contract=True,
        budget=FEW,
    )
    assert record.program is ProgramEnd.OK
    assert record.metrics["b"] == 2.0
    assert 990 < len(record.metrics) <= MOST["metrics"]
    assert max(map(len, record.metrics)) <= 200


def test_warnings_are_cut(stub_bench: Bench) -> None:
    record = stub_bench.run("import warnings\nwarnings.warn('w' * 20_000_000)", budget=FEW)
    assert len(record.warnings[0].message) <= LONGEST_TEXT


def test_a_text_without_an_end_takes_no_more_memory_than_the_program_may(
    stub_bench: Bench,
) -> None:
    record = stub_bench.run(
        """
        class E(Exception):
            def __str__(self):
                return "x" * 10**10
        raise E
        """,
        budget=FEW,
    )
    assert record.failure is not None
    assert record.failure.type == "E"
    assert record.peak_memory < 2**31


def test_a_record_that_has_no_room_says_so() -> None:
    record = next(result.record for result in report().results)
    text = describe("trial", lambda: record, 10**6)
    assert json.loads(text)["worker"] == record.worker
    small = json.loads(describe("trial", lambda: record, 200))
    assert small["worker"] == WorkerEnd.UNREADABLE
    assert small["note"].startswith("The record is too large: 0 MB, more than 0.")
