"""A few campaigns that are killed, run twice at once, or have no room; see `interrupting.py`."""

from __future__ import annotations

import pytest
from extent import tried
from interrupting import full_disk, full_output, kill_at, small_disk, small_files, two_at_once
from stub_stack import stub_interpreter


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> str:
    return stub_interpreter(tmp_path_factory.mktemp("stub"))


@pytest.fixture(scope="module")
def needs_mount() -> None:
    try:
        with small_disk(4_096):
            pass
    except OSError:
        pytest.skip("a small disk cannot be mounted here")


@pytest.mark.parametrize("seconds", tried(2.0, more=(1.0, 3.0)))
def test_a_killed_campaign_loses_no_finished_record_and_leaves_nothing(
    stub: str, seconds: float
) -> None:
    assert kill_at(seconds, stub)[0] == ""


def test_two_campaigns_on_one_store_are_both_whole(stub: str) -> None:
    assert two_at_once(stub) == ""


@pytest.mark.parametrize("size", tried(16_384, more=(65_536,)))
def test_a_store_on_a_full_disk_keeps_what_it_has(stub: str, size: int, needs_mount: None) -> None:
    assert full_disk(size, stub)[0] == ""


@pytest.mark.parametrize("size", tried(30_000, more=(60_000,)))
def test_a_store_that_may_not_grow_keeps_what_it_has(stub: str, size: int) -> None:
    assert small_files(size, stub)[0] == ""


def test_a_report_onto_a_full_disk_is_a_sentence(stub: str, needs_mount: None) -> None:
    assert full_output(stub, "-o", "{disk}/report.json") == ""
