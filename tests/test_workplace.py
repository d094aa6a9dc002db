"""The folder of a trial: a copy of the case's, in which nothing that is changed is the user's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from debugdiff.model import Budget, Instrument, Job, Mode, Size, Stack
from debugdiff.worker import folders
from debugdiff.worker.folders import LinkLeavesFolderError, copy_files
from debugdiff.worker.workplace import Workplace, prepare

if TYPE_CHECKING:
    from pathlib import Path


def job(case: Path, *names: str) -> Job:
    return Job(
        id="trial",
        case_folder=str(case),
        files=dict.fromkeys(names or ("p.py",), "pass\n"),
        program=names[0] if names else "p.py",
        stack=Stack.PYTORCH,
        mode=Mode.DEFAULT,
        instrument=Instrument.NONE,
        seed=0,
        size=Size.TINY,
        budget=Budget(),
    )


def prepared(case: Path, root: Path, *names: str) -> Workplace:
    root.mkdir()
    return prepare(root, job(case, *names))


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    for name in ("model.txt", "cache/a/tokens.txt", ".hidden", "package/data.csv", "other.py"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("the user's", encoding="utf-8")
    (folder / "empty").mkdir()
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_what_a_trial_changes_is_its_own(case: Path, tmp_path: Path) -> None:
    work = prepared(case, tmp_path / "first", "p.py", "package/m.py").work
    (work / "model.txt").write_text("the trial's", encoding="utf-8")
    (work / "cache" / "a" / "tokens.txt").unlink()
    (work / "package" / "data.csv").write_text("the trial's", encoding="utf-8")
    second = prepared(case, tmp_path / "second", "p.py", "package/m.py").work
    texts = ["cache/a/tokens.txt", "model.txt", "package/data.csv"]
    assert names_in(second) == sorted([*texts, "p.py", "package/m.py"])
    assert (second / "empty").is_dir()
    for name in texts:
        assert (case / name).read_text(encoding="utf-8") == "the user's"
        assert (second / name).read_text(encoding="utf-8") == "the user's"


def test_a_copy_keeps_time_and_mode(case: Path, tmp_path: Path) -> None:
    os.utime(case / "model.txt", (7, 7))
    (case / "model.txt").chmod(0o755)
    state = (prepared(case, tmp_path / "root").work / "model.txt").stat()
    assert (state.st_mtime, state.st_mode & 0o777) == (7, 0o755)


@pytest.mark.parametrize("limit", ["COPIED_BYTES", "COPIED_FILES"])
def test_the_largest_files_are_linked_and_watched(
    case: Path, tmp_path: Path, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three small files fit into either limit."""
    monkeypatch.setattr(folders, limit, {"COPIED_BYTES": 40, "COPIED_FILES": 3}[limit])
    (case / "cache" / "large.bin").write_text("large" * 10, encoding="utf-8")
    place = prepared(case, tmp_path / "root")
    link = place.work / "cache" / "large.bin"
    assert link.resolve() == case / "cache" / "large.bin"
    assert not (place.work / "model.txt").is_symlink()
    assert place.changed_files() == ()
    link.write_text("changed", encoding="utf-8")
    assert place.changed_files() == (str(case / "cache" / "large.bin"),)


def test_links_inside_the_folder_lead_to_the_copy(case: Path, tmp_path: Path) -> None:
    (case / "again").symlink_to(case / "cache")
    (case / "text").symlink_to("model.txt")
    (case / "cache" / "loop").symlink_to("..")
    (case / "nowhere").symlink_to("missing")
    work = prepared(case, tmp_path / "root").work
    (work / "again" / "a" / "tokens.txt").write_text("the trial's", encoding="utf-8")
    (work / "text").write_text("the trial's", encoding="utf-8")
    (work / "cache" / "loop" / "new.txt").touch()
    assert (case / "cache" / "a" / "tokens.txt").read_text(encoding="utf-8") == "the user's"
    assert (case / "model.txt").read_text(encoding="utf-8") == "the user's"
    assert not (case / "new.txt").exists()


@pytest.mark.parametrize("place", ["out", "cache/out", "cache/a/out"])
@pytest.mark.parametrize("aim", ["/etc/hostname", "/etc", "/nowhere"])
def test_a_link_that_leaves_the_folder_is_refused(
    case: Path, tmp_path: Path, place: str, aim: str
) -> None:
    (case / place).symlink_to(aim)
    with pytest.raises(LinkLeavesFolderError, match="out"):
        prepared(case, tmp_path / "root")


def test_only_files_and_folders_are_copied(case: Path, tmp_path: Path) -> None:
    os.mkfifo(case / "pipe")
    os.mkfifo(case / "cache" / "pipe")
    (case / "cache" / "environment").mkdir()
    (case / "cache" / "environment" / "pyvenv.cfg").touch()
    work = prepared(case, tmp_path / "root").work
    assert not (work / "pipe").exists()
    assert sorted(path.name for path in (work / "cache").iterdir()) == ["a"]


def test_copies_that_lie_in_the_case_itself_are_not_copied_again(tmp_path: Path) -> None:
    """A case in the folder for temporary files holds the folder of its own trials."""
    (tmp_path / "data.txt").write_text("data")
    target = tmp_path / "debugdiff-1" / "work"
    target.mkdir(parents=True)
    copy_files([each.relative_to(tmp_path) for each in tmp_path.iterdir()], tmp_path, target)
    assert [path.name for path in target.rglob("*")] == ["data.txt"]
