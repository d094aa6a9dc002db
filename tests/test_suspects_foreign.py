"""Suspects on programs in other people's styles: each crashes, its fault is marked `# FAULT`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from crashing import PROGRAMS
from ranking import Located, locate, of_suspects, of_traceback

from debugdiff.suspects import Location, suspects_of_crash, suspects_of_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from debugdiff.model import Record


def marked(path: Path) -> list[Location]:
    lines = path.read_text().splitlines()
    return [Location(path.name, at) for at, line in enumerate(lines, 1) if "# FAULT" in line]


def judged(path: Path, record: Record, *, raw: bool = False) -> Located:
    assert record.failure is not None, record.ending
    sources = {path.name: path.read_text()}
    suspects = suspects_of_crash(sources, path.name, record.failure, record.post_mortem)
    locations = of_traceback(record.failure, sources) if raw else of_suspects(suspects)
    return locate(locations, marked(path), sources, path.name)


def test_there_are_programs_of_both_frameworks_and_each_is_marked() -> None:
    assert len(PROGRAMS) >= 20
    assert {path.name.partition("_")[0] for path in PROGRAMS} == {"pt", "keras"}
    assert all(marked(path) for path in PROGRAMS)


def test_suspects_find_the_marked_lines_far_better_than_the_traceback(
    foreign_records: Mapping[str, Record],
) -> None:
    found = [judged(path, foreign_records[path.name]) for path in PROGRAMS]
    raw = [judged(path, foreign_records[path.name], raw=True) for path in PROGRAMS]
    share = len(PROGRAMS) / 100
    assert sum(each.within(1) for each in found) >= 60 * share
    assert sum(each.within(5) for each in found) >= 90 * share
    assert sum(each.within(1) for each in raw) < sum(each.within(1) for each in found)


def test_rules_on_the_text_alone_suspect_no_line_that_is_not_marked() -> None:
    for path in PROGRAMS:
        found = suspects_of_text({path.name: path.read_text()}, path.name)
        wrong = {Location(each.file, each.line) for each in found} - set(marked(path))
        near = {Location(each.file, each.line - 1) for each in marked(path)}
        assert not wrong - near, (path.name, found)


@pytest.mark.parametrize("name", ["pt_mse_for_classes.py", "keras_mse_for_classes.py"])
def test_a_loss_for_numbers_is_the_first_suspect_where_classes_are_compared(
    foreign_records: Mapping[str, Record], name: str
) -> None:
    path = next(each for each in PROGRAMS if each.name == name)
    assert judged(path, foreign_records[name]).rank == 1
