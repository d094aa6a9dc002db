"""The programs from outside parse, are listed with their set and kind, and stand in their half."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import outside
import pytest

from debugdiff.bugs import shipped_bugs

if TYPE_CHECKING:
    from debugdiff.execute.pool import Pool

OUTSIDE = Path(__file__).parent / "outside"
ROW = re.compile(
    r"^\| `(?P<main>\S+)` \| (?P<half>\w+) \| (?P<kind>\w+) \| (?P<style>.+) \|$", re.MULTILINE
)


@dataclass(frozen=True)
class Program:
    """One row of the table in the folder's README; `main` is relative to the folder."""

    main: str
    half: str
    kind: str
    style: str

    @property
    def framework(self) -> str:
        return "keras" if Path(self.main).parts[1].startswith("keras_") else "pytorch"


PROGRAMS = tuple(
    Program(**row.groupdict()) for row in ROW.finditer((OUTSIDE / "README.md").read_text("utf-8"))
)
FILES = tuple(sorted(path.relative_to(OUTSIDE).as_posix() for path in OUTSIDE.rglob("*.py")))


def files_of(program: Program) -> list[str]:
    """Its one file, or every file below its folder."""
    half, name, *rest = Path(program.main).parts
    return [
        file
        for file in FILES
        if file == program.main or (rest and file.startswith(f"{half}/{name}/"))
    ]


@pytest.mark.parametrize("file", FILES)
def test_a_file_from_outside_parses(file: str) -> None:
    assert ast.parse((OUTSIDE / file).read_text("utf-8")).body or file.endswith("__init__.py")


def test_the_table_lists_every_file_once() -> None:
    assert sorted(file for program in PROGRAMS for file in files_of(program)) == list(FILES)


def test_every_main_file_is_there() -> None:
    assert [program.main for program in PROGRAMS if program.main not in FILES] == []


def test_a_program_stands_in_the_folder_of_its_set() -> None:
    assert {(program.half, Path(program.main).parts[0]) for program in PROGRAMS} == {
        ("tune", "tune"),
        ("held", "held"),
    }


def test_a_program_imports_the_framework_that_its_name_says() -> None:
    imported = {
        "pytorch": r"^\s*(import|from) torch\b",
        "keras": r"^\s*(import|from) (keras|tensorflow)\b",
    }
    assert [
        program.main
        for program in PROGRAMS
        if not any(
            re.search(
                imported[program.framework], (OUTSIDE / file).read_text("utf-8"), re.MULTILINE
            )
            for file in files_of(program)
        )
    ] == []


@pytest.mark.parametrize("framework", ["pytorch", "keras"])
def test_both_sets_hold_sequence_and_plain_programs_of_each_framework(framework: str) -> None:
    kinds = {(program.half, program.kind) for program in PROGRAMS if program.framework == framework}
    assert kinds == {(half, kind) for half in ("tune", "held") for kind in ("sequence", "plain")}


# --- what bugs make of them -----------------------------------------------------------------------

DRAWN = 1
"""Bugs per program; `python benchmarks/outside.py --run` takes all of them."""


def drawn() -> list[tuple[outside.Outside, outside.Mutant]]:
    """Mutants of a few bugs in every program of `tune`: the same ones in every run."""
    bugs = [bug for bug in shipped_bugs() if bug.id not in outside.ENDLESS]
    read = [
        outside.read(name, path, Random(path.as_posix()[len(str(OUTSIDE)) :]).sample(bugs, DRAWN))
        for name, path in outside.programs(["tune"])
    ]
    return [one for program in read for one in outside.worth_running(program)]


def test_no_mutant_of_a_program_from_outside_fails_by_the_text_of_the_edit(pool: Pool) -> None:
    chosen = drawn()
    ends = outside.run(chosen, pool)
    assert None not in ends
    assert len(chosen) >= 10
    assert {program.framework for program, _ in chosen} == {"pytorch", "keras"}
    assert outside.found_in(chosen, ends) == []
