"""Every rule for crashes: a program on which it speaks first of the fault, and a near miss.

The near miss is one small edit away from the program. All of them really crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crash_samples import SAMPLES, Sample
from crashing import run

from debugdiff.source.program import Program
from debugdiff.suspects.crash import Crash
from debugdiff.suspects.ranking import weight_of
from debugdiff.suspects.registry import CRASH_RULES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from debugdiff.execute.pool import Pool
    from debugdiff.model import Record

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s.rule}-{s.framework}")


def write_programs(folder: Path) -> None:
    """Put every program and its near miss into a folder."""
    for sample in SAMPLES:
        sample.path(folder, "fires").write_text(sample.text)
        sample.path(folder, "near").write_text(sample.near_text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("snippets")
    write_programs(made)
    return made


@pytest.fixture(scope="module")
def records(pool: Pool, folder: Path) -> Mapping[str, Record]:
    return run(pool, sorted(folder.iterdir()))


def crash_of(path: Path, record: Record) -> Crash:
    assert record.failure is not None, record.ending
    program = Program.of({path.name: path.read_text()}, path.name)
    return Crash(program=program, failure=record.failure, opened=record.post_mortem)


def suspected(rule: str, crash: Crash) -> list[int]:
    """The lines that a rule suspects, the likeliest first."""
    wanted = CRASH_RULES[rule]
    if wanted.kinds and crash.complaint.kind not in wanted.kinds:
        return []
    clues = sorted(wanted.find(crash), key=lambda clue: -weight_of(rule, clue))
    return [clue.at.line for clue in clues]


def test_no_rule_is_without_a_program_and_a_near_miss() -> None:
    assert {sample.rule for sample in SAMPLES} == CRASH_RULES.keys()


@each_sample
def test_a_rule_suspects_the_fault_first(
    sample: Sample, folder: Path, records: Mapping[str, Record]
) -> None:
    path = sample.path(folder, "fires")
    texts = path.read_text().splitlines()
    lines = suspected(sample.rule, crash_of(path, records[path.name]))
    assert lines
    assert sample.line in texts[lines[0] - 1], [texts[at - 1] for at in lines]


@each_sample
def test_a_rule_says_nothing_of_a_near_miss(
    sample: Sample, folder: Path, records: Mapping[str, Record]
) -> None:
    path = sample.path(folder, "near")
    crash = crash_of(path, records[path.name])
    assert not suspected(sample.rule, crash)
    kinds = CRASH_RULES[sample.rule].kinds
    assert sample.other_kind or not kinds or crash.complaint.kind in kinds, crash.message
