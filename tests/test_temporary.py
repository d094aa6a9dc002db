"""Temporary folders of a process that was killed are removed by the next one, and no others."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pytest

from debugdiff.temporary import temporary_folder

if TYPE_CHECKING:
    from pathlib import Path

HOLDS = """
import sys
from debugdiff.temporary import temporary_folder
with temporary_folder() as folder:
    (folder / "deep").mkdir()
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def holder() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def test_a_folder_is_there_while_it_is_needed_and_then_gone(tmp_path: Path) -> None:
    with temporary_folder() as one, temporary_folder() as other:
        assert one.is_dir()
        assert other.is_dir()
        assert one != other
    assert list(tmp_path.iterdir()) == []


def test_a_folder_whose_process_was_killed_is_removed_and_one_in_use_stays(tmp_path: Path) -> None:
    with holder() as killed, holder() as working:
        killed.kill()
        killed.wait()
        assert len(list(tmp_path.iterdir())) == 4
        with temporary_folder():
            assert len(list(tmp_path.iterdir())) == 4  # the working one's and this
        assert len(list(tmp_path.iterdir())) == 2
        working.communicate()
    assert list(tmp_path.iterdir()) == []


def test_what_others_have_put_there_is_no_orphan(tmp_path: Path) -> None:
    (tmp_path / "debugdiff-other").mkdir()
    (tmp_path / "debugdiff-link.lock").symlink_to(tmp_path / "debugdiff-other")
    with temporary_folder():
        pass
    assert {path.name for path in tmp_path.iterdir()} == {"debugdiff-other", "debugdiff-link.lock"}
