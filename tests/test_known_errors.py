"""The table of known errors: every entry on a real message, and what is printed of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest
from conftest import Bench
from known_error_samples import IMPORTS, KERAS, PYTORCH, STORED
from score_builders import failure

from debugdiff.execute.pool import Pool
from debugdiff.known_errors import KnownError, known_error, known_errors
from debugdiff.model import Budget, ChainedException, Failure, Framework, Stack
from debugdiff.report.known import known_as

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
