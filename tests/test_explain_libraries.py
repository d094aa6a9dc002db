"""`explain` on programs whose training loop is a library's: it suspects the user's lines.

They need `pip install lightning transformers accelerate`, and nothing that has to be downloaded.
"""

from __future__ import annotations

import importlib.util
import shutil
from typing import TYPE_CHECKING

import pytest
from crashing import FOREIGN
from extent import left_to_whole

from debugdiff.scripts import ScriptRequest, run_script
from debugdiff.suspects.explaining import explanation_of

if TYPE_CHECKING:
    from pathlib import Path

    from debugdiff.suspects.explaining import Explanation

PROGRAMS = sorted((FOREIGN / "libraries").glob("*.py"))
LIBRARIES = {"lightning", "transformers", "accelerate"}
WITHIN = {"transformers_vocabulary": 7}
"""How far down the fault is where it is not the first suspect: here the ids themselves are."""


def library_of(program: Path) -> str:
    return program.name.partition("_")[0]


def explained(program: Path, folder: Path) -> Explanation:
    """What `debugdiff explain` finds; whatever the libraries write is left in a folder."""
    copy = folder / program.name
    shutil.copy(program, copy)
    return explanation_of(run_script(ScriptRequest(path=copy, post_mortem=True)))


def test_there_are_two_programs_of_each_library_and_each_is_marked() -> None:
    assert {library_of(each) for each in PROGRAMS} == LIBRARIES
    assert len(PROGRAMS) == 2 * len(LIBRARIES)
    assert all(each.read_text("utf-8").count("# FAULT") == 1 for each in PROGRAMS)


@left_to_whole
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_the_line_at_fault_is_suspected_and_no_line_of_the_library(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec(library_of(program)) is None:
        pytest.skip(f"{library_of(program)} is not installed")
    monkeypatch.chdir(tmp_path)
    found = explained(program, tmp_path)
    fault = next(
        at for at, line in enumerate(program.read_text().splitlines(), 1) if "# FAULT" in line
    )
    assert {each.file for each in found.suspects} == {program.name}
    assert fault in [each.line for each in found.suspects[: WITHIN.get(program.stem, 1)]]
