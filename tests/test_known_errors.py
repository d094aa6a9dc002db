"""The table of known errors: every entry on a real message, and what is printed of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import Bench
from known_error_samples import IMPORTS, KERAS, PYTORCH, STORED
from known_errors import crashes_of, row
from report_samples import report, with_record
from score_builders import attempt, crashed, failure, result

from debugdiff.execute.pool import Pool
from debugdiff.known_errors import KnownError, known_error, known_errors
from debugdiff.model import Budget, ChainedException, Failure, Framework, Stack
from debugdiff.report import Page
from debugdiff.report.known import known_as
from debugdiff.report.show import render, render_json, subject_of_pair
from debugdiff.score import judge
from debugdiff.store import Store
from debugdiff.verdict.measures import MEASURES

OFFICIAL = {"pytorch.org", "docs.pytorch.org", "keras.io", "tensorflow.org", "www.tensorflow.org"}
NESTED_REPETITION = re.compile(r"[*+}]\)[*+{]")
RUN = """
import json
{imports}
told = {{}}
for name, code in json.loads({samples!r}).items():
    try:
        exec(code, dict(globals()))
    except Exception as error:
        bases = [each.__name__ for each in type(error).__mro__[1:-1]]
        told[name] = [type(error).__name__, bases, str(error)]
print("TOLD" + json.dumps(told))
"""


def by_name(entry: KnownError) -> tuple[str, str]:
    return entry.framework, entry.id


@pytest.fixture(scope="module")
def messages(
    pool: Pool, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], Failure]:
    """The real message of every sample."""
    bench = Bench(pool=pool, folder=tmp_path_factory.mktemp("samples"))
    found = {name: failure(message=message, kind=kind) for name, (kind, message) in STORED.items()}
    stacks = {"pytorch": (Stack.PYTORCH, PYTORCH), "keras": (Stack.KERAS_TENSORFLOW, KERAS)}
    for framework, (stack, samples) in stacks.items():
        source = RUN.format(imports=IMPORTS[framework], samples=json.dumps(samples))
        budget = Budget(seconds=600, output=400_000)
        record = bench.run(source, stack=stack, budget=budget)
        printed = record.stdout.rpartition("TOLD")[2]
        assert printed, record.stderr
        for name, (kind, bases, message) in json.loads(printed).items():
            found[framework, name] = failure(message=message, kind=kind, bases=tuple(bases))
    return found


def test_every_entry_has_a_sample_and_every_sample_an_entry() -> None:
    samples = {*STORED, *(("pytorch", name) for name in PYTORCH), *(("keras", n) for n in KERAS)}
    assert samples == {by_name(each) for each in known_errors()}


def test_names_are_unique_and_both_frameworks_have_as_many() -> None:
    names = [by_name(each) for each in known_errors()]
    assert len(set(names)) == len(names)
    counts = Counter(each.framework for each in known_errors())
    assert min(counts[each] for each in Framework) >= 25
    assert max(counts.values()) - min(counts.values()) <= 3


@pytest.mark.parametrize("entry", known_errors(), ids=lambda each: "/".join(by_name(each)))
def test_a_real_message_is_told_by_its_own_entry_alone(
    entry: KnownError, messages: dict[tuple[str, str], Failure]
) -> None:
    assert by_name(entry) in messages, "the sample raised nothing"
    sample = messages[by_name(entry)]
    assert known_error(sample) == entry
    fitting = [by_name(each) for each in known_errors() if each.pattern.search(sample.message)]
    assert fitting == [by_name(entry)]


@pytest.mark.parametrize("entry", known_errors(), ids=lambda each: "/".join(by_name(each)))
def test_addresses_are_public_and_pages_official(entry: KnownError) -> None:
    assert entry.page or entry.thread
    for address in filter(None, (entry.page, entry.thread)):
        parts = urlsplit(address)
        assert parts.scheme == "https"
        assert parts.path.strip("/")
        assert re.fullmatch(r"[\w./#:-]+", address)
        assert "//" not in parts.path
    assert not entry.page or urlsplit(entry.page).hostname in OFFICIAL
    assert not entry.thread or re.fullmatch(
        r"https://github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/\d+", entry.thread
    )


@pytest.mark.parametrize("entry", known_errors(), ids=lambda each: "/".join(by_name(each)))
def test_a_pattern_takes_no_long_time(entry: KnownError) -> None:
    assert not NESTED_REPETITION.search(entry.pattern.pattern)


def test_another_type_with_the_same_words_is_not_known() -> None:
    assert known_error(failure(kind="RuntimeError")) is not None
    assert known_error(failure(kind="OSError", bases=("Exception",))) is None


def test_a_message_is_found_below_colours_and_in_the_chain() -> None:
    inner = ChainedException(type="IndexError", message="\x1b[1mindex out of range in self\x1b[0m")
    outer = ChainedException(type="RuntimeError", message="no step", link="cause")
    found = known_error(failure(message="no step", chain=(inner, outer)))
    assert found is not None
    assert found.id == "embedding-out-of-range"


def test_what_is_not_known_is_null() -> None:
    assert known_as(None) is None
    assert known_as(failure(message="something else")) is None


# What is printed


def test_show_prints_name_page_and_thread_in_lines_of_their_own_and_in_its_json() -> None:
    subject = subject_of_pair(report(), "pytorch", "shape/wrong-in-features")
    assert subject is not None
    known = known_as(subject.run.failure)
    assert known is not None
    lines = [line.rstrip() for line in render(subject, Page(width=72)).splitlines()]
    where = lines.index(f"Known as: {known['called']}")
    assert lines[where + 1 : where + 3] == [f"Page: {known['page']}", f"Thread: {known['thread']}"]
    assert json.loads(render_json(subject))["trial"]["known_as"] == known


def test_show_says_nothing_of_an_error_that_is_not_known() -> None:
    subject = subject_of_pair(report(), "pytorch", "shape/wrong-in-features")
    assert subject is not None
    run = with_record(subject.run, failure=failure(message="something else"))
    other = replace(subject, run=run, result=run.result)
    assert "Known as" not in render(other, Page(width=80))
    assert json.loads(render_json(other))["trial"]["known_as"] is None


# The measure of claims


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("mat1 and mat2 shapes cannot be multiplied (8x32 and 64x2)", (0, 1, 1)),
        ("Use torch.reshape for that", (1, 0, 1)),
        ("it broke, see https://pytorch.org/docs", (1, 0, 1)),
        ("it broke", (0, 0, 0)),
        ("Exception encountered when calling Net.forward()", (0, 0, 0)),  # the user's own
    ],
)
def test_a_message_or_the_table_leads_to_documentation(
    message: str, wanted: tuple[int, int, int]
) -> None:
    crash = judge(attempt(crashed(failure(message=message))))
    measure = MEASURES["known-help"]
    assert measure.of_attempt is not None
    levels = ("message", "table", "either")
    assert measure.axes == {"help": levels}
    assert tuple(measure.of_attempt(crash, {"help": level}) for level in levels) == wanted
    assert measure.of_attempt(crash, {}) == wanted[0]


def test_what_does_not_crash_needs_no_help() -> None:
    measure = MEASURES["known-help"]
    assert measure.of_attempt is not None
    assert measure.of_attempt(judge(attempt(result())), {}) is None


def test_the_benchmark_counts_crashes_and_kinds_of_a_store(tmp_path: Path) -> None:
    failures = (failure(), failure(message="it broke"), failure(message="it broke"))
    with Store(tmp_path / "store.sqlite3") as store:
        for number, each in enumerate(failures):
            store.put(crashed(each, identifier=str(number)))
        found = crashes_of(store)[Framework.PYTORCH]
    assert [(each.message, each.table, each.either) for each in found] == [
        (False, True, True),
        (False, False, False),
        (False, False, False),
    ]
    assert row(Framework.PYTORCH, "crashes", found).endswith("| 3 | 0% | 33% | 33% |")
    assert row(Framework.KERAS, "crashes", []).endswith("| 0 | - | - | - |")
